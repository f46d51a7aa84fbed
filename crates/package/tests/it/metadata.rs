use letscode_model::StatementFormat;
use letscode_package::{Package, PackageFormat};
use rstest::rstest;

use crate::builder::Builder;

#[rstest]
#[case("name: A plus B", "A plus B")]
#[case("name: 99", "99")]
#[case("name: 007", "007")]
#[case("name: yes", "yes")]
#[case("name: {en: Sum, sv: Summa}", "Sum")]
#[case("name: {sv: Summa, no: Sum p\u{e5} norsk}", "Sum p\u{e5} norsk")]
#[case("name:", "From the Statement")]
#[case("name: ''", "From the Statement")]
#[case("name: {en: }", "From the Statement")]
#[case("", "From the Statement")]
#[case("\u{feff}name: A\r\nlicense: cc0\r\n", "A")]
#[case("name: &title Anchored\nsource: *title", "Anchored")]
fn titles(#[case] yaml: &str, #[case] title: &str) {
    let builder = Builder::new(yaml).with(
        "problem_statement/problem.en.tex",
        "\\problemname{From the Statement}\n",
    );
    assert_eq!(builder.package().title, title);
}

#[test]
fn title_defaults_to_the_id() {
    let package = Builder::new("").package();
    assert_eq!(
        (package.title.as_str(), package.id.as_str()),
        ("aplusb", "aplusb")
    );
    let with_ini = Builder::new("").with("domjudge-problem.ini", "name='Sum'\n");
    assert_eq!(with_ini.package().title, "Sum");
}

#[rstest]
#[case("author: A One and B Two", &["A One and B Two"])]
#[case("credits: A One <a@one.example>", &["A One"])]
#[case("credits: {authors: [A One, B Two <b@two.example>], testers: C}", &["A One", "B Two"])]
#[case("credits: {authors: [{name: A One, email: a@one.example}]}", &["A One"])]
#[case("credits: {translators: {sv: [A One]}}", &[])]
#[case("author:", &[])]
fn authors(#[case] yaml: &str, #[case] expected: &[&str]) {
    assert_eq!(Builder::new(yaml).package().metadata.authors, expected);
}

#[rstest]
#[case("source: NWERC\nsource_url: https://n.example", &[("NWERC", Some("https://n.example"))])]
#[case("source: {name: NWERC, url: https://n.example}", &[("NWERC", Some("https://n.example"))])]
#[case("source: [{name: NWERC}, SWERC]", &[("NWERC", None), ("SWERC", None)])]
#[case("source: ''\nsource_url:", &[])]
fn sources(#[case] yaml: &str, #[case] expected: &[(&str, Option<&str>)]) {
    let package = Builder::new(yaml).package();
    let sources = package
        .metadata
        .sources
        .iter()
        .map(|s| (s.name.as_str(), s.url.as_deref()));
    assert_eq!(sources.collect::<Vec<_>>(), expected);
}

#[rstest]
#[case("keywords: graph  greedy", &["graph", "greedy"])]
#[case("keywords: [two pointers, greedy]", &["two pointers", "greedy"])]
#[case("keywords:", &[])]
fn keywords(#[case] yaml: &str, #[case] expected: &[&str]) {
    assert_eq!(Builder::new(yaml).package().metadata.keywords, expected);
}

#[rstest]
#[case("", PackageFormat::Legacy)]
#[case("problem_format_version: legacy", PackageFormat::Legacy)]
#[case("problem_format_version: legacy-icpc", PackageFormat::Legacy)]
#[case("problem_format_version: 2023-07-draft", PackageFormat::Draft)]
#[case("problem_format_version: 2023-07", PackageFormat::Draft)]
#[case("problem_format_version: '2025-09'", PackageFormat::Draft)]
fn versions(#[case] yaml: &str, #[case] format: PackageFormat) {
    assert_eq!(Builder::new(yaml).package().format, format);
}

#[test]
fn unknown_keys_are_warned_of_with_their_line() {
    let builder = Builder::new("name: A\nlimits:\n  memroy: 512\n\ncolour:\n  - red\nname: B\n");
    assert_eq!(
        builder.warnings(),
        [
            "problem.yaml:7: `name` appears twice: this one counts",
            "problem.yaml:3: unknown key `limits.memroy`",
            "problem.yaml:5: unknown key `colour`",
        ]
    );
    assert_eq!(builder.load().unwrap().title, "B");
    let version = Builder::new("problem_format_version: 2031-01");
    assert_eq!(
        version.warnings(),
        ["problem.yaml:1: unknown format version `2031-01`: read as 2025-09"]
    );
}

