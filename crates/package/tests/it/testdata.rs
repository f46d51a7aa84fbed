use letscode_package::{
    GroupItem, MaxScore, OnReject, Package, ScoreAggregation, ScoreMode, VerdictMode,
};
use rstest::rstest;

use crate::builder::Builder;

fn names(package: &Package) -> Vec<&str> {
    package
        .data
        .tests
        .iter()
        .map(|test| test.name.as_str())
        .collect()
}

fn group<'p>(package: &'p Package, name: &str) -> &'p letscode_package::TestGroup {
    package
        .data
        .groups
        .iter()
        .find(|group| group.name == name)
        .unwrap()
}

fn args<'p>(package: &'p Package, name: &str) -> Vec<&'p str> {
    let test = package
        .data
        .tests
        .iter()
        .find(|test| test.name == name)
        .unwrap();
    test.output_validator_args
        .iter()
        .map(String::as_str)
        .collect()
}

#[test]
fn tests_are_in_the_formats_order() {
    let package = Builder::new("")
        .test("secret/10")
        .test("secret/2")
        .test("secret/a")
        .test("secret/a-b")
        .test("secret/2g/z")
        .test("secret/2g/b/x")
        .test("sample/9")
        .package();
    let expected = [
        "sample/9",
        "secret/1",
        "secret/10",
        "secret/2",
        "secret/2g/b/x",
        "secret/2g/z",
        "secret/a",
        "secret/a-b",
    ];
    assert_eq!(names(&package), expected);
    let numbers: Vec<u32> = package.data.tests.iter().map(|test| test.number).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    assert!(package.data.tests[0].is_sample && !package.data.tests[1].is_sample);

    let groups: Vec<_> = package
        .data
        .groups
        .iter()
        .map(|g| (g.name.as_str(), g.parent))
        .collect();
    let expected = [
        ("", None),
        ("sample", Some(0)),
        ("secret", Some(0)),
        ("secret/2g", Some(2)),
        ("secret/2g/b", Some(3)),
    ];
    assert_eq!(groups, expected);
    assert_eq!(
        group(&package, "secret").items[2..4],
        [GroupItem::Test(3), GroupItem::Group(3)]
    );
    assert_eq!(package.data.tests[4].group, 4);
}

#[test]
fn files_of_a_test_are_read() {
    let package = Builder::draft("")
        .with("data/secret/1.desc", "all zero\n")
        .with("data/secret/1.hint", "think\n")
        .with("data/secret/1.png", "")
        .with("data/secret/1.files/table.txt", "x")
        .test("secret/2")
        .with(
            "data/secret/2.yaml",
            "hint: h\ndescription: d\nargs: [-v, 1]\nfull_feedback: true\n",
        )
        .with("data/invalid_input/1.in", "")
        .package();
    let [first, second] = &package.data.tests[..] else {
        panic!("{:?}", names(&package));
    };
    assert_eq!(first.description.as_deref(), Some("all zero"));
    assert_eq!(first.hint.as_deref(), Some("think"));
    assert_eq!((first.files.len(), second.files.len()), (1, 0));
    assert_eq!(
        (second.hint.as_deref(), second.description.as_deref()),
        (Some("h"), Some("d"))
    );
    assert_eq!(second.args, ["-v", "1"]);
    assert!(second.full_feedback && !first.full_feedback);
}

#[test]
fn legacy_flags_accumulate_and_keys_are_inherited() {
    let package = Builder::new("validator_flags: float_tolerance 1e-6")
        .with(
            "data/testdata.yaml",
            "on_reject: continue\ngrader_flags: ignore_sample\nrange: 0 100\n",
        )
        .with(
            "data/secret/testdata.yaml",
            "output_validator_flags: case_sensitive\ngrader_flags: min first_error\n",
        )
        .test("secret/g/1")
        .with("data/secret/g/testdata.yaml", "accept_score: 20\n")
        .test("sample/1")
        .package();
    assert_eq!(args(&package, "sample/1"), ["float_tolerance", "1e-6"]);
    let expected = ["float_tolerance", "1e-6", "case_sensitive"];
    assert_eq!(args(&package, "secret/1"), expected);
    assert_eq!(args(&package, "secret/g/1"), expected);

    let root = &group(&package, "").settings;
    assert!(root.grader.ignore_sample && root.grader.score == ScoreMode::Sum);
    assert!(!group(&package, "sample").settings.grader.ignore_sample);
    let settings = &group(&package, "secret/g").settings;
    assert_eq!(settings.on_reject, OnReject::Continue);
    assert_eq!(
        (settings.grader.verdict, settings.grader.score),
        (VerdictMode::FirstError, ScoreMode::Min)
    );
    assert_eq!((settings.accept_score, settings.reject_score), (20.0, 0.0));
    assert_eq!(settings.score_range, (0.0, 100.0));
    assert_eq!(settings.scoring, None);
}

