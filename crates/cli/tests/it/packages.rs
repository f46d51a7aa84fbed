//! Small packages, one per feature: each jury submission gets the verdict that its folder names, and
//! the details in `expected.toml`.

use std::fs;
use std::path::PathBuf;

use crate::support::{host::names, letscode, repository};
use rstest::rstest;
use serde_json::Value;

fn folder() -> PathBuf {
    repository().join("crates/cli/tests/packages")
}

#[rstest]
#[case("arguments-and-files")]
#[case("calibrated")]
#[case("constants")]
#[case("entrypoint")]
#[case("extra-time")]
#[case("interactive-cpp")]
#[case("interactive-python")]
#[case("limits")]
#[case("multi-pass")]
#[case("multi-pass-endless")]
#[case("multi-pass-interactive")]
#[case("old-dialect")]
#[case("scoring-any-accepted")]
#[case("scoring-draft")]
#[case("scoring-groups")]
#[case("scoring-ignored-sample")]
#[case("scoring-validator")]
#[case("several-files")]
#[case("testlib-checker")]
#[case("testlib-for-kattis")]
#[case("validator-answers-0")]
#[case("validator-cpp")]
#[case("validator-crashes")]
#[case("validator-does-not-compile")]
#[case("validator-floods")]
#[case("validator-hangs")]
#[case("validator-python")]
#[case("validator-started-by-script")]
#[case("validator-with-own-script")]
fn submissions_get_their_expected_verdicts(#[case] name: &str) {
    let package = folder().join(name);
    let ran = letscode(["problem", "verify", "--json", package.to_str().unwrap()]);
    let report = ran.json();
    let expected: toml::Table = match fs::read_to_string(package.join("expected.toml")) {
        Ok(text) => toml::from_str(&text).unwrap(),
        Err(_) => toml::Table::new(),
    };
    let submissions = report["submissions"].as_array().unwrap();
    assert!(!submissions.is_empty(), "{ran:#?}");
    for path in expected.keys() {
        let actual = submissions
            .iter()
            .any(|submission| submission["path"] == path.as_str());
        assert!(actual, "{path} is not a submission of {name}");
    }
    for submission in submissions {
        let path = submission["path"].as_str().unwrap();
        check(submission, expected.get(path));
    }
    let all_ok = submissions
        .iter()
        .all(|submission| submission["ok"] == true || submission["skipped"] == true);
    assert_eq!(ran.code, Some(i32::from(!all_ok)), "{ran:#?}");
    assert_eq!(all_ok, report["agreed"] == report["total"], "{report}");
}

/// Checks that a submission agrees with its folder, unless its package can't be judged.
fn check(submission: &Value, expected: Option<&toml::Value>) {
    let expectation = |key: &str| expected.and_then(|expected| expected.get(key));
    let skipped = expectation("skipped").is_some();
    let broken = expectation("verdict").and_then(toml::Value::as_str) == Some("Internal Error");
    assert_eq!(submission["ok"], !skipped && !broken, "{submission}");
    assert_eq!(submission["skipped"] == true, skipped, "{submission}");
    if let Some(verdict) = expectation("verdict") {
        assert_eq!(
            submission["verdict"],
            verdict.as_str().unwrap(),
            "{submission}"
        );
    }
    if let Some(score) = expectation("score") {
        let actual = submission["score"].as_f64().unwrap();
        assert!(
            (actual - score.as_float().unwrap()).abs() < 1e-9,
            "{submission}"
        );
    }
    match expectation("warning").and_then(toml::Value::as_str) {
        Some(warning) => {
            let actual = submission["warning"].as_str().unwrap();
            assert!(actual.contains(warning), "{actual}");
        }
        None => assert!(submission["warning"].is_null(), "{submission}"),
    }
    if let Some(reason) = expectation("reason") {
        let actual = submission["reason"].as_str().unwrap();
        assert!(actual.contains(reason.as_str().unwrap()), "{actual}");
    }
}

