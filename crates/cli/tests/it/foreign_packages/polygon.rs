use rstest::rstest;

use super::*;
use crate::support::package::zip;

/// Returns `problem.xml` with these tests, further children of `<testset>`, and assets.
fn polygon(tests: &str, assets: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8" standalone="no"?>
<problem revision="7" short-name="sum" url="https://polygon.codeforces.com/p/someone/sum">
  <names><name language="english" value="A &amp; B"/><name language="russian" value="Сумма"/></names>
  <statements><statement charset="UTF-8" language="english" path="statements/english/problem.tex"
    type="application/x-tex"/></statements>
  <judging cpu-name="x" cpu-speed="3600" input-file="" output-file="" run-count="1">
    <testset name="tests">
      <time-limit>1000</time-limit><memory-limit>268435456</memory-limit>
      <input-path-pattern>tests/%02d</input-path-pattern>
      <answer-path-pattern>tests/%02d.a</answer-path-pattern>
      {tests}
    </testset>
  </judging>
  <files><resources><file path="files/testlib.h" type="h.g++"/></resources></files>
  <assets>{assets}</assets>
  <tags><tag value="math"/></tags>
</problem>"#
    )
}

const PLAIN_TESTS: &str = r#"<test-count>3</test-count><tests><test method="manual" sample="true"/>
<test cmd="gen 1" method="generated"/><test method="manual"/></tests>"#;

const STANDARD_CHECKER: &str = r#"<checker name="std::ncmp.cpp" type="testlib">
<source path="files/check.cpp" type="cpp.g++17"/><copy path="check.cpp"/></checker>"#;

const SOLUTIONS: &str = r#"<solutions>
<solution tag="main"><source path="solutions/sum.py" type="python.3"/></solution>
<solution tag="wrong-answer"><source path="solutions/difference.py" type="python.3"/></solution>
<solution tag="time-limit-exceeded"><source path="solutions/slow.py" type="python.3"/></solution>
<solution tag="rejected"><source path="solutions/other.py" type="python.3"/></solution>
<solution tag="time-limit-exceeded-or-accepted"><source path="solutions/maybe.py"/></solution>
<solution tag="do-not-run"><source path="solutions/idea.py"/></solution></solutions>"#;

fn with_solutions(package: Package) -> Package {
    package
        .with("solutions/sum.py", SUM)
        .with("solutions/difference.py", DIFFERENCE)
        .with("solutions/slow.py", SLOW)
        .with("solutions/other.py", "print('none')\n")
        .with("solutions/maybe.py", SUM)
        .with("solutions/idea.py", "later\n")
}

/// A package of Polygon for Windows, whose lines end in CRLF.
fn polygon_sum() -> Package {
    let assets = format!("{STANDARD_CHECKER}{SOLUTIONS}");
    with_solutions(Package::empty("sum-7_windows"))
        .with("problem.xml", polygon(PLAIN_TESTS, &assets))
        .with("tests/01", "1 2\r\n")
        .with("tests/01.a", "3\r\n")
        .with("tests/02", "5 7\r\n")
        .with("tests/02.a", "12\r\n")
        .with("tests/03", "-5 7\r\n")
        .with("tests/03.a", "2\r\n")
        .with("statement-sections/english/name.tex", "A \\& B")
        .with(
            "statement-sections/english/legend.tex",
            "Add $a$ and $b$.\n",
        )
        .with("statement-sections/english/input.tex", "Two numbers.\n")
        .with("files/generator.dpr", "begin end.")
}