#[rstest]
#[case("name: [", "problem.yaml:1:7: not valid YAML: unclosed bracket '['")]
#[case(
    "name: a: b",
    "problem.yaml:1:8: not valid YAML: mapping values are not allowed in this context"
)]
#[case(
    "name: [a]",
    "problem.yaml:1:7: `name` must be text, or a map of languages to names, but it is a list"
)]
#[case(
    "limits: 5",
    "problem.yaml:1:9: `limits` must be a map, but it is text"
)]
#[case(
    "just text",
    "problem.yaml:1:1: not valid YAML: expected `key: value` lines"
)]
#[case(
    "license: {a: b}",
    "problem.yaml:1:10: `license` must be text, but it is a map"
)]
fn broken_yaml_is_refused(#[case] yaml: &str, #[case] message: &str) {
    assert_eq!(Builder::new(yaml).error(), message);
}

#[test]
fn invalid_utf8_is_refused_with_its_location() {
    let builder = Builder::new("").with("problem.yaml", b"name: A\nauthor: \xe5\n");
    assert_eq!(
        builder.error(),
        "problem.yaml:2:9: not valid YAML: it is not UTF-8 text"
    );
}

#[test]
fn statements_of_both_formats_are_read() {
    let legacy = Builder::new("name: A")
        .with("problem_statement/problem.tex", "english")
        .with("problem_statement/problem.sv.tex", b"\xe5 svenska")
        .with("problem_statement/problem.en.pdf", "%PDF")
        .with("problem_statement/solution.en.tex", "solution")
        .package();
    let languages: Vec<_> = legacy
        .statements
        .iter()
        .map(|s| s.language.as_str())
        .collect();
    assert_eq!(languages, ["en", "sv"]);
    assert_eq!(legacy.statements[1].text, "\u{fffd} svenska");

    let draft = Builder::draft("")
        .with("statement/problem.en.md", "# A plus B\n\ntext")
        .package();
    assert_eq!(draft.statements[0].format, StatementFormat::Markdown);
    assert_eq!(draft.title, "A plus B");
}

#[test]
fn long_statements_are_cut_between_characters() {
    let long = "x".to_owned() + &"\u{e5}".repeat(1 << 19);
    let builder = Builder::new("name: A").with("problem_statement/problem.tex", long);
    assert_eq!(
        builder.warnings(),
        ["problem_statement/problem.tex: cut after 1 MiB"]
    );
    let text = &builder.load().unwrap().statements[0].text;
    assert!(text.len() == (1 << 20) - 1 && text.ends_with('\u{e5}'));
}

fn samples(package: &Package) -> Vec<(&str, &str, &str)> {
    let samples = package.samples.iter();
    samples
        .map(|s| (s.name.as_str(), s.input.as_str(), s.output.as_str()))
        .collect()
}

#[test]
fn samples_prefer_statement_files() {
    let package = Builder::draft("name: A")
        .test("sample/1")
        .test("sample/2")
        .with("data/sample/2.out", "three\n")
        .test("sample/3")
        .with("data/sample/3.in.statement", "shown in\n")
        .with("data/sample/3.ans.statement", "shown out\n")
        .package();
    let expected = [
        ("1", "1 2\n", "3\n"),
        ("2", "1 2\n", "three\n"),
        ("3", "shown in\n", "shown out\n"),
    ];
    assert_eq!(samples(&package), expected);
    assert_eq!(package.detail().samples, package.samples);
    assert_eq!(package.detail().summary.total_tests, 4);
}

#[test]
fn interactive_problems_show_only_protocols() {
    let package = Builder::new("validation: custom interactive")
        .with("output_validators/v.py", "")
        .test("sample/1")
        .test("sample/2")
        .with("data/sample/1.interaction", "<1\n>2\n")
        .package();
    assert_eq!(samples(&package), [("1", "", "<1\n>2\n")]);
}

#[test]
fn texts_that_people_see_hold_nothing_invisible() {
    let package = Builder::new(concat!(
        "name: \"\\e[2J\\u202Emus\\u200B\"\nauthor: \"A\\u0007 \\u2066B\"\n",
        "license: \"cc\\e\"\nkeywords: [\"a\\u202E\", \"\\u200B\"]\nsource: \"x\\u009b\"\n",
    ))
    .package();
    assert_eq!(package.title, "[2Jmus");
    assert_eq!(package.metadata.names["en"], "[2Jmus");
    assert_eq!(package.metadata.author().unwrap(), "A B");
    assert_eq!(package.metadata.license.as_deref(), Some("cc"));
    assert_eq!(package.metadata.keywords, ["a"]);
    assert_eq!(package.metadata.source().unwrap(), "x");
}