#[test]
fn all_packages_are_tested() {
    let source = fs::read_to_string(repository().join(file!())).unwrap();
    for name in names(&folder()) {
        assert!(source.contains(&format!("#[case(\"{name}\")]")), "{name}");
    }
}

#[test]
fn time_limit_follows_the_slowest_accepted_solution() {
    let package = folder().join("calibrated");
    let report = letscode(["problem", "verify", "--json", package.to_str().unwrap()]).json();
    let limit = report["calibratedTimeLimit"].as_f64().unwrap();
    // A quarter of a second and the interpreter's start, times 3, in steps of 0.1 s.
    assert!((800.0..=1500.0).contains(&limit), "{report}");
}

#[test]
fn validator_messages_on_secret_data_stay_secret() {
    let package = folder().join("validator-cpp");
    let source = package.join("submissions/wrong_answer/zero.py");
    let (package, source) = (package.to_str().unwrap(), source.to_str().unwrap());
    // The author may see the reason on the sample; secret data stays secret.
    let body = letscode(["judge", "--json", "--all", package, source]).json();
    let results = body["testResults"].as_array().unwrap();
    assert_eq!(results[0]["message"], "not positive");
    assert_eq!(results[1]["message"], "the output validator rejects it");
    let shown = letscode(["judge", "--all", package, source]);
    assert_eq!(
        shown.stdout.matches("not positive").count(),
        3,
        "{shown:#?}"
    );
}

#[test]
fn validator_failures_are_internal_errors() {
    let package = folder().join("validator-crashes");
    let source = package.join("submissions/accepted/one.py");
    let (package, source) = (package.to_str().unwrap(), source.to_str().unwrap());
    let ran = letscode(["judge", "--json", package, source]);
    assert_eq!(ran.code, Some(2));
    let body = ran.json();
    assert_eq!(body["verdict"]["status"], "Internal Error");
    assert_eq!(body["status"], "Failed");
    assert!(
        ran.stderr
            .contains("output_validators/broken.py on secret/1"),
        "{ran:#?}"
    );
}

#[test]
fn folders_are_judged_like_files() {
    let package = folder().join("several-files");
    let source = package.join("submissions/accepted/folder_py");
    let ran = letscode([
        "judge".as_ref(),
        "--json".as_ref(),
        package.as_path(),
        &source,
    ]);
    assert_eq!(
        (ran.code, &ran.json()["language"]),
        (Some(0), &"python".into())
    );
}

#[test]
fn python_2_is_detected() {
    let package = folder().join("several-files");
    let source = package.join("submissions/compile_error/python_2.py");
    let ran = letscode([
        "judge".as_ref(),
        "--json".as_ref(),
        package.as_path(),
        &source,
    ]);
    let body = ran.json();
    assert_eq!(body["verdict"]["status"], "Compilation Error");
    let message = body["compilerOutput"].as_str().unwrap();
    assert!(message.contains("this looks like Python 2"), "{message}");
}

#[test]
fn import_stores_the_measured_time_limit() {
    let data = tempfile::tempdir().unwrap();
    let package = folder().join("calibrated");
    let (data_folder, package) = (data.path().to_str().unwrap(), package.to_str().unwrap());
    let ran = letscode(["problem", "import", "--data", data_folder, package]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let expected = "(measured from the jury's accepted submissions)";
    assert!(ran.stdout.contains(expected), "{ran:#?}");
    let packages = data.path().join("packages");
    let digest = names(&packages).into_iter().next().unwrap();
    let stored = packages
        .join(digest)
        .join("calibrated/.timelimit.calibrated");
    let text = fs::read_to_string(stored).unwrap();
    let seconds: f64 = text.lines().next().unwrap().parse().unwrap();
    assert!((0.8..=1.5).contains(&seconds), "{text}");
    assert!(
        text.contains("submissions/accepted/quarter_second.py"),
        "{text}"
    );
}
