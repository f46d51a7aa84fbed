//! Honest programs keep working: every program of `crates/sandbox/tests/honest/` through the real
//! engine. The comment lines at its head give the expected result:
//!
//! | Key | Meaning |
//! |---|---|
//! | `honest` | feature that it needs, in one line |
//! | `stdin` | its input; if repeated, there is a run with each |
//! | `stdin-numbers` | count of numbers, from 0, one per line, after each input |
//! | `expect` | the outcome (`exited`) |
//! | `exit` | the exit code where it exits (0) |
//! | `stdout` | what it prints; may repeat, for one line each |
//! | `stdout-lines` | number of lines that it prints, if they are many |
//! | `stderr-has` | text that must be there |

use std::path::Path;

use crate::support::header::{header, programs};
use crate::support::letscode_with_input;
use rstest::rstest;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sandbox/tests/honest");

#[derive(Debug)]
struct Honest {
    what: String,
    inputs: Vec<String>,
    numbers: u32,
    expect: String,
    exit: i64,
    stdout: Option<String>,
    stdout_lines: Option<usize>,
    stderr_has: Vec<String>,
}

impl Honest {
    fn load(path: &Path) -> Honest {
        let mut honest = Honest {
            what: String::new(),
            inputs: Vec::new(),
            numbers: 0,
            expect: "exited".to_owned(),
            exit: 0,
            stdout: None,
            stdout_lines: None,
            stderr_has: Vec::new(),
        };
        for (key, value) in header(path) {
            match key.as_str() {
                "honest" => honest.what = value,
                "stdin" => honest.inputs.push(format!("{value}\n")),
                "stdin-numbers" => honest.numbers = value.parse().unwrap(),
                "expect" => honest.expect = value,
                "exit" => honest.exit = value.parse().unwrap(),
                "stdout" => *honest.stdout.get_or_insert_default() += &format!("{value}\n"),
                "stdout-lines" => honest.stdout_lines = Some(value.parse().unwrap()),
                "stderr-has" => honest.stderr_has.push(value),
                _ => panic!("{}: unknown key `{key}`", path.display()),
            }
        }
        assert!(!honest.what.is_empty(), "{}", path.display());
        if honest.inputs.is_empty() {
            honest.inputs.push(String::new());
        }
        honest
    }

    /// Runs it once; returns a message if the result is wrong.
    fn fault(&self, path: &Path, input: &str) -> Option<String> {
        let numbers: String = (0..self.numbers).map(|n| format!("{n}\n")).collect();
        let args = ["run", "--json", "--after-others", path.to_str().unwrap()];
        let report = letscode_with_input(&format!("{input}{numbers}"), args).json();
        let (stdout, stderr) = (report["stdout"].as_str(), report["stderr"].as_str());
        let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
        let lacking = self
            .stderr_has
            .iter()
            .find(|text| !stderr.contains(*text))
            .map(|text| format!("no `{text}` in its standard error"));
        let why = match () {
            () if report["outcome"] != self.expect => format!("not {}", self.expect),
            () if self.expect == "exited" && report["exitCode"] != self.exit => {
                format!("not exit code {}", self.exit)
            }
            () if self.stdout.as_ref().is_some_and(|text| stdout != text) => {
                format!("it did not print {:?}", self.stdout.as_ref().unwrap())
            }
            () if self
                .stdout_lines
                .is_some_and(|lines| stdout.lines().count() != lines) =>
            {
                format!("it printed {} lines", stdout.lines().count())
            }
            () => lacking?,
        };
        let excerpt: String = report.to_string().chars().take(1500).collect();
        Some(format!("{}: {why}\n  {excerpt}", path.display()))
    }
}

#[rstest]
#[case::cpp("cpp", 9)]
#[case::javascript("js", 9)]
#[case::python("py", 15)]
#[case::rust("rs", 5)]
fn honest_programs_keep_working(#[case] extension: &str, #[case] at_least: usize) {
    let mut all = programs(FOLDER);
    all.retain(|path| path.extension().unwrap() == extension);
    assert!(all.len() >= at_least, "{all:?}");
    let faults: Vec<String> = all
        .iter()
        .flat_map(|path| {
            let honest = Honest::load(path);
            let faults = honest.inputs.iter().map(|input| honest.fault(path, input));
            faults.collect::<Vec<_>>()
        })
        .flatten()
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
