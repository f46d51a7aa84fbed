//! Time and memory of `run --json` match those of `/usr/bin/time` for the same program outside of a
//! cell, within a tenth.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Source, letscode};
use rstest::rstest;

const TIME: &str = "/usr/bin/time";
const ROUNDS: usize = 3;

/// Both programs measure their own CPU time, so that a slow or busy machine makes no difference.
const BURN_CPP: &str = r#"
#include <time.h>
int main() {
    timespec now;
    do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < 500);
}
"#;
const BURN_PYTHON: &str = "\
import time
while time.process_time() < 0.5:
    pass
";

const TOUCH_CPP: &str = r#"
#include <vector>
int main() {
    std::vector<char> memory(64 << 20);
    // Volatile, or the compiler would see that nobody looks.
    for (volatile char &byte : memory) byte = 1;
}
"#;
const TOUCH_PYTHON: &str = "memory = b'x' * (64 << 20)\n";

/// CPU time in milliseconds, and memory in bytes.
#[derive(Debug, Clone, Copy)]
struct Usage {
    cpu_time_ms: f64,
    memory_bytes: f64,
}

#[rstest]
#[case("a.cpp", BURN_CPP)]
#[case("a.py", BURN_PYTHON)]
fn cpu_time_matches_the_host(#[case] name: &str, #[case] code: &str) {
    let Some((inside, outside)) = measure(name, code, |usage| usage.cpu_time_ms) else {
        return;
    };
    assert!(
        (450.0..600.0).contains(&outside),
        "the program burns 500 ms: {outside}"
    );
    assert_within_a_tenth(inside, outside);
}

#[rstest]
#[case("a.cpp", TOUCH_CPP)]
#[case("a.py", TOUCH_PYTHON)]
fn memory_matches_the_host(#[case] name: &str, #[case] code: &str) {
    let Some((inside, outside)) = measure(name, code, |usage| usage.memory_bytes) else {
        return;
    };
    assert!(
        outside >= f64::from(64 << 20),
        "the program touches 64 MiB: {outside}"
    );
    assert_within_a_tenth(inside, outside);
}

/// The memory of its parent, which is larger, must not be counted.
#[test]
fn memory_of_killed_programs_excludes_the_parent() {
    let source = Source::new("a.cpp", "int main() { for (volatile int i = 0;; i++); }");
    let ran = letscode(["run", "--json", source.arg()]);
    let report = ran.json();
    assert_eq!(report["outcome"], "cpu_time_exceeded", "{report}");
    let bytes = report["memoryUsed"].as_f64().unwrap();
    assert!((1.0..2e6).contains(&bytes), "{report}");
}

fn assert_within_a_tenth(inside: f64, outside: f64) {
    let ratio = inside / outside;
    assert!(
        (0.9..=1.1).contains(&ratio),
        "{inside} in a cell, {outside} outside"
    );
}

/// Returns the medians inside and outside of a cell, measured in turns.
fn measure(name: &str, code: &str, value: impl Fn(Usage) -> f64) -> Option<(f64, f64)> {
    if !Path::new(TIME).exists() {
        eprintln!("skipped: there is no {TIME} (Debian: apt-get install time)");
        return None;
    }
    let source = Source::new(name, code);
    let command = command_outside(&source);
    let rounds = (0..ROUNDS).map(|_| (value(inside(&source)), value(outside(&command))));
    let (inside, outside) = rounds.unzip();
    Some((median(inside), median(outside)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn inside(source: &Source) -> Usage {
    let ran = letscode(["run", "--json", source.arg()]);
    let report = ran.json();
    assert_eq!(
        (&report["outcome"], ran.code),
        (&"exited".into(), Some(0)),
        "{report}"
    );
    Usage {
        cpu_time_ms: report["executionTime"].as_f64().unwrap(),
        memory_bytes: report["memoryUsed"].as_f64().unwrap(),
    }
}

fn outside(command: &[PathBuf]) -> Usage {
    let output = Command::new(TIME)
        .args(["-f", "%U %S %M"])
        .args(command)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let numbers: Vec<f64> = text
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    let [user_s, system_s, memory_kib] = numbers[..] else {
        panic!("{text}")
    };
    Usage {
        cpu_time_ms: (user_s + system_s) * 1e3,
        memory_bytes: memory_kib * 1024.0,
    }
}

/// Compiles with the same toolchain and flags as cells; returns the command.
fn command_outside(source: &Source) -> Vec<PathBuf> {
    if source.arg().ends_with(".py") {
        return vec!["/usr/bin/python3".into(), source.path().into()];
    }
    let program = source.path().with_extension("out");
    let compiled = Command::new("/usr/bin/g++")
        .args(["-std=gnu++20", "-O2", "-static", "-o"])
        .args([&program, source.path()])
        .status()
        .unwrap();
    assert!(compiled.success());
    vec![program]
}
