use rstest::rstest;

use super::*;

fn hydro(config: &str) -> Package {
    Package::empty("P1000")
        .with(
            "problem.yaml",
            "pid: H1\nowner: 2\ntitle: 求和\ntag: [math]\nnSubmit: 5\nnAccept: 3\n",
        )
        .with("problem_zh.md", "求和 ![](file://a.png)\n")
        .with("additional_file/a.png", "\u{89}PNG")
        .with("testdata/config.yaml", config)
        .with("testdata/a1.in", "1 0\n")
        .with("testdata/a1.out", "1\n")
        .with("testdata/a2.in", "2 0\n")
        .with("testdata/a2.out", "2\n")
        .with("testdata/b1.in", "3 1\n")
        .with("testdata/b1.out", "4\n")
}

const HYDRO_SUBTASKS: &str = "time: 1s
memory: 128m
subtasks:
- {score: 30, type: sum, id: 1, cases: [{input: a1.in, output: a1.out}, {input: a2.in, output: a2.out}]}
- {score: 20, type: min, id: 2, cases: [{input: b1.in, output: b1.out}]}
- {score: 50, id: 3, if: [2], cases: [{input: a1.in, output: a1.out}]}
";

#[test]
fn hydro_subtasks_give_points_and_require_others() {
    let package = hydro(HYDRO_SUBTASKS);
    assert_eq!(
        judged(&package, "a.py", SUM),
        ("Accepted".into(), 100.0.into())
    );
    assert_eq!(judged(&package, "a.py", DIFFERENCE).1, 30.0);
    assert_eq!(judged(&package, "a.py", "print(1)\n").1, 15.0);
}

#[test]
fn hydro_tests_are_found_by_name() {
    let package = hydro("time: 1s\nmemory: 128m\n");
    assert_eq!(judged(&package, "a.py", SUM).1, 100.0);
    assert_eq!(judged(&package, "a.py", DIFFERENCE).1, 67.0);
}

/// Points of Hydro's checkers are shares of the test's.
#[test]
fn hydro_checkers_give_shares() {
    let config = format!("{HYDRO_SUBTASKS}checker_type: testlib\nchecker: check.cpp\n");
    let package = hydro(&config)
        .with("testdata/check.cpp", POINTS_CHECKER.replace("FULL", "1"))
        .with("testdata/testlib.h", TESTLIB);
    assert_eq!(judged(&package, "a.py", SUM).1, 100.0);
    let off_by_one = "print(sum(map(int, input().split())) + 1)\n";
    assert_eq!(judged(&package, "a.py", off_by_one).1, 50.0);
}

#[test]
fn hydro_interactors_are_run() {
    let config = "type: interactive\ninteractor: guess.cpp\ncases: [{input: g.in}]\n";
    let package = hydro(config)
        .with("testdata/guess.cpp", INTERACTOR)
        .with("testdata/testlib.h", TESTLIB)
        .with("testdata/g.in", "77\n");
    assert_eq!(
        judged(&package, "a.py", BISECTION),
        ("Accepted".into(), 100.0.into())
    );
    assert_eq!(
        judged(&package, "a.py", "print(1)\ninput()\n").0,
        "Wrong Answer"
    );
}

#[rstest]
#[case::objective("type: objective\n", "it is of the type `objective`")]
#[case::files("filename: sum\n", "programs use the files `sum.in` and `sum.out`")]
#[case::limits(
    "subtasks: [{time: 1s, cases: [{input: a1.in}]}, {time: 2s, cases: [{input: a2.in}]}]\n",
    "different limits of time or memory"
)]
#[case::lemon(
    "checker_type: lemon\nchecker: c.cpp\n",
    "its checker has the arguments of the type `lemon`"
)]
#[case::missing(
    "cases: [{input: nothing.in}]\n",
    "it names `nothing.in`, which is missing"
)]
#[case::circle(
    "subtasks: [{id: 1, if: [1], cases: [{input: a1.in}]}]\n",
    "requires (`if`) one that does not exist, or itself"
)]
fn hydro_problems_that_cannot_be_judged_are_named(#[case] config: &str, #[case] reason: &str) {
    let message = refusal(&hydro(config));
    assert!(
        message.contains("a Hydro package that can't be converted"),
        "{message}"
    );
    assert!(message.contains(reason), "{message}");
}
