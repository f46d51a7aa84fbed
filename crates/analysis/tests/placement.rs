//! The routing table of docs/ANALYSIS.md.

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
#[case::light(LIGHT, 0.0, Client, "browser is quickest")]
#[case::medium(MEDIUM, 0.0, Hybrid, "loops are 2 deep")]
#[case::heavy(HEAVY, 0.0, Server, "calls itself twice")]
#[case::at_the_limit(HEAVY, 0.8, Server, "calls itself twice")]
#[case::busy_and_heavy(HEAVY, 0.81, Client, "server is busy")]
#[case::busy_and_medium(MEDIUM, 2.0, Client, "server is busy")]
#[case::busy_and_unsafe(FILES, 2.0, Server, "uses files: open in line 1")]
#[case::large(LARGE, 2.0, Server, "7629 MiB")]
#[case::broken(BROKEN, 0.0, Client, "browser is quickest")]
fn a_run(#[case] code: &str, #[case] load: f64, #[case] strategy: Strategy, #[case] reason: &str) {
    let found = decide(
        code,
        Language::Python,
        PlacementPurpose::Run,
        load,
        ProblemPolicy::default(),
        BROWSER,
    );
    assert_eq!(found.strategy, strategy, "{found:?}");
    assert!(found.reasons[0].contains(reason), "{found:?}");
}

#[rstest]
#[case::light(LIGHT, false, BROWSER, Hybrid)]
#[case::files(FILES, false, BROWSER, Server)]
#[case::believed(LIGHT, true, BROWSER, Client)]
#[case::believed_but_files(FILES, true, BROWSER, Server)]
#[case::believed_but_not_here(LIGHT, true, &[], Server)]
fn a_submission(
    #[case] code: &str,
    #[case] trusts_client: bool,
    #[case] client: &[Language],
    #[case] strategy: Strategy,
) {
    let problem = ProblemPolicy {
        trusts_client,
        interactive: false,
    };
    let found = decide(
        code,
        Language::Python,
        PlacementPurpose::Submit,
        0.0,
        problem,
        client,
    );
    assert_eq!(found.strategy, strategy, "{found:?}");
}

#[test]
fn what_a_browser_does_not_speak_is_the_servers() {
    let problem = ProblemPolicy::default();
    for language in [Language::Cpp, Language::Rust] {
        let found = decide(
            "int main() {}",
            language,
            PlacementPurpose::Run,
            9.0,
            problem,
            BROWSER,
        );
        assert_eq!(found.strategy, Server, "{found:?}");
    }
    let found = decide(
        LIGHT,
        Language::Python,
        PlacementPurpose::Run,
        0.0,
        problem,
        &[Language::JavaScript],
    );
    assert_eq!(found.strategy, Server);
}

#[test]
fn an_interactive_problem_is_the_servers() {
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
fn what_was_not_read_to_its_end_is_the_servers() {
    let long = "x = 1\n".repeat(100_000) + "f = open\n";
    let found = decide(
        &long,
        Language::Python,
        PlacementPurpose::Run,
        9.0,
        ProblemPolicy::default(),
        BROWSER,
    );
    assert_eq!(found.strategy, Server);
    assert!(found.reasons[0].contains("too long"), "{found:?}");
}

#[rstest]
#[case::idle(0.0, Hybrid, "too long for its loops to be counted")]
#[case::busy(9.0, Client, "server is busy")]
fn what_was_looked_through_word_by_word_may_be_the_clients(
    #[case] load: f64,
    #[case] strategy: Strategy,
    #[case] reason: &str,
) {
    let long = "x = 1\n".repeat(100_000);
    let policy = ProblemPolicy::default();
    let found = decide(
        &long,
        Language::Python,
        PlacementPurpose::Run,
        load,
        policy,
        BROWSER,
    );
    assert_eq!(found.strategy, strategy);
    assert!(found.reasons[0].contains(reason), "{found:?}");
}

#[test]
fn an_unknown_language_is_the_servers() {
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