fn verified(package: &Package) -> Value {
    let path = package.path();
    let ran = letscode(["problem", "verify", "--json", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    ran.json()
}

fn verdicts(report: &Value) -> Vec<(String, String)> {
    let submissions = report["submissions"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let all = submissions
        .iter()
        .map(|one| (text(&one["path"]), text(&one["verdict"])));
    all.collect()
}

#[test]
fn polygon_solutions_are_verified_by_their_tags() {
    let report = verified(&polygon_sum());
    let expected = [
        ("submissions/accepted/sum.py", "Accepted"),
        ("submissions/accepted_or_slow/maybe.py", "Accepted"),
        ("submissions/rejected/other.py", "Wrong Answer"),
        (
            "submissions/time_limit_exceeded/slow.py",
            "Time Limit Exceeded",
        ),
        ("submissions/wrong_answer/difference.py", "Wrong Answer"),
    ];
    let expected = expected.map(|(path, verdict)| (path.to_owned(), verdict.to_owned()));
    assert_eq!(verdicts(&report), expected);
}

/// Its checker includes testlib; the zip is as Polygon names it.
#[test]
fn polygon_zips_are_imported_with_statement_and_limits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sum-7$linux.zip");
    let checker = POINTS_CHECKER.replace("FULL", "1");
    let xml = polygon(
        PLAIN_TESTS,
        r#"<checker type="testlib"><source path="files/check.cpp"/></checker>"#,
    );
    let entries = [
        ("problem.xml", xml.as_str()),
        ("files/check.cpp", &checker),
        ("files/testlib.h", TESTLIB),
        ("tests/01", "1 2\n"),
        ("tests/01.a", "3\n"),
        ("tests/02", "5 7\n"),
        ("tests/02.a", "12\n"),
        ("tests/03", "0 7\n"),
        ("tests/03.a", "7\n"),
        (
            "statements/english/problem-properties.json",
            r#"{"name": "A", "legend": "Add."}"#,
        ),
    ];
    zip(&path, &entries);
    let data = folder.path().join("data");
    let ran = letscode([
        "problem".as_ref(),
        "import".as_ref(),
        "--data".as_ref(),
        data.as_path(),
        &path,
    ]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(ran.stdout, "sum: A & B, 3 tests, 1 s (problem.yaml)\n");
    assert!(
        ran.stderr.contains("converted from Polygon's format"),
        "{ran:#?}"
    );
}

#[test]
fn polygon_groups_give_points_and_require_others() {
    let tests = r#"<tests><test group="0" sample="true" points="0"/><test group="1" points="10"/>
<test group="1" points="20"/><test group="2" points="70"/></tests>
<groups><group name="0" points-policy="each-test"/><group name="1" points-policy="each-test"/>
<group name="2" points-policy="complete-group" points="70"><dependencies><dependency group="1"/>
</dependencies></group></groups>"#;
    let package = Package::empty("groups")
        .with("problem.xml", polygon(tests, STANDARD_CHECKER))
        .with("tests/01", "0 0\n")
        .with("tests/01.a", "0\n")
        .with("tests/02", "1 0\n")
        .with("tests/02.a", "1\n")
        .with("tests/03", "1 1\n")
        .with("tests/03.a", "2\n")
        .with("tests/04", "2 0\n")
        .with("tests/04.a", "2\n");
    assert_eq!(
        judged(&package, "a.py", SUM),
        ("Accepted".into(), 100.0.into())
    );
    // The last group is right, but requires one that isn't.
    let (_, points) = judged(&package, "a.py", DIFFERENCE);
    assert_eq!(points, 10.0);
}

#[test]
fn polygon_interactors_talk_and_checkers_decide() {
    let assets = r#"<checker type="testlib"><source path="files/check.cpp"/></checker>
<interactor><source path="files/interactor.cpp" type="cpp.g++17"/></interactor>"#;
    let tests = r#"<tests><test sample="true"/><test/></tests>"#;
    let package = Package::empty("guess")
        .with("problem.xml", polygon(tests, assets))
        .with("files/interactor.cpp", INTERACTOR)
        .with("files/check.cpp", QUESTIONS_CHECKER)
        .with("files/testlib.h", TESTLIB)
        .with("tests/01", "7\n")
        .with("tests/01.a", "\n")
        .with("tests/02", "50\n")
        .with("tests/02.a", "\n");
    assert_eq!(judged(&package, "a.py", BISECTION).0, "Accepted");
    assert_eq!(judged(&package, "a.py", ONE_BY_ONE).0, "Wrong Answer");
    assert_eq!(judged(&package, "a.py", "print('x')\n").0, "Wrong Answer");
    assert_eq!(
        judged(&package, "a.py", "print(1)\ninput()\n1 / 0\n").0,
        "Runtime Error"
    );
}

#[rstest]
#[case::generated(polygon_sum().without("tests/02"), "test 2 (`tests/02`) is to be made by a generator")]
#[case::missing(polygon_sum().without("tests/03.a"), "test 3 (`tests/03.a`) is missing")]
#[case::files(
    polygon_sum().with("problem.xml", polygon(PLAIN_TESTS, STANDARD_CHECKER).replace("input-file=\"\"", "input-file=\"sum.in\"")),
    "programs use the file `sum.in`"
)]
#[case::run_twice(
    polygon_sum().with("problem.xml", polygon(PLAIN_TESTS, STANDARD_CHECKER).replace("run-count=\"1\"", "run-count=\"2\"")),
    "solutions run twice on each test"
)]
#[case::checker_in_pascal(
    polygon_sum().with("problem.xml", polygon(PLAIN_TESTS, "<checker><source path=\"files/generator.dpr\"/></checker>")),
    "its checker `files/generator.dpr` is in a language that is not run here"
)]
#[case::broken(polygon_sum().with("problem.xml", "<problem><judging></problem>"), "it is not valid XML")]
fn polygon_packages_that_cannot_be_judged_are_named(
    #[case] package: Package,
    #[case] reason: &str,
) {
    let message = refusal(&package);
    assert!(
        message.contains("a Polygon package that can't be converted"),
        "{message}"
    );
    assert!(message.contains(reason), "{message}");
}
