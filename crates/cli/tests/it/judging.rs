//! `judge` and `problem verify`: output and exit codes.

use crate::support::package::{self, Package};
use crate::support::{Ran, Source, assert_keys, jury, letscode, problem, repository};
use rstest::rstest;
use serde_json::{Value, json};

fn judge(path: &str, more: &[&str]) -> Ran {
    let (id, _) = path.split_once('/').unwrap();
    let (package, source) = (problem(id), jury(path));
    let fixed = [
        "judge",
        "--json",
        package.to_str().unwrap(),
        source.to_str().unwrap(),
    ];
    letscode(fixed.iter().chain(more))
}

#[rstest]
#[case("aplusb/accepted/solution.js", "javascript", "Accepted")]
#[case("aplusb/accepted/solution.py", "python", "Accepted")]
#[case("aplusb/accepted/solution.cpp", "cpp", "Accepted")]
#[case("aplusb/accepted/solution.rs", "rust", "Accepted")]
#[case("aplusb/wrong_answer/int32.cpp", "cpp", "Wrong Answer")]
#[case(
    "aplusb/time_limit_exceeded/waits-forever.js",
    "javascript",
    "Time Limit Exceeded"
)]
#[case(
    "longest-common-subsequence/memory_limit_exceeded/string-table.cpp",
    "cpp",
    "Memory Limit Exceeded"
)]
#[case(
    "balanced-brackets/run_time_error/unwrap-on-empty.rs",
    "rust",
    "Runtime Error"
)]
#[case(
    "count-primes/compile_error/moved-value.rs",
    "rust",
    "Compilation Error"
)]
#[case(
    "reverse-words/output_limit_exceeded/prints-forever.py",
    "python",
    "Output Limit Exceeded"
)]
fn judge_prints_the_verdict(#[case] path: &str, #[case] language: &str, #[case] verdict: &str) {
    let ran = judge(path, &[]);
    let body = ran.json();
    assert_eq!(body["verdict"]["status"], verdict, "{body}");
    assert_eq!(body["language"], language);
    assert_eq!(ran.code, Some(i32::from(verdict != "Accepted")));
    assert_eq!(
        body["compilerOutput"] != "",
        verdict == "Compilation Error",
        "{body}"
    );
}

/// Tests may be run speculatively while the syntax is checked; they must not be reported.
#[rstest]
#[case("a.py", "print(1\n", "SyntaxError: '(' was never closed")]
#[case("a.js", "let a = ;\n", "SyntaxError: Unexpected token ';'")]
fn syntax_errors_have_no_test_results(#[case] name: &str, #[case] code: &str, #[case] words: &str) {
    let source = Source::new(name, code);
    let package = problem("aplusb");
    let ran = letscode(["judge", "--json", package.to_str().unwrap(), source.arg()]);
    let body = ran.json();
    assert_eq!(body["verdict"]["status"], "Compilation Error", "{body}");
    assert_eq!(body["testResults"], json!([]));
    let output = body["compilerOutput"].as_str().unwrap();
    assert!(output.contains(words), "{output}");
}

