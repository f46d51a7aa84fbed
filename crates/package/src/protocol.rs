//! The protocol between a judge and an output validator.

use crate::tree::PackageFile;

/// More is not looked at: a `testlib.h` has 200 KiB.
const MAX_READ_BYTES: u64 = 1 << 20;

/// How a validator is called and what its exit codes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidatorProtocol {
    /// The package format's own: 42 accepts, 43 rejects.
    Kattis,
    /// That of `testlib.h` as it is published: input, output and answer as files; 0 accepts, 1
    /// and 2 reject, 7 gives points.
    Testlib,
}

/// A validator speaks testlib's own protocol when a source of it includes `testlib.h` and no file
/// of it says otherwise. Most packages in this format bring a `testlib.h` that was changed to exit
/// with 42 and 43 and to write `judgemessage.txt`: those words in any of the files are the
/// declaration.
pub(crate) fn detect(files: &[&PackageFile]) -> ValidatorProtocol {
    let mut includes_testlib = false;
    for file in files {
        let Ok((text, _)) = file.read_text(MAX_READ_BYTES) else {
            continue;
        };
        if text.lines().any(says_kattis) {
            return ValidatorProtocol::Kattis;
        }
        let is_library = file.relative.ends_with("testlib.h");
        includes_testlib |= !is_library && text.lines().any(includes);
    }
    match includes_testlib {
        true => ValidatorProtocol::Testlib,
        false => ValidatorProtocol::Kattis,
    }
}

fn includes(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') && line.contains("include") && line.contains("testlib.h")
}

/// Such as `#define OK_EXIT_CODE 42`, or the name of a file that only this format knows.
fn says_kattis(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let value = code.split_once("OK_EXIT_CODE").map(|(_, rest)| rest);
    let number = value.map(|rest| rest.trim_matches([' ', '\t', '=', '(', ')', ';']));
    number == Some("42") || code.contains("judgemessage")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("#   define OK_EXIT_CODE 42", true)]
    #[case("const int OK_EXIT_CODE = 42;", true)]
    #[case("#       define OK_EXIT_CODE 0", false)]
    #[case("// OK_EXIT_CODE 42", false)]
    #[case("    out.open(dir + \"judgemessage.txt\");", true)]
    fn the_declaration(#[case] line: &str, #[case] kattis: bool) {
        assert_eq!(says_kattis(line), kattis);
    }
}
