//! `--watch`: rates are measured, reported and, where they are enforced, end a program.

use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{Ran, Source, letscode};

/// About two seconds of nothing but calls.
const CALLS: &str = "#include <chrono>\n#include <unistd.h>\n#include <sys/syscall.h>\n\
    int main() { auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2200);\n\
    while (std::chrono::steady_clock::now() < end)\n\
    for (int i = 0; i < 1000; i++) syscall(SYS_getppid); }\n";
/// The same of lines, each written for itself.
const LINES: &str = "#include <chrono>\n#include <fstream>\n\
    int main() { auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2200);\n\
    std::ofstream out(\"/dev/null\");\n\
    while (std::chrono::steady_clock::now() < end)\n\
    for (int i = 0; i < 1000; i++) out << std::endl; }\n";
const PYTHON_CALLS: &str = "import os, time\nend = time.time() + 3\n\
    while time.time() < end:\n    for _ in range(1000): os.getppid()\n";

/// True if this machine lets us count system calls; the tests say so otherwise.
fn counts_calls() -> bool {
    let doctor = letscode(["doctor", "--json"]).json();
    let monitors = doctor["monitors"].as_array().unwrap();
    let monitor = |name: &str| {
        let mut named = monitors.iter().filter(|monitor| monitor["monitor"] == name);
        named.next().unwrap().clone()
    };
    assert_eq!(monitor("memoryGrowth")["works"], true);
    let calls = monitor("syscallRate");
    if calls["works"] == false {
        assert!(calls["detail"].as_str().is_some_and(|why| !why.is_empty()));
        eprintln!("skipped: {calls}");
    }
    calls["works"] == true
}

fn run(source: &Source, mode: &str) -> Ran {
    letscode(["run", "--json", "--watch", mode, source.arg()])
}

#[test]
fn each_mode_does_what_its_name_says() {
    if !counts_calls() {
        return;
    }
    let (calls, lines) = (Source::new("a.cpp", CALLS), Source::new("b.cpp", LINES));
    let off = run(&calls, "off").json();
    assert_eq!(
        (&off["outcome"], &off["activity"]),
        (&json!("exited"), &Value::Null)
    );

    let observed = run(&calls, "observe").json();
    assert_eq!(observed["outcome"], "exited", "{observed}");
    let activity = &observed["activity"];
    assert_eq!(activity["above"], "syscallRate", "{observed}");
    assert!(activity["syscallsPerSecond"].as_u64().unwrap() > 1_000_000);
    assert!(activity["memoryGrowthPerSecond"].as_u64().unwrap() < 1 << 20);
    // The default, and said to people.
    let shown = letscode(["run", calls.arg()]);
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    assert!(
        shown.stderr.contains("far above the ordinary"),
        "{shown:#?}"
    );

    for mode in ["enforce", "hardened"] {
        let ended = run(&calls, mode);
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        let ended = ended.json();
        assert_eq!(ended["outcome"], "syscall_rate_exceeded", "{ended}");
    }
    let explained = letscode(["run", "--watch", "enforce", calls.arg()]);
    assert!(explained.stderr.contains("ended for "), "{explained:#?}");
    assert!(
        explained.stderr.contains(" system calls a second"),
        "{explained:#?}"
    );

    // Programs that write each line for itself are honest.
    let lines_enforced = run(&lines, "enforce").json();
    assert_eq!(lines_enforced["outcome"], "exited", "{lines_enforced}");
    assert_eq!(lines_enforced["activity"]["above"], Value::Null);
    let lines_hardened = run(&lines, "hardened").json();
    assert_eq!(lines_hardened["outcome"], "syscall_rate_exceeded");

    let wrong = letscode(["run", "--watch", "on", calls.arg()]);
    assert!(
        wrong
            .refusal()
            .contains("off, observe, enforce or hardened")
    );
}

/// The counted processes are forks of an interpreter that has waited in the cell.
#[rstest]
#[case::python("a.py", PYTHON_CALLS)]
#[case::javascript(
    "a.js",
    "const fs = require('fs'); const end = Date.now() + 3000; \
     while (Date.now() < end) for (let i = 0; i < 100; i++) fs.existsSync('/workspace');"
)]
fn programs_of_warm_interpreters_are_counted(#[case] name: &str, #[case] code: &str) {
    if !counts_calls() {
        return;
    }
    let source = Source::new(name, code);
    let mode = ["run", "--json", "--after-others", "--watch", "hardened"];
    let report = letscode([&mode[..], &[source.arg()]].concat()).json();
    assert_eq!(report["outcome"], "syscall_rate_exceeded", "{report}");
}

