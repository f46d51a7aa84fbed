//! Damaged language files: they are read or refused, and nothing panics. Number of tries:
//! `PROPTEST_CASES`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use letscode_languages::Language;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

const FILES: [(&str, &str); 5] = [
    ("c", include_str!("../../../languages/c.toml")),
    ("cpp", include_str!("../../../languages/cpp.toml")),
    (
        "javascript",
        include_str!("../../../languages/javascript.toml"),
    ),
    ("python", include_str!("../../../languages/python.toml")),
    ("rust", include_str!("../../../languages/rust.toml")),
];

proptest! {
    #[test]
    fn no_damaged_language_file_makes_it_panic(
        which in 0..FILES.len(),
        damage in vec((any::<Index>(), any::<char>()), 1..6),
        cut in proptest::option::of(any::<Index>()),
    ) {
        let (name, text) = FILES[which];
        let mut text: Vec<char> = text.chars().collect();
        for (index, damaged) in damage {
            let at = index.index(text.len());
            text[at] = damaged;
        }
        if let Some(cut) = cut {
            text.truncate(cut.index(text.len()));
        }
        parse(name, &text.into_iter().collect::<String>());
    }

    #[test]
    fn no_language_file_with_another_value_makes_it_panic(
        which in 0..FILES.len(),
        line in any::<Index>(),
        value in "-1|0|18446744073709551616|1e400|nan|inf|true|''|\\[\\]|\\[\\[\\]\\]|\\{\\}|'\\{output\\}'|\\['\\{output\\}'\\]|'../..'|\\['\\{\\}'\\]|1979-05-27",
    ) {
        let (name, text) = FILES[which];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = line.index(lines.len());
        if let Some((key, _)) = lines[at].split_once(" = ") {
            lines[at] = format!("{key} = {value}");
        }
        parse(name, &lines.join("\n"));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\PC\n\\[\\]={}\"' ]{0,200}") {
        parse("any", &text);
    }
}

/// Reads a language file; what is taken can be used, and what is not says which file is wrong.
fn parse(name: &str, text: &str) {
    match Language::parse(name, text) {
        Ok(language) => {
            assert!(!language.run.command.is_empty());
            language.has_extension("a.py");
        }
        Err(error) => assert!(error.to_string().contains(name), "{error}"),
    }
}
