//! Small packages of our own, one per feature: each of their jury submissions gets the verdict
//! that its folder names, and what `expected.toml` says beyond that.

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
fn every_submission_is_judged_as_expected(#[case] name: &str) {
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
        let found = submissions.iter().any(|one| one["path"] == path.as_str());
        assert!(found, "{path} is not a submission of {name}");
    }
    for submission in submissions {
        let path = submission["path"].as_str().unwrap();
        check(submission, expected.get(path));
    }
    let all_ok = submissions
        .iter()
        .all(|one| one["ok"] == true || one["skipped"] == true);
    assert_eq!(ran.code, Some(i32::from(!all_ok)), "{ran:#?}");
    assert_eq!(all_ok, report["agreed"] == report["total"], "{report}");
}

/// A submission agrees with its folder, unless its package is one that can't be judged.
fn check(submission: &Value, expected: Option<&toml::Value>) {
    let said = |key: &str| expected.and_then(|expected| expected.get(key));
    let skipped = said("skipped").is_some();
    let broken = said("verdict").and_then(toml::Value::as_str) == Some("Internal Error");
    assert_eq!(submission["ok"], !skipped && !broken, "{submission}");
    assert_eq!(submission["skipped"] == true, skipped, "{submission}");
    if let Some(verdict) = said("verdict") {
        assert_eq!(
            submission["verdict"],
            verdict.as_str().unwrap(),
            "{submission}"
        );
    }
    if let Some(score) = said("score") {
        let found = submission["score"].as_f64().unwrap();
        assert!(
            (found - score.as_float().unwrap()).abs() < 1e-9,
            "{submission}"
        );
    }
    if let Some(reason) = said("reason") {
        let found = submission["reason"].as_str().unwrap();
        assert!(found.contains(reason.as_str().unwrap()), "{found}");
    }
}

#[test]
fn no_package_is_forgotten() {
    let source = fs::read_to_string(repository().join(file!())).unwrap();
    for name in names(&folder()) {
        assert!(source.contains(&format!("#[case(\"{name}\")]")), "{name}");
    }
}

#[test]
fn the_time_limit_comes_from_the_slowest_accepted_solution() {
    let package = folder().join("calibrated");
    let report = letscode(["problem", "verify", "--json", package.to_str().unwrap()]).json();
    let limit = report["calibratedTimeLimit"].as_f64().unwrap();
    // A quarter of a second and the interpreter's start, times 3, in steps of 0.1 s.
    assert!((800.0..=1500.0).contains(&limit), "{report}");
}

#[test]
fn what_a_validator_says_of_secret_data_is_for_the_jury_alone() {
    let package = folder().join("validator-cpp");
    let source = package.join("submissions/wrong_answer/zero.py");
    let (package, source) = (package.to_str().unwrap(), source.to_str().unwrap());
    // On the sample the author may know why; the rest is as secret as the data.
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
fn a_validators_fault_is_an_internal_error_that_names_it() {
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
fn a_folder_of_files_is_judged_like_one_file() {
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
fn python_2_is_told_apart() {
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
    let words = body["compilerOutput"].as_str().unwrap();
    assert!(words.contains("this looks like Python 2"), "{words}");
}

#[test]
fn an_import_measures_the_time_limit_and_keeps_it() {
    let data = tempfile::tempdir().unwrap();
    let package = folder().join("calibrated");
    let (data_folder, package) = (data.path().to_str().unwrap(), package.to_str().unwrap());
    let ran = letscode(["problem", "import", "--data", data_folder, package]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let expected = "(measured from the jury's accepted submissions)";
    assert!(ran.stdout.contains(expected), "{ran:#?}");
    let packages = data.path().join("packages");
    let digest = names(&packages).into_iter().next().unwrap();
    let kept = packages
        .join(digest)
        .join("calibrated/.timelimit.calibrated");
    let text = fs::read_to_string(kept).unwrap();
    let seconds: f64 = text.lines().next().unwrap().parse().unwrap();
    assert!((0.8..=1.5).contains(&seconds), "{text}");
    assert!(
        text.contains("submissions/accepted/quarter_second.py"),
        "{text}"
    );
}