#[test]
fn draft_arguments_replace_inherited_ones() {
    let package = Builder::draft("")
        .with(
            "data/test_group.yaml",
            "output_validator_args: [float_tolerance, 1e-6]\n",
        )
        .test("secret/2")
        .with("data/secret/2.yaml", "output_validator_args: []\n")
        .test("secret/g/1")
        .with(
            "data/secret/g/test_group.yaml",
            "output_validator_args: case_sensitive\n",
        )
        .package();
    assert_eq!(args(&package, "secret/1"), ["float_tolerance", "1e-6"]);
    assert!(args(&package, "secret/2").is_empty());
    assert_eq!(args(&package, "secret/g/1"), ["case_sensitive"]);
}

#[test]
fn draft_scoring_defaults() {
    let package = Builder::draft("type: scoring")
        .test("secret/g1/1")
        .with(
            "data/secret/g1/test_group.yaml",
            "scoring: {score: 40, require_pass: [sample]}\n",
        )
        .test("secret/g2/1")
        .with(
            "data/secret/g2/test_group.yaml",
            "scoring: {score: unbounded, aggregation: sum}\n",
        )
        .test("sample/1")
        .package();
    assert_eq!(group(&package, "sample").settings.scoring, None);
    assert!(group(&package, "sample").settings.full_feedback);
    let secret = &group(&package, "secret").settings;
    assert_eq!(
        secret.scoring.as_ref().unwrap().aggregation,
        ScoreAggregation::Sum
    );
    assert_eq!(secret.on_reject, OnReject::Continue);
    let first = group(&package, "secret/g1").settings.clone();
    let scoring = first.scoring.unwrap();
    assert_eq!(scoring.max_score, Some(MaxScore::Bounded(40.0)));
    assert_eq!(
        (scoring.aggregation, first.on_reject),
        (ScoreAggregation::PassFail, OnReject::Break)
    );
    assert_eq!(scoring.require_pass, ["sample"]);
    let second = group(&package, "secret/g2")
        .settings
        .scoring
        .clone()
        .unwrap();
    assert_eq!(second.max_score, Some(MaxScore::Unbounded));
}

#[rstest]
#[case("range: -inf +inf", (f64::NEG_INFINITY, f64::INFINITY))]
#[case("range: 0 1.5", (0.0, 1.5))]
#[case("range: [0, 10]", (0.0, 10.0))]
fn ranges(#[case] yaml: &str, #[case] range: (f64, f64)) {
    let package = Builder::new("").with("data/testdata.yaml", yaml).package();
    assert_eq!(package.data.groups[0].settings.score_range, range);
}

#[rstest]
#[case(
    "range: 10 0",
    "data/testdata.yaml:1:8: `range` must be two numbers, the smaller first"
)]
#[case(
    "range: 10",
    "data/testdata.yaml:1:8: `range` must be two numbers, the smaller first"
)]
#[case(
    "on_reject: stop",
    "data/testdata.yaml:1:12: `on_reject` has the unknown value `stop`"
)]
#[case(
    "accept_score: many",
    "data/testdata.yaml:1:15: `accept_score` must be a number, but it is text"
)]
fn invalid_group_settings_are_refused(#[case] yaml: &str, #[case] message: &str) {
    assert_eq!(
        Builder::new("").with("data/testdata.yaml", yaml).error(),
        message
    );
}

#[test]
fn grading_in_problem_yaml_takes_precedence() {
    let yaml = "type: scoring\ngrading: {accept_score: 7, on_reject: grade, range: 0 70}";
    let package = Builder::new(yaml)
        .with("data/secret/testdata.yaml", "accept_score: 1\n")
        .package();
    let settings = &group(&package, "secret").settings;
    assert_eq!(
        (settings.accept_score, settings.on_reject),
        (7.0, OnReject::Continue)
    );
}

