//! `x-letscode: {trust: client}`: given only where a browser has all that a verdict rests on.

use letscode_model::Trust;
use rstest::rstest;

use crate::builder::Builder;

fn public(yaml: &str) -> Builder {
    Builder::empty()
        .with("problem.yaml", yaml)
        .test("sample/1")
        .test("sample/2")
}

const ASKED: &str = "x-letscode: {trust: client}";

#[test]
fn a_problem_with_public_tests_may_trust_browsers() {
    let package = public(ASKED).load().unwrap();
    assert_eq!(package.trust, Trust::Client);
    assert_eq!(package.detail().trust, Trust::Client);
    let said = |word: &str| {
        package
            .warnings
            .iter()
            .any(|one| one.message.contains(word))
    };
    assert!(!said("trust"), "{:?}", package.warnings);
}

#[rstest]
#[case::not_asked(public(""), false)]
#[case::asked_otherwise(public("x-letscode: {trust: server}"), false)]
#[case::misspelt(public("x-letscode: {trust: clients}"), true)]
#[case::hidden_tests(public(ASKED).test("secret/1"), true)]
#[case::own_validator(public("x-letscode: {trust: client}\nvalidation: custom").with("output_validators/v.py", ""), true)]
#[case::points(public("x-letscode: {trust: client}\ntype: scoring"), true)]
fn any_other_does_not(#[case] builder: Builder, #[case] warns: bool) {
    let package = builder.load().unwrap();
    assert_eq!(package.trust, Trust::Server);
    let warned = package
        .warnings
        .iter()
        .any(|one| one.message.contains("trust"));
    assert_eq!(warned, warns, "{:?}", package.warnings);
}

#[test]
fn unknown_keys_of_ours_are_warned_of() {
    let package = public("x-letscode: {trust: client, speed: 9}")
        .load()
        .unwrap();
    let found = package
        .warnings
        .iter()
        .any(|one| one.message.contains("x-letscode.speed"));
    assert!(found, "{:?}", package.warnings);
}