#[test]
fn growth_of_memory_is_enforced() {
    let code = "import time\nkept = []\nfor _ in range(200):\n    \
        kept.append(bytearray(b'x' * 4_000_000))\n    time.sleep(0.01)\n";
    let source = Source::new("a.py", code);
    let report = run(&source, "hardened").json();
    assert_eq!(report["outcome"], "memory_growth_exceeded", "{report}");
    let rate = report["activity"]["memoryGrowthPerSecond"]
        .as_u64()
        .unwrap();
    assert!(rate > 100_000_000, "{report}");
    // One array that is honest, and shorter than half a second.
    let array = Source::new("b.py", "a = [0] * 20_000_000\nimport time\ntime.sleep(1)\n");
    assert_eq!(run(&array, "hardened").json()["outcome"], "exited");
}

fn violations(data: &Path) -> Vec<Value> {
    let data = data.to_str().unwrap();
    let listed = letscode(["violations", "--json", "--data", data]).json();
    listed["violations"].as_array().unwrap().clone()
}

fn import(data: &Path, package: &Path) {
    let [data, package] = [data, package].map(|path| path.to_str().unwrap());
    let imported = letscode(["problem", "import", "--data", data, package]);
    assert_eq!(imported.code, Some(0), "{imported:#?}");
}

#[test]
fn enforced_rates_are_violations_with_evidence() {
    if !counts_calls() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let talk = "import sys\nprint(1, flush=True)\nsys.exit(42 if sys.stdin.readline() else 43)\n";
    let talks = Package::empty("talks")
        .with(
            "problem.yaml",
            "name: Talks\nvalidation: custom interactive\n",
        )
        .with(".timelimit", "4\n")
        .with("output_validators/talk/talk.py", talk)
        .test("secret/1", "1\n", "1\n");
    let echo = Package::echo("echo", 1).with(".timelimit", "4\n");
    for package in [&talks, &echo] {
        import(data.path(), &package.path());
    }
    let service = Service::start_with(data.path(), &["--workers", "2", "--watch", "hardened"]);
    let (_, status) = service.get("/api/status");
    assert_eq!(status["watch"], "hardened");
    for problem in ["echo", "talks"] {
        let judged = service.judge(problem, "python", PYTHON_CALLS);
        assert_eq!(
            judged["verdict"]["status"], "Security Violation",
            "{judged}"
        );
        let result = &judged["testResults"][0];
        assert_eq!(result["activity"]["above"], "syscallRate", "{result}");
        let message = result["message"].as_str().unwrap();
        assert!(message.contains("system calls a second"), "{message}");
    }
    let body = json!({"language": "python", "code": PYTHON_CALLS, "userId": "bob"});
    let (_, answer) = service.post("/api/run", &body);
    let run = &answer["runs"][0];
    assert_eq!(run["outcome"], "syscall_rate_exceeded", "{answer}");
    assert_eq!(run["activity"]["above"], "syscallRate", "{answer}");
    let (_, answer) = service.post("/api/test", &body);
    assert_eq!(answer["outcome"], "syscall_rate_exceeded", "{answer}");
    assert!(
        answer["message"].as_str().unwrap().contains("a second"),
        "{answer}"
    );

    let listed = violations(data.path());
    assert_eq!(listed.len(), 4, "{listed:?}");
    for violation in &listed {
        assert_eq!(violation["kind"], "syscallRate");
        assert_eq!(violation["stage"], "run");
    }
    let counted = "letscode_violations_total{language=\"python\",denied=\"syscall rate\"} ";
    assert_eq!(service.metric(counted), 4);
    let id = listed[0]["id"].to_string();
    let (_, detail) = service.get(&format!("/api/admin/violations/{id}"));
    let evidence = &detail["evidence"];
    assert_eq!(evidence["activity"]["above"], "syscallRate", "{detail}");
    // The exported command repeats it.
    let folder = data.path().join("evidence");
    let [at, to] = [data.path(), &folder].map(|path| path.to_str().unwrap());
    let exported = letscode(["violations", "show", &id, "--export", to, "--data", at]);
    assert_eq!(exported.code, Some(0), "{exported:#?}");
    assert!(exported.stdout.contains("syscallRate"), "{exported:#?}");
    let repeated = repeat(&folder);
    assert_eq!(repeated["outcome"], "syscall_rate_exceeded", "{repeated}");
}