#[test]
fn tests_are_pairs_of_files() {
    let no_answer = Builder::new("").with("data/secret/2.in", "");
    assert_eq!(
        no_answer.error(),
        "data/secret/2.in has no answer file data/secret/2.ans"
    );
    let no_input = Builder::new("").with("data/secret/2.ans", "");
    assert_eq!(
        no_input.warnings(),
        ["data/secret/2.ans: ignored: there is no 2.in"]
    );
    let empty = Builder::new("")
        .with("data/secret/2.in", "")
        .with("data/secret/2.ans", "");
    assert_eq!(empty.package().data.tests.len(), 2);
}

#[test]
fn packages_without_tests_are_refused() {
    let nothing = Builder::empty().with("problem.yaml", "");
    let message = "the package has no tests: no .in file under data/sample or data/secret";
    assert_eq!(nothing.error(), message);
    assert_eq!(nothing.with("data/bad/1.in", "").error(), message);
    let samples = Builder::empty().with("problem.yaml", "").test("sample/1");
    assert_eq!(
        samples.warnings(),
        ["data/secret: no secret tests: all tests are public"]
    );
}

#[test]
fn unused_files_are_warned_of() {
    let builder = Builder::new("")
        .with("data/secret/2.input", "")
        .with("data/extra/1.in", "")
        .with("data/1.in", "")
        .with("data/secret/test_group.yaml", "")
        .with("data/secret/testdata.yaml", "");
    assert_eq!(
        builder.warnings(),
        [
            "data/secret/test_group.yaml: ignored: testdata.yaml is used",
            "data/secret/2.input: ignored: unknown file extension",
            "data/extra: ignored: only tests in sample/ and secret/ are judged",
            "data/1.in: ignored: only tests in sample/ and secret/ are judged",
        ]
    );
}

#[test]
fn groups_directly_below_data_are_secret_in_old_packages() {
    let builder = Builder::empty()
        .with("problem.yaml", "type: scoring\n")
        .with("data/testdata.yaml", "accept_score: 5\n")
        .test("g1/1")
        .test("g2/sub/1")
        .with("data/g2/testdata.yaml", "on_reject: continue\n")
        .with("data/invalid_inputs/1.in", "")
        .with("data/notes/a.txt", "")
        .test("sample/1");
    let package = builder.load().unwrap();
    assert_eq!(
        names(&package),
        ["sample/1", "secret/g1/1", "secret/g2/sub/1"]
    );
    let settings = &group(&package, "secret/g2").settings;
    assert_eq!(
        (settings.accept_score, settings.on_reject),
        (5.0, OnReject::Continue)
    );
    assert!(package.data.tests[1].input.ends_with("data/g1/1.in"));
    let message = "judged as a group of data/secret/, which does not exist";
    assert_eq!(
        builder.warnings(),
        [format!("data/g1: {message}"), format!("data/g2: {message}")]
    );
    let beside_secret = builder.test("secret/1");
    assert_eq!(
        names(&beside_secret.load().unwrap()),
        ["sample/1", "secret/1"]
    );
}

#[test]
fn links_inside_the_package_are_followed() {
    let package = Builder::new("")
        .with("data/secret/testdata.yaml", "accept_score: 5\n")
        .test("secret/g/1")
        .link("data/secret/g/testdata.yaml", "../testdata.yaml")
        .link("data/secret/g/2.in", "1.in")
        .link("data/secret/g/2.ans", "../1.ans")
        .package();
    assert_eq!(group(&package, "secret/g").settings.accept_score, 5.0);
    assert_eq!(names(&package), ["secret/1", "secret/g/1", "secret/g/2"]);
}

#[test]
fn flat_scoring_keys_are_read() {
    let package = Builder::draft("type: scoring")
        .test("secret/g/1")
        .with(
            "data/secret/g/test_group.yaml",
            "max_score: 40\nscore_aggregation: min\nrequire_pass: [sample]\n",
        )
        .package();
    let scoring = group(&package, "secret/g")
        .settings
        .scoring
        .clone()
        .unwrap();
    assert_eq!(scoring.max_score, Some(MaxScore::Bounded(40.0)));
    assert_eq!(scoring.aggregation, ScoreAggregation::Min);
    assert_eq!(scoring.require_pass, ["sample"]);
}
