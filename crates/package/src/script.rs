//! What a validator's own text says of how to build, start and call it.

use crate::program::Protocol;
use crate::tree::File;

/// More is not looked at: a `testlib.h` has 200 KiB.
const MAX_READ_BYTES: u64 = 1 << 20;
const MAX_SCRIPT_BYTES: u64 = 8 << 10;

/// A `build` or `run` script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Compiles or starts the sources beside it, as is done without a script: these, or all where
    /// it names none.
    Plain(Vec<String>),
    /// Anything else.
    Own,
}

/// Reads a `build` or `run` script. Plain is one whose only work is a single call of a C++ compiler
/// or of Python, with nothing but options and files; or one that does nothing.
pub(crate) fn read(file: &File) -> Script {
    let Ok((text, true)) = file.read_text(MAX_SCRIPT_BYTES) else {
        return Script::Own;
    };
    let text = HERE.iter().fold(text, |text, here| text.replace(here, "."));
    let mut work = text.lines().map(str::trim).filter(|line| !is_idle(line));
    let plain = match (work.next(), work.next()) {
        (None, _) => Some(vec![]),
        (Some(line), None) => plain_call(line),
        _ => None,
    };
    plain.map_or(Script::Own, Script::Plain)
}

/// How scripts spell the folder that they lie in, the longest first.
const HERE: [&str; 12] = [
    "\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"",
    "\"$( cd \"$( dirname \"${BASH_SOURCE[0]}\" )\" && pwd )\"",
    "\"$(cd \"$(dirname \"$0\")\" && pwd)\"",
    "$(dirname \"${BASH_SOURCE[0]}\")",
    "$(dirname \"$0\")",
    "$(dirname ${BASH_SOURCE[0]})",
    "$(dirname $0)",
    "`dirname \"$0\"`",
    "`dirname $0`",
    "${0%/*}",
    "$DIR",
    "${DIR}",
];

fn is_idle(line: &str) -> bool {
    line.is_empty()
        || line.starts_with('#')
        || line.starts_with("set -")
        || line.starts_with("cd ")
        || line.starts_with("chmod +x run")
        || line == "DIR=."
        || line == "exit 0"
}

/// The sources that a plain call names; `None` for any other line.
fn plain_call(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix("exec ").unwrap_or(line);
    let program = line.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    let known = ["g++", "c++", "clang++", "python3", "pypy3"];
    // Anything that joins commands, or puts one inside another.
    let plain = known.contains(&program)
        && !line.contains([';', '|', '&', '`', '<', '>'])
        && !line.contains("$(");
    let is_source = |word: &&str| {
        let ending = word.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| ["cpp", "cc", "cxx", "c++", "C", "py"].contains(&ending))
    };
    let words = line.split_whitespace().map(|word| word.trim_matches('"'));
    let named: Vec<&str> = words.filter(is_source).collect();
    let has_pattern = named.iter().any(|name| name.contains(['*', '?', '$', '[']));
    let own = |name: &str| name.trim_start_matches("./").to_owned();
    plain.then(|| match has_pattern {
        true => vec![],
        false => named.into_iter().map(own).collect(),
    })
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
    #[case("g++ -O2 -o run validate.cpp", Some("validate.cpp"))]
    #[case("exec python3 validate.py \"$@\"", Some("validate.py"))]
    #[case("/usr/bin/g++ *.cc -o run", Some(""))]
    #[case("g++ a.cc ./b/c.cpp -o run", Some("a.cc b/c.cpp"))]
    #[case("make", None)]
    #[case("g++ a.cpp -o run && cp x y", None)]
    #[case("python3 $(ls)", None)]
    fn plain_calls(#[case] line: &str, #[case] sources: Option<&str>) {
        let found = plain_call(line).map(|all| all.join(" "));
        assert_eq!(found.as_deref(), sources);
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
    #[case("#!/bin/sh\nexit 0\n", Some(""))]
    #[case("#!/bin/sh\n", Some(""))]
    #[case("DIR=/elsewhere\npython3 $DIR/v.py\n", None)]
    #[case("g++ v.cc -o run\n./run --prepare\n", None)]
    fn scripts(#[case] text: &str, #[case] sources: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        std::fs::write(&path, text).unwrap();
        let file = File {
            path,
            relative: "run".into(),
        };
        let found = match read(&file) {
            Script::Plain(all) => Some(all.join(" ")),
            Script::Own => None,
        };
        assert_eq!(found.as_deref(), sources);
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
