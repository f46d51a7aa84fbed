//! `build` and `run` scripts of a validator: most only do what is done without a script.

use letscode_languages::{DetectedLanguage, Language, LanguageRegistry};

use crate::tree::PackageFile;

const MAX_SCRIPT_BYTES: u64 = 8 << 10;

/// A `build` or `run` script.
#[derive(Debug)]
pub(crate) enum ValidatorScript<'r> {
    /// Compiles or starts sources in the same folder, as is done without a script. Empty if it names
    /// none: then all sources.
    Plain(Vec<String>),
    /// The validator itself, in a language that needs no compiler.
    Program(&'r Language),
    /// Anything else: the script must be run.
    Custom,
}

/// Reads a `build` or `run` script. It is plain if it only calls a language's compiler or
/// interpreter with options and files, renames the result, and starts it.
pub(crate) fn read<'r>(file: &PackageFile, languages: &'r LanguageRegistry) -> ValidatorScript<'r> {
    let Ok((text, whole)) = file.read_text(MAX_SCRIPT_BYTES) else {
        return ValidatorScript::Custom;
    };
    let first_line = text.lines().next().unwrap_or_default();
    let language = languages.by_shebang(first_line);
    let language = language.and_then(DetectedLanguage::judged);
    if let Some(language) = language.filter(|language| !language.is_compiled()) {
        return ValidatorScript::Program(language);
    }
    if !whole {
        return ValidatorScript::Custom;
    }
    let text = text.replace('\r', "").replace("\\\n", " ");
    let text = SCRIPT_FOLDER
        .iter()
        .fold(text, |text, spelling| text.replace(spelling, "."));
    let commands = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split("&&"))
        .flat_map(|part| part.split(';'))
        .map(|command| strip_error_handling(command.trim()))
        .filter(|command| !has_no_effect(command));
    let mut named = Vec::new();
    let mut names_all = false;
    for command in commands {
        match plain_call(command, languages) {
            Some(sources) if sources.is_empty() => {
                let language = called_language(command, languages);
                names_all |= language.is_some_and(Language::is_compiled);
            }
            Some(sources) => named.extend(sources),
            None => return ValidatorScript::Custom,
        }
    }
    if names_all {
        named.clear();
    }
    named.sort();
    named.dedup();
    ValidatorScript::Plain(named)
}

/// Spellings of the script's own folder, the longest first.
const SCRIPT_FOLDER: [&str; 13] = [
    "\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"",
    "\"$( cd \"$( dirname \"${BASH_SOURCE[0]}\" )\" && pwd )\"",
    "\"$(cd \"$(dirname \"$0\")\" && pwd)\"",
    "$(dirname \"${BASH_SOURCE[0]}\")",
    "$(dirname \"$0\")",
    "$(dirname -- \"$0\")",
    "$(dirname ${BASH_SOURCE[0]})",
    "$(dirname $0)",
    "`dirname \"$0\"`",
    "`dirname $0`",
    "${0%/*}",
    "$DIR",
    "${DIR}",
];

/// Removes redirections of errors and exits after them.
fn strip_error_handling(command: &str) -> &str {
    const ENDS: [&str; 7] = [
        "|| exit 1",
        "|| exit $?",
        "|| exit",
        "2>&1",
        ">/dev/null",
        "> /dev/null",
        ">&2",
    ];
    let mut command = command;
    while let Some(shorter) = ENDS.iter().find_map(|end| command.strip_suffix(end)) {
        command = shorter.trim_end();
    }
    command
}

/// True if a build without the command has the same result.
fn has_no_effect(command: &str) -> bool {
    const HARMLESS: [&str; 10] = [
        "", ":", "set", "cd", "chmod", "echo", "exit", "export", "mkdir", "rm",
    ];
    let program = command.split_whitespace().next().unwrap_or_default();
    let joins = command.contains(['|', '&', '`', '<', '>']) || command.contains("$(");
    !joins && (HARMLESS.contains(&program) || is_assignment(command))
}

/// True for `CXXFLAGS="-O2 -Wall"` and the like.
fn is_assignment(command: &str) -> bool {
    let Some((name, value)) = command.split_once('=') else {
        return false;
    };
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let quoted = |quote: char| {
        let inside = value
            .strip_prefix(quote)
            .and_then(|v| v.strip_suffix(quote));
        inside.is_some_and(|inside| !inside.contains(quote))
    };
    let is_one_word = !value.contains(char::is_whitespace);
    // `DIR` is taken for the script's own folder, so it must not be set to another.
    let is_elsewhere = name == "DIR" && value != ".";
    is_name && !is_elsewhere && (is_one_word || quoted('"') || quoted('\''))
}

fn program_of(command: &str) -> &str {
    let program = command.split_whitespace().next().unwrap_or_default();
    program.rsplit('/').next().unwrap_or_default()
}

/// Returns the language whose compiler or interpreter the command calls.
fn called_language<'r>(command: &str, languages: &'r LanguageRegistry) -> Option<&'r Language> {
    let program = program_of(command);
    let is_own = |language: &&Language| {
        let mut commands = language.package.script_commands.iter();
        commands.any(|own| own == program)
    };
    languages.iter().find(is_own)
}