#[test]
fn forbidden_system_calls_are_security_violations() {
    let package = Package::echo("echo", 1);
    let source = Source::new("a.py", "import socket; socket.socket()");
    let ran = letscode([
        "judge",
        "--json",
        package.path().to_str().unwrap(),
        source.arg(),
    ]);
    let body = ran.json();
    assert_eq!(body["verdict"]["status"], "Security Violation");
    let result = &body["testResults"][0];
    assert_eq!(result["deniedCall"]["name"], "socket", "{body}");
    let explained = "ended at `socket`: programs have no network here";
    assert!(
        result["message"].as_str().unwrap().starts_with(explained),
        "{body}"
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn judge_json_is_the_body_of_a_submission() {
    let body = judge("aplusb/wrong_answer/number-not-bigint.js", &[]).json();
    let fields = [
        "id",
        "userId",
        "problemId",
        "language",
        "isCustomTest",
        "runAll",
        "status",
        "verdict",
        "testResults",
        "judgements",
        "compilerOutput",
        "createdAt",
        "verifiedBy",
    ];
    assert_keys(&body, &fields);
    assert_keys(
        &body["verdict"],
        &[
            "status",
            "passedTests",
            "totalTests",
            "maxTime",
            "maxMemory",
        ],
    );
    let results = body["testResults"].as_array().unwrap();
    let common = [
        "testCaseNumber",
        "passed",
        "verdict",
        "executionTime",
        "memoryUsed",
        "wallTime",
        "isSample",
    ];
    assert_keys(&results[0], &common);
    assert_keys(
        results.last().unwrap(),
        &[&common[..], &["message"]].concat(),
    );
    assert_eq!(
        (&body["problemId"], &body["status"]),
        (&json!("aplusb"), &json!("Completed"))
    );
    let numbers: Vec<u64> = results
        .iter()
        .map(|result| result["testCaseNumber"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.iter().copied().eq(1..=numbers.len() as u64),
        "{numbers:?}"
    );
}

/// Returns the numbers of passed tests, of tests that were run and of all tests.
fn counts(body: &Value) -> (u64, u64, u64) {
    let verdict = &body["verdict"];
    let number = |name: &str| verdict[name].as_u64().unwrap();
    let results = body["testResults"].as_array().unwrap();
    (
        number("passedTests"),
        results.len() as u64,
        number("totalTests"),
    )
}

#[test]
fn judging_stops_at_the_first_failure_unless_all() {
    let (passed, run, total) = counts(&judge("aplusb/wrong_answer/int32.cpp", &[]).json());
    assert_eq!(run, passed + 1);
    assert!(run < total);
    let (_, run, total) = counts(&judge("aplusb/wrong_answer/int32.cpp", &["--all"]).json());
    assert_eq!(run, total);
}

#[test]
fn samples_option_judges_samples_only() {
    let ran = judge("aplusb/wrong_answer/number-not-bigint.js", &["--samples"]);
    let body = ran.json();
    assert_eq!((ran.code, counts(&body)), (Some(0), (3, 3, 3)), "{body}");
    assert_eq!(body["isCustomTest"], true);
}

#[test]
fn zips_are_judged_like_folders() {
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("echo.zip");
    let entries = [
        ("echo/problem.yaml", "name: Echo\n"),
        ("echo/data/secret/1.in", "5\n"),
        ("echo/data/secret/1.ans", "5\n"),
    ];
    package::zip(&zip, &entries);
    let source = Source::new("a.py", "print(input())");
    let ran = letscode(["judge", "--json", zip.to_str().unwrap(), source.arg()]);
    assert_eq!(
        (ran.code, &ran.json()["problemId"]),
        (Some(0), &json!("echo")),
        "{ran:#?}"
    );
}

#[test]
fn judge_prints_a_table_and_a_summary() {
    let (package, source) = (
        problem("aplusb"),
        jury("aplusb/wrong_answer/number-not-bigint.js"),
    );
    let ran = letscode(["judge".as_ref(), package.as_path(), source.as_path()]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("06-beyond-double"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("Wrong Answer: 8 of 13 tests passed"),
        "{}",
        ran.stdout
    );
}

#[test]
fn verify_agrees_with_the_sample_problems() {
    let packages = [problem("aplusb"), problem("balanced-brackets")];
    let args = ["problem", "verify", "--json"].map(Into::into);
    let ran = letscode(args.iter().chain(&packages));
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let reports: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(reports.len(), packages.len());
    for report in &reports {
        assert_keys(
            report,
            &["problem", "agreed", "total", "notJudged", "submissions"],
        );
        assert_eq!(report["agreed"], report["total"]);
        let submissions = report["submissions"].as_array().unwrap();
        assert_eq!(report["total"], submissions.len());
        let fields = [
            "path",
            "language",
            "expected",
            "verdict",
            "ok",
            "maxTime",
            "maxMemory",
        ];
        submissions
            .iter()
            .for_each(|submission| assert_keys(submission, &fields));
    }
    assert_eq!(reports[0]["problem"], "aplusb");
    assert_eq!(
        reports[0]["submissions"][0]["expected"],
        json!(["Accepted"])
    );
}

#[test]
fn verify_fails_when_a_submission_disagrees() {
    let package = Package::echo("echo", 2)
        .with("submissions/accepted/right.py", "print(input())")
        .with("submissions/accepted/wrong.py", "print(7)");
    let path = package.path();
    let ran = letscode(["problem", "verify", "--json", path.to_str().unwrap()]);
    let report = ran.json();
    assert_eq!(
        (ran.code, &report["agreed"], &report["total"]),
        (Some(1), &json!(1), &json!(2))
    );
    let wrong = &report["submissions"][1];
    assert_eq!(
        (&wrong["ok"], &wrong["verdict"]),
        (&json!(false), &json!("Wrong Answer"))
    );
    let reason = wrong["reason"].as_str().unwrap();
    assert!(reason.starts_with("secret/001: Wrong Answer"), "{reason}");
}

#[test]
fn accepted_with_some_points_is_said_so() {
    let package = repository().join("crates/cli/tests/packages/scoring-validator");
    let source = package.join("submissions/accepted/nearly_all.py");
    let ran = letscode(["judge".as_ref(), package.as_path(), source.as_path()]);
    let line = "Accepted with 16 of 20 points: 3 of 3 tests passed; slowest ";
    assert!(ran.stdout.contains(line), "{ran:#?}");
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}
