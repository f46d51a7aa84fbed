//! What a validator's own text says of how to build, start and call it.

use crate::program::Protocol;
use crate::tree::File;

/// More is not looked at: a `testlib.h` has 200 KiB.
const MAX_READ_BYTES: u64 = 1 << 20;
const MAX_SCRIPT_BYTES: u64 = 8 << 10;

/// A `build` or `run` script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Compiles or starts the sources beside it, as is done without a script.
    Plain,
    /// Anything else.
    Own,
}

/// Reads a `build` or `run` script. Plain is one whose only work is a single call of a C++ compiler
/// or of Python, with nothing but options and files.
pub(crate) fn read(file: &File) -> Script {
    let Ok((text, true)) = file.read_text(MAX_SCRIPT_BYTES) else {
        return Script::Own;
    };
    let mut work = text.lines().map(str::trim).filter(|line| !is_idle(line));
    let plain = match (work.next(), work.next()) {
        (Some(line), None) => is_plain_call(line),
        _ => false,
    };
    if plain { Script::Plain } else { Script::Own }
}

fn is_idle(line: &str) -> bool {
    line.is_empty()
        || line.starts_with('#')
        || line.starts_with("set -")
        || line.starts_with("cd ")
        || line.starts_with("chmod +x run")
}

fn is_plain_call(line: &str) -> bool {
    let line = line.strip_prefix("exec ").unwrap_or(line);
    let program = line.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    let known = ["g++", "c++", "clang++", "python3", "pypy3"];
    // Anything that joins commands, or puts one inside another.
    known.contains(&program)
        && !line.contains([';', '|', '&', '`', '<', '>'])
        && !line.contains("$(")
}

/// A validator speaks testlib's own protocol when a source of it includes `testlib.h` and no file
/// of it says otherwise. Most packages in this format bring a `testlib.h` that was changed to exit
/// with 42 and 43 and to write `judgemessage.txt`: those words in any of the files are the
/// declaration.
pub(crate) fn protocol(files: &[&File]) -> Protocol {
    let mut includes_testlib = false;
    for file in files {
        let Ok((text, _)) = file.read_text(MAX_READ_BYTES) else {
            continue;
        };
        if text.lines().any(says_kattis) {
            return Protocol::Kattis;
        }
        let is_library = file.relative.ends_with("testlib.h");
        includes_testlib |= !is_library && text.lines().any(includes);
    }
    match includes_testlib {
        true => Protocol::Testlib,
        false => Protocol::Kattis,
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
    #[case("g++ -O2 -o run validate.cpp", true)]
    #[case("exec python3 validate.py \"$@\"", true)]
    #[case("/usr/bin/g++ *.cc -o run", true)]
    #[case("make", false)]
    #[case("g++ a.cpp -o run && cp x y", false)]
    #[case("python3 $(ls)", false)]
    fn plain_calls(#[case] line: &str, #[case] plain: bool) {
        assert_eq!(is_plain_call(line), plain);
    }

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