/// Returns the sources that a plain call names; `None` for any other command.
fn plain_call(command: &str, languages: &LanguageRegistry) -> Option<Vec<String>> {
    let command = command
        .strip_prefix("exec ")
        .unwrap_or(command)
        .trim_start();
    let command = command
        .strip_prefix("/usr/bin/env ")
        .unwrap_or(command)
        .trim_start();
    // Anything that joins commands, or runs one inside another.
    if command.contains([';', '|', '&', '`', '<', '>']) || command.contains("$(") {
        return None;
    }
    let gives_name = ["mv", "cp", "ln"].contains(&program_of(command));
    if called_language(command, languages).is_none() && !gives_name {
        return is_plain_start(command).then(Vec::new);
    }
    let is_source = |word: &&str| {
        let language = languages.of_file(word).and_then(DetectedLanguage::judged);
        language.is_some_and(|language| !language.package.script_commands.is_empty())
    };
    let arguments = command
        .split_whitespace()
        .map(|word| word.trim_matches('"'));
    let named: Vec<&str> = arguments.filter(is_source).collect();
    let has_pattern = named.iter().any(|name| name.contains(['*', '?', '$', '[']));
    let relative = |name: &str| name.trim_start_matches("./").to_owned();
    Some(if has_pattern {
        vec![]
    } else {
        named.into_iter().map(relative).collect()
    })
}

/// True for `./validate "$@"`: a program in the script's folder, with the script's own arguments.
fn is_plain_start(command: &str) -> bool {
    let mut parts = command
        .split_whitespace()
        .map(|word| word.trim_matches('"'));
    let program = parts.next().unwrap_or_default();
    let is_beside = program
        .strip_prefix("./")
        .is_some_and(|name| !name.contains(['/', '$']));
    is_beside && parts.eq(["$@"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("g++ -O2 -o run validate.cpp", Some("validate.cpp"))]
    #[case("exec python3 validate.py \"$@\"", Some("validate.py"))]
    #[case("/usr/bin/g++ *.cc -o run", Some(""))]
    #[case("g++ a.cc ./b/c.cpp -o run", Some("a.cc b/c.cpp"))]
    #[case("gcc -O2 validate.c -o run -lm", Some("validate.c"))]
    #[case("rustc -O validate.rs -o run", Some("validate.rs"))]
    #[case("make", None)]
    #[case("ln -s ./v.py run", Some("v.py"))]
    #[case("mv validate run", Some(""))]
    #[case("exec ./validate \"$@\"", Some(""))]
    #[case("./validate \"$@\" extra", None)]
    #[case("/usr/bin/validate \"$@\"", None)]
    #[case("g++ a.cpp -o run | cat", None)]
    #[case("python3 $(ls)", None)]
    fn plain_calls(#[case] line: &str, #[case] sources: Option<&str>) {
        let languages = LanguageRegistry::builtin().unwrap();
        let named = plain_call(line, &languages).map(|all| all.join(" "));
        assert_eq!(named.as_deref(), sources);
    }

    #[rstest::rstest]
    #[case("#!/bin/sh\npython3 `dirname $0`/v.py \"$@\"\n", Some("v.py"))]
    #[case(
        "#!/bin/bash\nDIR=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\nexec python3 \"$DIR/v.py\" \"$@\"\n",
        Some("v.py")
    )]
    #[case(
        "#!/bin/sh\r\ncd \"$(dirname \"$0\")\"\r\ng++ v.cc -o run\r\n",
        Some("v.cc")
    )]
    #[case(
        "#!/bin/sh\nset -e\nCXXFLAGS=\"-O2 -Wall\"\ng++ $CXXFLAGS \\\n  -o v v.cc || exit 1\nmv v run\nexit $?\n",
        Some("v.cc")
    )]
    #[case("#!/bin/sh\ncp v.py run && chmod +x run\n", Some("v.py"))]
    #[case("#!/bin/sh\ng++ -c a.cc\ng++ -c b.cc\ng++ a.o b.o -o run\n", Some(""))]
    #[case("#!/bin/sh\necho x | tee y\n", None)]
    #[case("#!/bin/sh\nif true; then g++ v.cc; fi\n", None)]
    #[case("#!/bin/sh\n. ./settings\n", None)]
    #[case("#!/bin/sh\nexit 0\n", Some(""))]
    #[case("#!/bin/sh\n", Some(""))]
    #[case("DIR=/elsewhere\npython3 $DIR/v.py\n", None)]
    #[case("g++ v.cc -o run\n./run --prepare\n", None)]
    fn scripts(#[case] text: &str, #[case] sources: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        std::fs::write(&path, text).unwrap();
        let file = PackageFile {
            path,
            relative: "run".into(),
        };
        let languages = LanguageRegistry::builtin().unwrap();
        let named = match read(&file, &languages) {
            ValidatorScript::Plain(all) => Some(all.join(" ")),
            ValidatorScript::Program(_) | ValidatorScript::Custom => None,
        };
        assert_eq!(named.as_deref(), sources);
    }
}
