//! A language's dialects: which commands to try, and whose errors to show.

use std::collections::BTreeSet;

use letscode_languages::Language;

use super::sources::AssembledProgram;

/// Returns the compiler's command in the language's own dialect, and then in the others.
pub(super) fn dialect_commands(
    language: &Language,
    program: &AssembledProgram,
) -> Vec<Vec<String>> {
    let own = program.fill_in(&language.compile.command);
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
    use super::*;

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
