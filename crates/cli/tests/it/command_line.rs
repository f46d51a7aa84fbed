//! `run`, `doctor`, `problem import` and the help: output and exit codes.

use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{LETSCODE, Ran, Source, assert_keys, letscode, letscode_with_input};
use rstest::rstest;
use serde_json::{Value, json};

const LANGUAGES: [&str; 5] = ["c", "cpp", "javascript", "python", "rust"];

fn run_json(name: &str, code: &str) -> Ran {
    let source = Source::new(name, code);
    let ran = letscode(["run", "--json", source.arg()]);
    let mut report = ran.json();
    let denied_call = report.as_object_mut().unwrap().remove("deniedCall");
    assert_eq!(denied_call.is_some(), report["outcome"] == "syscall_denied");
    // Runs that last for a while are watched.
    report.as_object_mut().unwrap().remove("activity");
    assert_keys(
        &report,
        &[
            "outcome",
            "exitCode",
            "signal",
            "stdout",
            "stderr",
            "executionTime",
            "wallTime",
            "memoryUsed",
        ],
    );
    ran
}

#[rstest]
#[case::exited("a.py", "print('hi')", "exited", json!(0), Value::Null)]
#[case::exited_badly("a.js", "process.exit(3)", "exited", json!(3), Value::Null)]
#[case::signaled("a.cpp", "#include <cstdlib>\nint main() { abort(); }", "signaled", Value::Null, json!(6))]
#[case::cpu(
    "a.py",
    "while True: pass",
    "cpu_time_exceeded",
    Value::Null,
    Value::Null
)]
#[case::memory(
    "a.py",
    "x = b'x' * (600 << 20)",
    "memory_exceeded",
    Value::Null,
    Value::Null
)]
#[case::output(
    "a.py",
    "while True: print('x' * 1000)",
    "output_exceeded",
    Value::Null,
    Value::Null
)]
#[case::syscall(
    "a.py",
    "import socket; socket.socket()",
    "syscall_denied",
    Value::Null,
    Value::Null
)]
#[case::compiler(
    "a.cpp",
    "int main() { return x; }",
    "compile_failed",
    Value::Null,
    Value::Null
)]
#[case::syntax("a.py", "print(", "compile_failed", Value::Null, Value::Null)]
fn run_reports_the_outcome(
    #[case] name: &str,
    #[case] code: &str,
    #[case] outcome: &str,
    #[case] exit_code: Value,
    #[case] signal: Value,
) {
    let ran = run_json(name, code);
    let report = ran.json();
    assert_eq!(report["outcome"], outcome, "{report}");
    assert_eq!(
        (&report["exitCode"], &report["signal"]),
        (&exit_code, &signal),
        "{report}"
    );
    assert_eq!(ran.code, Some(i32::from(exit_code != 0)), "{ran:#?}");
}

#[test]
fn run_reports_time_and_memory_in_milliseconds_and_bytes() {
    let report = run_json("a.py", "x = b'x' * (32 << 20)\nprint(len(x))").json();
    let number = |name: &str| report[name].as_f64().unwrap();
    assert!((32e6..256e6).contains(&number("memoryUsed")), "{report}");
    assert!((1.0..5000.0).contains(&number("executionTime")), "{report}");
    assert!((1.0..30_000.0).contains(&number("wallTime")), "{report}");
}

#[test]
fn compiler_messages_are_in_stderr() {
    let report = run_json("a.cpp", "int main() { return missing; }").json();
    assert!(
        report["stderr"]
            .as_str()
            .unwrap()
            .contains("'missing' was not declared"),
        "{report}"
    );
}

