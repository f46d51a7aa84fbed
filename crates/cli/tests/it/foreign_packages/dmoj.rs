use rstest::rstest;

use super::*;
use crate::support::package::zip;

/// A DMOJ problem with its tests in an archive: one alone, and one batch.
fn dmoj(init: &str) -> Package {
    let package = Package::empty("dmojsum").with("init.yml", init);
    let entries = [
        ("sum.0.in", "1 0\r\n"),
        ("sum.0.out", "1\r\n"),
        ("sum.1.1.in", "2 0\n"),
        ("sum.1.1.out", "2\n"),
        ("sum.1.2.in", "3 1\n"),
        ("sum.1.2.out", "4\n"),
    ];
    zip(&package.path().join("sum.zip"), &entries);
    package
}

const DMOJ_CASES: &str = "archive: sum.zip
test_cases:
- {in: sum.0.in, out: sum.0.out, points: 30}
- points: 70
  batched:
  - {in: sum.1.1.in, out: sum.1.1.out}
  - {in: sum.1.2.in, out: sum.1.2.out}
";

#[rstest]
#[case::listed(DMOJ_CASES, 30.0, 100.0)]
#[case::by_pattern("archive: sum.zip\n", 1.0, 2.0)]
#[case::by_own_pattern(
    "archive: sum.zip\ntest_cases:\n  input_format: '^sum\\.(?:(?P<batch>\\d+)\\.)?(?P<case>\\d+)\\.in$'\n  output_format: '^sum\\.(?:(?P<batch>\\d+)\\.)?(?P<case>\\d+)\\.out$'\n  case_points: [5, 6]\n",
    5.0,
    11.0
)]
fn dmoj_cases_and_batches_give_points(#[case] init: &str, #[case] some: f64, #[case] all: f64) {
    let package = dmoj(init);
    assert_eq!(
        judged(&package, "a.py", SUM),
        ("Accepted".into(), all.into())
    );
    let (status, points) = judged(&package, "a.py", DIFFERENCE);
    assert_eq!((status.as_str(), points), ("Wrong Answer", some.into()));
}

#[test]
fn dmoj_cases_without_points_are_required_by_later_ones() {
    let cases = "archive: sum.zip
test_cases:
- {in: sum.1.2.in, out: sum.1.2.out, points: 0}
- {in: sum.0.in, out: sum.0.out, points: 100}
";
    let package = dmoj(cases);
    assert_eq!(judged(&package, "a.py", SUM).1, 100.0);
    assert_eq!(judged(&package, "a.py", DIFFERENCE).1, 0.0);
}

#[rstest]
#[case::floats(
    "checker: {name: floats, args: {precision: 2}}\n",
    "print(sum(map(int, input().split())) + 0.001)\n",
    "Accepted"
)]
#[case::standard(
    "checker: standard\n",
    "print(sum(map(int, input().split())) + 0.001)\n",
    "Wrong Answer"
)]
#[case::identical(
    "checker: identical\n",
    "print(sum(map(int, input().split())), end='')\n",
    "Wrong Answer"
)]
fn dmoj_checkers_have_their_meaning(
    #[case] checker: &str,
    #[case] program: &str,
    #[case] expected: &str,
) {
    let package = dmoj(&format!("{DMOJ_CASES}{checker}"));
    assert_eq!(judged(&package, "a.py", program).0, expected);
}

#[test]
fn dmoj_bridged_checkers_are_run() {
    let checker =
        "checker: {name: bridged, args: {files: check.cpp, lang: CPP17, type: testlib}}\n";
    let package = dmoj(&format!("{DMOJ_CASES}{checker}"))
        .with("check.cpp", POINTS_CHECKER.replace("FULL", "30"))
        .with("testlib.h", TESTLIB);
    assert_eq!(judged(&package, "a.py", SUM).1, 100.0);
    let off_by_one = "print(sum(map(int, input().split())) + 1)\n";
    // 15 points for the first test, and 15 for the worst of the batch.
    assert_eq!(judged(&package, "a.py", off_by_one).1, 30.0);
    assert_eq!(judged(&package, "a.py", "print(9)\n").0, "Wrong Answer");
}

#[test]
fn dmoj_interactors_are_run() {
    let package = Package::empty("guess")
        .with("init.yml", "interactive: {files: guess.cpp, type: testlib}\ntest_cases:\n- {in: 1.in, points: 40}\n- {in: 2.in, points: 60}\n")
        .with("guess.cpp", INTERACTOR)
        .with("testlib.h", TESTLIB)
        .with("1.in", "7\n")
        .with("2.in", "500\n");
    assert_eq!(judged(&package, "a.py", BISECTION).1, 100.0);
    assert_eq!(judged(&package, "a.py", ONE_BY_ONE).1, 40.0);
}

#[rstest]
#[case::custom_judge("custom_judge: grader.py\n", "a grader in DMOJ's own Python interface")]
#[case::signature(
    "signature_grader: {entry: a.cpp, header: a.h}\n",
    "functions instead of programs"
)]
#[case::generator("generator: gen.cpp\n", "tests that a generator makes")]
#[case::python_checker(
    "checker: check.py\n",
    "its checker `check.py` is not one that can be run here"
)]
#[case::no_testlib(
    "checker: {name: bridged, args: {files: check.cpp, type: testlib}}\n",
    "includes testlib.h, which the package does not have"
)]
#[case::no_archive("archive: other.zip\n", "it names `other.zip`, which is missing")]
fn dmoj_problems_that_cannot_be_judged_are_named(#[case] more: &str, #[case] reason: &str) {
    let cases = DMOJ_CASES.replace("archive: sum.zip\n", "");
    let archive = if more.starts_with("archive") {
        ""
    } else {
        "archive: sum.zip\n"
    };
    let package = dmoj(&format!("{archive}{cases}{more}")).with("check.cpp", POINTS_CHECKER);
    let message = refusal(&package);
    assert!(
        message.contains("a DMOJ package that can't be converted"),
        "{message}"
    );
    assert!(message.contains(reason), "{message}");
}
