//! `x-letscode: {trust: client}`: allowed only if a browser has all data for a verdict.

use letscode_model::Trust;
use rstest::rstest;

use crate::builder::Builder;

fn public(yaml: &str) -> Builder {
    Builder::empty()
        .with("problem.yaml", yaml)
        .test("sample/1")
        .test("sample/2")
}

const TRUST_CLIENT: &str = "x-letscode: {trust: client}";

#[test]
fn public_problems_may_trust_clients() {
    let package = public(TRUST_CLIENT).load().unwrap();
    assert_eq!(package.trust, Trust::Client);
    assert_eq!(package.detail().trust, Trust::Client);
    let warns_of = |word: &str| {
        package
            .warnings
            .iter()
            .any(|warning| warning.message.contains(word))
    };
    assert!(!warns_of("trust"), "{:?}", package.warnings);
}

#[rstest]
#[case::no_setting(public(""), false)]
#[case::trust_server(public("x-letscode: {trust: server}"), false)]
#[case::misspelt(public("x-letscode: {trust: clients}"), true)]
#[case::hidden_tests(public(TRUST_CLIENT).test("secret/1"), true)]
#[case::own_validator(public("x-letscode: {trust: client}\nvalidation: custom").with("output_validators/v.py", ""), true)]
#[case::points(public("x-letscode: {trust: client}\ntype: scoring"), true)]
fn other_problems_trust_the_server(#[case] builder: Builder, #[case] warns: bool) {
    let package = builder.load().unwrap();
    assert_eq!(package.trust, Trust::Server);
    let warned = package
        .warnings
        .iter()
        .any(|warning| warning.message.contains("trust"));
    assert_eq!(warned, warns, "{:?}", package.warnings);
}

#[test]
fn unknown_extension_keys_are_warned_of() {
    let package = public("x-letscode: {trust: client, speed: 9}")
        .load()
        .unwrap();
    let is_warned = package
        .warnings
        .iter()
        .any(|warning| warning.message.contains("x-letscode.speed"));
    assert!(is_warned, "{:?}", package.warnings);
}