#[rstest]
#[case("a.py", "print(int(input()) * 2)")]
#[case("a.js", "process.stdin.on('data', text => console.log(text * 2))")]
#[case(
    "a.cpp",
    "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n * 2 << '\\n'; }"
)]
#[case(
    "a.cc",
    "#include <cstdio>\nint main() { int n; if (scanf(\"%d\", &n)) printf(\"%d\\n\", n * 2); }"
)]
#[case(
    "a.rs",
    "fn main() { let n: i32 = std::io::read_to_string(std::io::stdin()).unwrap().trim().parse().unwrap(); println!(\"{}\", n * 2); }"
)]
fn extension_selects_the_language(#[case] name: &str, #[case] code: &str) {
    let source = Source::new(name, code);
    let ran = letscode_with_input("21\n", ["run", source.arg()]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (Some(0), "42\n", "")
    );
}

#[test]
fn language_and_input_file_are_options() {
    let source = Source::new("program.txt", "print(input()[::-1])");
    let input = Source::new("in.txt", "stressed\n");
    let args = [
        "run",
        "--language",
        "python",
        "--input",
        input.arg(),
        source.arg(),
    ];
    let ran = letscode_with_input("not this\n", args);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "desserts\n"),
        "{ran:#?}"
    );
}

#[test]
fn failure_is_reported_below_the_programs_stderr() {
    let source = Source::new("a.py", "import sys; sys.exit('no luck')");
    let ran = letscode(["run", source.arg()]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .starts_with("no luck\nletscode: exited with code 1"),
        "{ran:#?}"
    );
}

#[test]
fn imported_problems_are_served() {
    let data = tempfile::tempdir().unwrap();
    let package = Package::echo("echo-one", 2);
    let import = ["problem", "import", "--data"].map(Into::into);
    let ran = letscode(
        import
            .iter()
            .chain([&data.path().to_owned(), &package.path()]),
    );
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "echo-one: Echo, 3 tests, 1 s (.timelimit)\n")
    );
    let service = Service::start(data.path());
    let (_, body) = service.get("/api/problems");
    assert_eq!(
        body["problems"].as_array().unwrap().len(),
        1,
        "no samples beside it: {body}"
    );
    assert_eq!(body["problems"][0]["id"], "echo-one");
    let judged = service.judge("echo-one", "python", "print(input())");
    assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
}

/// Like `letscode doctor | head -1`.
#[test]
fn closed_stdout_is_not_an_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let settings = Source::new("letscode.toml", "lease = 7\n");
    let ran = std::process::Command::new(LETSCODE)
        .args(["config", "check", settings.arg()])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
    assert_eq!(ran.status.code(), Some(141));
}

#[test]
fn doctor_finds_all_layers_and_languages() {
    let ran = letscode(["doctor", "--json"]);
    let findings = ran.json();
    assert_eq!(ran.code, Some(0), "{findings}");
    assert_keys(&findings, &["auth", "layers", "languages", "monitors"]);
    let layers = findings["layers"].as_array().unwrap();
    for layer in layers {
        assert_keys(layer, &["layer", "status", "detail"]);
        assert_eq!(layer["status"], "enforced", "{layer}");
    }
    let names: Vec<&str> = layers
        .iter()
        .map(|object| object["layer"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["namespaces", "cgroups", "seccomp", "filesystem", "network"]
    );
    let languages = findings["languages"].as_array().unwrap();
    let ids: Vec<&str> = languages
        .iter()
        .map(|object| object["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, LANGUAGES);
    for language in languages {
        assert_eq!(language["status"], "available", "{language}");
        assert!(
            language["version"]
                .as_str()
                .unwrap()
                .contains(|c: char| c.is_ascii_digit())
        );
    }
}

#[rstest]
#[case::all(&[])]
#[case::run(&["run"])]
#[case::judge(&["judge"])]
#[case::verify(&["problem", "verify"])]
#[case::import(&["problem", "import"])]
#[case::doctor(&["doctor"])]
#[case::serve(&["serve"])]
fn help_has_examples_and_exit_codes(#[case] command: &[&str]) {
    let ran = letscode(command.iter().chain(&["--help"]));
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.contains("Example"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Exit code"), "{}", ran.stdout);
}
