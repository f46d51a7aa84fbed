//! The placement table of docs/ANALYSIS.md.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use letscode_analysis::{
    ClientCapabilities, Language, Placement, PlacementPurpose, PlacementRequest, ProblemPolicy,
    choose_placement,
};
use letscode_model::Strategy::{self, Client, Hybrid, Server};
use rstest::rstest;
use support::facts_of;

const LIGHT: &str = "print(int(input()) * 2)";
const MEDIUM: &str = "for a in x:\n  for b in x:\n    print(a, b)";
const HEAVY: &str = "def f(n):\n  return f(n - 1) + f(n - 2)";
const FILES: &str = "open('x')";
const LARGE: &str = "a = [0] * 10**9";
const BROKEN: &str = "print(";

fn decide(
    code: &str,
    language: Language,
    purpose: PlacementPurpose,
    load: f64,
    problem: ProblemPolicy,
    client: &[Language],
) -> Placement {
    let facts = facts_of(code, language);
    choose_placement(&PlacementRequest {
        purpose,
        language: Some(language),
        facts: Some(&facts),
        load,
        problem,
        client: &ClientCapabilities {
            languages: client.to_vec(),
        },
    })
}

const BROWSER: &[Language] = &[Language::JavaScript, Language::Python];

#[rstest]
#[case::light(LIGHT, 0.0, Client, "browser is fastest")]
#[case::medium(MEDIUM, 0.0, Hybrid, "loops are nested 2 deep")]
#[case::heavy(HEAVY, 0.0, Server, "calls itself twice")]
#[case::at_the_limit(HEAVY, 0.8, Server, "calls itself twice")]
#[case::busy_and_heavy(HEAVY, 0.81, Client, "server is busy")]
#[case::busy_and_medium(MEDIUM, 2.0, Client, "server is busy")]
#[case::busy_and_unsafe(FILES, 2.0, Server, "uses files: open in line 1")]
#[case::large(LARGE, 2.0, Server, "7629 MiB")]
#[case::broken(BROKEN, 0.0, Client, "browser is fastest")]
fn runs_are_placed_by_the_table(
    #[case] code: &str,
    #[case] load: f64,
    #[case] strategy: Strategy,
    #[case] reason: &str,
) {
    let placement = decide(
        code,
        Language::Python,
        PlacementPurpose::Run,
        load,
        ProblemPolicy::default(),
        BROWSER,
    );
    assert_eq!(placement.strategy, strategy, "{placement:?}");
    assert!(placement.reasons[0].contains(reason), "{placement:?}");
}

#[rstest]
#[case::light(LIGHT, false, BROWSER, Hybrid)]
#[case::files(FILES, false, BROWSER, Server)]
#[case::trusted(LIGHT, true, BROWSER, Client)]
#[case::trusted_with_files(FILES, true, BROWSER, Server)]
#[case::trusted_without_browser(LIGHT, true, &[], Server)]
fn submissions_are_placed_by_the_table(
    #[case] code: &str,
    #[case] trusts_client: bool,
    #[case] client: &[Language],
    #[case] strategy: Strategy,
) {
    let problem = ProblemPolicy {
        trusts_client,
        interactive: false,
    };
    let placement = decide(
        code,
        Language::Python,
        PlacementPurpose::Submit,
        0.0,
        problem,
        client,
    );
    assert_eq!(placement.strategy, strategy, "{placement:?}");
}

#[test]
fn unsupported_browser_languages_go_to_the_server() {
    let problem = ProblemPolicy::default();
    for language in [Language::Cpp, Language::Rust] {
        let placement = decide(
            "int main() {}",
            language,
            PlacementPurpose::Run,
            9.0,
            problem,
            BROWSER,
        );
        assert_eq!(placement.strategy, Server, "{placement:?}");
    }
    let placement = decide(
        LIGHT,
        Language::Python,
        PlacementPurpose::Run,
        0.0,
        problem,
        &[Language::JavaScript],
    );
    assert_eq!(placement.strategy, Server);
}

#[test]
fn interactive_problems_go_to_the_server() {
    let problem = ProblemPolicy {
        interactive: true,
        trusts_client: true,
    };
    for purpose in [PlacementPurpose::Run, PlacementPurpose::Submit] {
        assert_eq!(
            decide(LIGHT, Language::Python, purpose, 9.0, problem, BROWSER).strategy,
            Server
        );
    }
}

#[test]
fn incomplete_analysis_goes_to_the_server() {
    let long = "x = 1\n".repeat(100_000) + "f = open\n";
    let placement = decide(
        &long,
        Language::Python,
        PlacementPurpose::Run,
        9.0,
        ProblemPolicy::default(),
        BROWSER,
    );
    assert_eq!(placement.strategy, Server);
    assert!(placement.reasons[0].contains("too long"), "{placement:?}");
}

#[rstest]
#[case::idle(0.0, Hybrid, "too long to count its loops")]
#[case::busy(9.0, Client, "server is busy")]
fn skimmed_programs_may_go_to_the_client(
    #[case] load: f64,
    #[case] strategy: Strategy,
    #[case] reason: &str,
) {
    let long = "x = 1\n".repeat(100_000);
    let policy = ProblemPolicy::default();
    let placement = decide(
        &long,
        Language::Python,
        PlacementPurpose::Run,
        load,
        policy,
        BROWSER,
    );
    assert_eq!(placement.strategy, strategy);
    assert!(placement.reasons[0].contains(reason), "{placement:?}");
}

#[test]
fn unknown_languages_go_to_the_server() {
    let client = ClientCapabilities {
        languages: BROWSER.to_vec(),
    };
    let request = PlacementRequest {
        purpose: PlacementPurpose::Run,
        language: None,
        facts: None,
        load: 0.0,
        problem: ProblemPolicy::default(),
        client: &client,
    };
    assert_eq!(choose_placement(&request).strategy, Server);
}
