//! Invalid, hostile or huge packages: errors name the file, memory is bounded, and no verdict is wrong.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::package::Package;
use crate::support::{LETSCODE, Source, letscode};
use rstest::rstest;

fn refusal(package: &Package) -> String {
    let path = package.path();
    let ran = letscode(["problem", "verify", path.to_str().unwrap()]);
    ran.refusal().to_owned()
}

#[rstest]
#[case(
    "problem.yaml",
    "validation: sometimes\n",
    "problem.yaml:1:13: unknown validation `sometimes`"
)]
#[case(
    "data/secret/2.in",
    "1\n",
    "data/secret/2.in has no answer file data/secret/2.ans"
)]
#[case(
    "problem.yaml",
    "validation: custom\n",
    "output_validators/ contains no validator"
)]
#[case(".timelimit", "soon\n", ".timelimit:1:1: `.timelimit` is `soon`")]
fn errors_name_the_file(#[case] file: &str, #[case] text: &str, #[case] expected: &str) {
    let package = Package::echo("wrong", 1).with(file, text);
    let refusal = refusal(&package);
    assert!(refusal.contains(expected), "{refusal}");
}

#[rstest]
#[case(
    "data/secret/2.in",
    "/etc/hostname",
    "the link data/secret/2.in leads out of the package"
)]
#[case(
    "data/secret/group",
    "../secret",
    "the link data/secret/group points to a folder that contains it"
)]
#[case("include/cpp", "cpp", "the link include/cpp is broken")]
fn bad_links_are_refused(#[case] link: &str, #[case] target: &str, #[case] expected: &str) {
    let package = Package::echo("links", 1);
    let place = package.path().join(link);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(target, place).unwrap();
    let refusal = refusal(&package);
    assert!(refusal.contains(expected), "{refusal}");
}

#[test]
fn unreadable_packages_do_not_block_others() {
    let bad = Package::echo("bad", 1).with("problem.yaml", "validation: sometimes\n");
    let good = Package::echo("good", 1).with("submissions/accepted/echo.py", "print(input())");
    let paths = [bad.path(), good.path()];
    let args = ["problem", "verify", "--json"].map(Into::into);
    let ran = letscode(args.iter().chain(&paths));
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert_eq!(ran.json()["problem"], "good");
    let named = format!("error: {}: problem.yaml:1:13", paths[0].display());
    assert!(ran.stderr.contains(&named), "{ran:#?}");
}

#[test]
fn wrong_checker_arguments_are_named() {
    let package = Package::echo("arguments", 1)
        .with("problem.yaml", "validator_flags: float_tolerence 1e-6\n")
        .with("submissions/accepted/echo.py", "print(input())");
    let path = package.path();
    let report = letscode(["problem", "verify", "--json", path.to_str().unwrap()]).json();
    let submission = &report["submissions"][0];
    let reason = submission["reason"].as_str().unwrap();
    assert!(
        reason.contains("unknown validator flag `float_tolerence`"),
        "{reason}"
    );
    assert!(
        submission["verdict"].is_null() && submission["ok"] == false,
        "{report}"
    );
}

#[test]
fn first_failure_ends_ten_thousand_tests() {
    let package = Package::echo("many", 10_000);
    let source = Source::new("a.py", "print(7 if input() != '3' else 0)");
    let path = package.path();
    let body = letscode(["judge", "--json", path.to_str().unwrap(), source.arg()]).json();
    assert_eq!(body["verdict"]["totalTests"], 10_001, "{body}");
    assert_eq!(body["verdict"]["status"], "Wrong Answer");
    assert_eq!(body["testResults"].as_array().unwrap().len(), 2);
}

/// Answer and output are each larger than the memory that the judge may use.
#[test]
fn huge_answers_are_streamed() {
    const LINES: usize = 10_000_000;
    const MAX_RESIDENT_KIB: u64 = 100 << 10;
    let package = Package::empty("huge")
        .with("problem.yaml", "limits: {output: 300, memory: 512}\n")
        .with(".timelimit", "10\n")
        .with("data/secret/1.in", "");
    let answer = package.path().join("data/secret/1.ans");
    write_numbers(&answer, LINES);
    assert!(fs::metadata(&answer).unwrap().len() >= 200 << 20);
    let source = Source::new(
        "a.cpp",
        format!(
            "#include <cstdio>\nint main() {{ for (int i = 0; i < {LINES}; i++) \
             std::printf(\"%021d\\n\", i); }}\n"
        ),
    );
    let mut judge = Command::new(LETSCODE)
        .args([
            "judge",
            "--json",
            package.path().to_str().unwrap(),
            source.arg(),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut largest = 0;
    while judge.try_wait().unwrap().is_none() {
        largest = largest.max(resident_kib(judge.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut body = String::new();
    judge
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut body)
        .unwrap();
    assert!(body.contains("\"status\":\"Accepted\""), "{body}");
    assert!((1..MAX_RESIDENT_KIB).contains(&largest), "{largest} KiB");
}

fn write_numbers(path: &Path, lines: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for number in 0..lines {
        writeln!(file, "{number:021}").unwrap();
    }
    file.flush().unwrap();
}

/// Returns the peak resident set of a process.
fn resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