/// Runs the script of exported evidence, with this binary as `letscode`.
pub fn repeat(folder: &Path) -> Value {
    let bin = tempfile::tempdir().unwrap();
    let program = bin.path().join("letscode");
    std::os::unix::fs::symlink(crate::support::LETSCODE, program).unwrap();
    let path = format!(
        "{}:{}",
        bin.path().display(),
        std::env::var("PATH").unwrap()
    );
    let output = std::process::Command::new("sh")
        .arg(folder.join("repeat"))
        .arg("--json")
        .env("PATH", path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn observed_rates_are_reported_to_operators() {
    if !counts_calls() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    assert_eq!(service.get("/api/status").1["watch"], "observe");
    let body = json!({"language": "cpp", "code": CALLS, "userId": "bob"});
    let (_, answer) = service.post("/api/run", &body);
    assert_eq!(answer["runs"][0]["outcome"], "exited", "{answer}");
    assert_eq!(
        answer["runs"][0]["activity"]["above"], "syscallRate",
        "{answer}"
    );
    let warned = "letscode_watch_warnings_total{language=\"cpp\",rate=\"syscallRate\"} ";
    assert_eq!(service.metric(warned), 1);
    assert!(violations(data.path()).is_empty());
    // Kept with the judgement.
    let waits = "import time\ntime.sleep(0.8)\na, b = map(int, input().split())\nprint(a + b)\n";
    let judged = service.judge("aplusb", "python", waits);
    let stored = service.submission(judged["submissionId"].as_str().unwrap());
    let activity = &stored["testResults"][0]["activity"];
    assert!(activity["memoryGrowthPerSecond"].is_u64(), "{stored}");
    assert_eq!(activity["above"], Value::Null);
}

/// The validator decides first, and the verdict is its own: the call is a violation all the same.
#[test]
fn denied_calls_after_a_rejection_are_recorded() {
    let data = tempfile::tempdir().unwrap();
    let talk = "import sys\nsys.stdin.readline()\nsys.exit(43)\n";
    let talks = Package::empty("talks")
        .with(
            "problem.yaml",
            "name: Talks\nvalidation: custom interactive\n",
        )
        .with("output_validators/talk/talk.py", talk)
        .test("secret/1", "1\n", "1\n");
    import(data.path(), &talks.path());
    let service = Service::start(data.path());
    let code = "import socket, sys, time\nprint(1, flush=True)\nsys.stdin.read()\n\
        time.sleep(0.3)\nsocket.socket()\n";
    let judged = service.judge("talks", "python", code);
    assert_eq!(judged["verdict"]["status"], "Wrong Answer", "{judged}");
    assert_eq!(judged["testResults"][0]["deniedCall"], Value::Null);
    let listed = violations(data.path());
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["kind"], "deniedCall");
    assert_eq!(listed[0]["call"]["name"], "socket");
    assert_ne!(listed[0]["countsAgainst"], json!([]));
    let counted = "letscode_violations_total{language=\"python\",denied=\"system call\"} ";
    assert_eq!(service.metric(counted), 1);
}

/// A denied call of a package's checker is recorded, and counts against nobody.
#[test]
fn denied_calls_of_checkers_are_recorded() {
    let data = tempfile::tempdir().unwrap();
    let checker = "import socket\nsocket.socket()\n";
    let package = Package::echo("calls", 1)
        .with("problem.yaml", "name: Calls\nvalidation: custom\n")
        .with("output_validators/check/check.py", checker);
    import(data.path(), &package.path());
    let service = Service::start(data.path());
    let judged = service.judge("calls", "python", "print(input())");
    assert_eq!(judged["verdict"]["status"], "Internal Error", "{judged}");
    let listed = violations(data.path());
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["stage"], "check");
    assert_eq!(listed[0]["test"], 1);
    assert_eq!(listed[0]["call"]["name"], "socket");
    assert_eq!(listed[0]["countsAgainst"], json!([]));

    // Its own checker is a client's own deed.
    let body = json!({"language": "python", "code": "print(1)", "userId": "bob",
        "tests": [{"expected": "1"}],
        "compare": {"checker": {"language": "python", "code": checker}}});
    let (status, answer) = service.post("/api/run", &body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["runs"][0]["verdict"], "Internal Error", "{answer}");
    let listed = violations(data.path());
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(
        (&listed[0]["stage"], &listed[0]["userId"]),
        (&json!("check"), &json!("bob"))
    );
    assert_ne!(listed[0]["countsAgainst"], json!([]));
}
