//! `letscode serve` with real cells: from the request to the verdict.
//!
//! Formats, refusals and limits of the API are tested in the server's crate.

use std::path::Path;

use crate::support::host::names;
use crate::support::service::{Service, is_final};
use crate::support::{Ran, jury, letscode, repository};
use serde_json::{Value, json};

/// Accepted, but takes more than two seconds for all 13 tests of A+B.
const SLOW: &str = "import time\ntime.sleep(0.2)\nprint(sum(map(int, input().split())))\n";

struct Scene {
    data: tempfile::TempDir,
    service: Service,
}

fn serve() -> Scene {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    Scene { data, service }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(jury(path)).unwrap()
}

#[test]
fn empty_stores_get_the_sample_problems() {
    let scene = serve();
    let (status, body) = scene.service.get("/api/problems");
    assert_eq!(status, 200);
    let listed = body["problems"].as_array().unwrap().iter();
    let mut listed: Vec<&str> = listed
        .map(|problem| problem["id"].as_str().unwrap())
        .collect();
    listed.sort_unstable();
    let mut shipped = names(&repository().join("problems"));
    shipped.sort_unstable();
    assert_eq!(listed, shipped);
}

/// A program and its expected verdict.
const VERDICTS: [(&str, &str, &str); 10] = [
    ("aplusb/accepted/solution.js", "javascript", "Accepted"),
    ("aplusb/accepted/solution.py", "python", "Accepted"),
    ("aplusb/accepted/solution.cpp", "cpp", "Accepted"),
    ("aplusb/accepted/solution.rs", "rust", "Accepted"),
    (
        "aplusb/wrong_answer/number-not-bigint.js",
        "javascript",
        "Wrong Answer",
    ),
    (
        "aplusb/time_limit_exceeded/waits-forever.js",
        "javascript",
        "Time Limit Exceeded",
    ),
    (
        "aplusb/run_time_error/reads-too-much.py",
        "python",
        "Runtime Error",
    ),
    (
        "aplusb/compile_error/missing-semicolon.cpp",
        "cpp",
        "Compilation Error",
    ),
    (
        "reverse-words/output_limit_exceeded/prints-forever.py",
        "python",
        "Output Limit Exceeded",
    ),
    (
        "longest-common-subsequence/memory_limit_exceeded/string-table.cpp",
        "cpp",
        "Memory Limit Exceeded",
    ),
];

#[test]
fn all_languages_get_all_verdicts() {
    let scene = serve();
    for (path, language, verdict) in VERDICTS {
        let (problem, _) = path.split_once('/').unwrap();
        let answer = scene.service.judge(problem, language, &read(path));
        assert_eq!(answer["verdict"]["status"], verdict, "{path}: {answer}");
        assert_eq!(answer["status"], "Completed");
        let stored = scene
            .service
            .submission(answer["submissionId"].as_str().unwrap());
        assert_eq!(stored["verdict"], answer["verdict"]);
    }
}

#[test]
fn stream_reports_tests_in_order() {
    let scene = serve();
    let mut stream = scene.service.stream();
    let mut last = stream.next()["seq"].as_u64().unwrap();
    let code = read("aplusb/accepted/solution.py");
    let id = scene.service.submit("aplusb", "python", &code);
    let mut numbers = Vec::new();
    loop {
        let message = stream.next();
        if message["type"] == "system_status" {
            continue;
        }
        let seq = message["seq"].as_u64().unwrap();
        assert_eq!(seq, last + 1, "{message}");
        last = seq;
        let data = &message["data"];
        assert_eq!(data["submissionId"], id.as_str());
        if message["type"] == "status_update" {
            numbers.push((data["status"].clone(), data["currentTest"].clone()));
        }
        if data["verdict"].is_object() {
            assert_eq!(data["verdict"], scene.service.submission(&id)["verdict"]);
            break;
        }
    }
    let before = ["Queued", "Compiling", "Running"].map(|status| (json!(status), Value::Null));
    let tests = (1..=13).map(|number| (json!("Running"), json!(number)));
    let expected: Vec<_> = before.into_iter().chain(tests).collect();
    let (end, rest) = numbers.split_last().unwrap();
    assert_eq!(rest, expected);
    assert_eq!(end, &(json!("Completed"), Value::Null));
}

#[test]
fn snippets_get_their_input() {
    let scene = serve();
    let table = [
        (
            "python",
            "print(input()[::-1])",
            "abc",
            json!(true),
            "cba\n",
            "exited",
        ),
        (
            "javascript",
            "process.exit(4)",
            "",
            json!(false),
            "",
            "exited",
        ),
        (
            "cpp",
            "int main() { return x; }",
            "",
            json!(false),
            "",
            "compile_failed",
        ),
        (
            "python",
            "import socket; socket.socket()",
            "",
            json!(false),
            "",
            "syscall_denied",
        ),
    ];
    for (language, code, input, success, output, outcome) in table {
        let body = json!({"language": language, "code": code, "input": input});
        let (status, answer) = scene.service.post("/api/test", &body);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(
            (&answer["success"], &answer["output"]),
            (&success, &json!(output)),
            "{answer}"
        );
        assert_eq!(answer["outcome"], outcome, "{answer}");
    }
}

#[test]
fn data_folders_are_locked() {
    let scene = serve();
    let second = serve_on(scene.data.path(), "127.0.0.1:0");
    let message = second.refusal();
    assert!(
        message.contains("in use by another `letscode`"),
        "{message}"
    );
    assert_eq!(
        scene.service.get("/healthz").0,
        200,
        "the first is not harmed"
    );
}

#[test]
fn used_ports_are_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let ran = serve_on(data.path(), &address);
    assert!(
        ran.refusal()
            .contains(&format!("cannot listen on {address}")),
        "{ran:#?}"
    );
}

/// Runs a service that can't start. Its log has only errors.
fn serve_on(data: &Path, listen: &str) -> Ran {
    letscode([
        "serve",
        "--listen",
        listen,
        "--data",
        data.to_str().unwrap(),
    ])
}

#[test]
fn sigterm_finishes_submissions_in_progress() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "1"]);
    let mut stream = service.stream();
    let [judged, waiting] = [(); 2].map(|()| service.submit("aplusb", "python", SLOW));
    stream.first_test_of(&judged);
    assert_eq!(service.terminate().code(), Some(0));

    let service = Service::start_with(data.path(), &["--workers", "1"]);
    let stored = service.submission(&judged);
    assert_eq!(stored["verdict"]["status"], "Accepted", "{stored}");
    assert!(!is_final(&service.submission(&waiting)), "it was not begun");
    assert_eq!(service.verdict(&waiting)["verdict"]["status"], "Accepted");
}
