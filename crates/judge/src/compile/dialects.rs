//! A language's dialects: which commands to try, and whose errors to show.

use std::collections::BTreeSet;

use letscode_languages::Language;

use super::sources::AssembledProgram;

/// Returns the compiler's command in the language's own dialect, and then in the others.
pub(super) fn dialect_commands(
    language: &Language,
    program: &AssembledProgram,
    options: &[String],
) -> Vec<Vec<String>> {
    let own = program.fill_in(&with_options(language, options));
    let chooses_dialect = |option: &String| language.dialect_prefix(option).is_some();
    if options.iter().any(chooses_dialect) {
        return vec![own];
    }
    let in_dialect = |dialect: &String| {
        let option = dialect.split_inclusive('=').next().unwrap_or_default();
        let mut command = own.clone();
        if let Some(argument) = command.iter_mut().find(|a| a.starts_with(option)) {
            argument.clone_from(dialect);
        }
        command
    };
    let dialects: Vec<_> = language.compile.dialects.iter().map(in_dialect).collect();
    std::iter::once(own).chain(dialects).collect()
}

/// Returns the compiler's command with more options. One that names a dialect replaces the command's
/// own.
fn with_options(language: &Language, options: &[String]) -> Vec<String> {
    let mut command = language.compile.command.clone();
    for option in options {
        let prefix = language.dialect_prefix(option);
        let same = prefix.and_then(|prefix| command.iter_mut().find(|a| a.starts_with(prefix)));
        if let Some(argument) = same {
            argument.clone_from(option);
            continue;
        }
        let is_source = |argument: &String| matches!(argument.as_str(), "{sources}" | "{main}");
        let sources = command.iter().position(is_source).unwrap_or(command.len());
        // A linker looks for what is missing in the libraries behind.
        let at = if option.starts_with("-l") {
            command.len()
        } else {
            sources
        };
        command.insert(at, option.clone());
    }
    command
}

/// True if a compiler's message in another dialect has some of the errors of `before`, and no
/// others: the errors that are gone came from the dialect, and their author has used this one.
pub(super) fn has_only_some_errors_of(message: &str, before: &str) -> bool {
    let (errors, before) = (errors(message), errors(before));
    !errors.is_empty() && errors.len() < before.len() && errors.is_subset(&before)
}

/// Returns the errors of a compiler's message, without the warnings. Each has its place in the
/// source: GCC writes it in the same line, rustc in the next.
fn errors(message: &str) -> BTreeSet<(&str, &str)> {
    let mut errors = BTreeSet::new();
    let mut lines = message.lines().peekable();
    while let Some(line) = lines.next() {
        let place = lines.peek().map_or("", |next| next.trim_start());
        if line.contains(": error: ") || line.contains(": fatal error: ") {
            errors.insert((line, ""));
        } else if line.starts_with("error") && place.starts_with("-->") {
            errors.insert((line, place));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use letscode_languages::builtin_languages;

    use super::*;

    #[test]
    fn options_stand_before_the_sources_and_dialects_are_replaced() {
        let languages = builtin_languages().unwrap();
        let cpp = languages
            .iter()
            .find(|language| language.id.as_str() == "cpp");
        let options = ["-O3", "-std=c++17", "-lm"].map(str::to_owned);
        let command = with_options(cpp.unwrap(), &options);
        let at = |argument: &str| command.iter().position(|own| own == argument);
        assert!(
            at("-O2") < at("-O3") && at("-O3") < at("{sources}"),
            "{command:?}"
        );
        assert!(at("{sources}") < at("-lm"), "{command:?}");
        assert!(at("-std=c++17").is_some() && at("-std=gnu++20").is_none());
    }

    #[test]
    fn errors_of_the_dialect_are_left_out() {
        let gcc_20 = "a.cpp: In function 'int main()':\na.cpp:2:9: error: no suffix\na.cpp:3:1: error: no x\n";
        let gcc_23 = "a.cpp: In function 'int main()':\na.cpp:3:1: error: no x\n";
        assert!(has_only_some_errors_of(gcc_23, gcc_20));
        assert!(!has_only_some_errors_of(gcc_20, gcc_23));
        assert!(!has_only_some_errors_of(gcc_20, gcc_20));
        let others = "a.cpp:1:1: error: no auto in C++98\n";
        assert!(!has_only_some_errors_of(others, gcc_20));
        assert!(!has_only_some_errors_of("the compiler crashed\n", gcc_20));
    }

    #[test]
    fn errors_of_rustc_have_places() {
        let rust_2021 = "error: let chains\n --> a.rs:1:1\n  |\nerror[E0308]: types\n --> a.rs:9:1\n\nerror: aborting due to 2 previous errors\n";
        let rust_2024 =
            "error[E0308]: types\n --> a.rs:9:1\n\nerror: aborting due to 1 previous error\n";
        assert!(has_only_some_errors_of(rust_2024, rust_2021));
        let elsewhere = "error[E0308]: types\n --> a.rs:8:1\n";
        assert!(!has_only_some_errors_of(elsewhere, rust_2021));
    }
}
