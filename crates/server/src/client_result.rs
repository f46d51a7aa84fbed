//! Verdicts that a client reports for its user's submission, and whether they are trusted.

use letscode_json::BoundedVec;
use letscode_model::{
    Judgement, ProblemDetail, SubmissionId, TestResult, Trust, Verdict, VerdictSummary,
};
use letscode_store::ClientVerdict;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// Most tests that a client can report.
pub(crate) const MAX_CLIENT_TESTS: usize = 1000;

/// Results of the client's own runs of all public tests. Used on problems with `trust: client` only,
/// and only if every test is accepted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClientResult {
    /// One result for each test, in the order of the samples.
    #[schema(value_type = Vec<ClientTest>)]
    test_results: BoundedVec<ClientTest, MAX_CLIENT_TESTS>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClientTest {
    verdict: Verdict,
    /// Milliseconds.
    #[serde(deserialize_with = "not_negative")]
    execution_time: f64,
}

fn not_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if number >= 0.0 {
        Ok(number)
    } else {
        Err(D::Error::custom(format!("{number} is negative")))
    }
}

/// Converts a client's result to a judgement; `None` unless every test passed and none is hidden.
pub(crate) fn judgement(result: &ClientResult, problem: &ProblemDetail) -> Option<Judgement> {
    let tests = &result.test_results.0;
    let limit = problem.summary.time_limit;
    let is_complete = problem.trust == Trust::Client
        && !tests.is_empty()
        && tests.len() == problem.samples.len()
        && u32::try_from(tests.len()) == Ok(problem.summary.total_tests);
    let passed = |test: &ClientTest| {
        test.verdict == Verdict::Accepted && (0.0..=limit).contains(&test.execution_time)
    };
    if !is_complete || !tests.iter().all(passed) {
        return None;
    }
    let test_results = tests.iter().zip(1..).map(|(test, number)| TestResult {
        test_case_number: number,
        passed: true,
        verdict: Verdict::Accepted,
        execution_time: test.execution_time,
        memory_used: 0,
        wall_time: test.execution_time,
        is_sample: true,
        message: None,
        denied_call: None,
        activity: None,
    });
    Some(Judgement {
        verdict: VerdictSummary {
            status: Verdict::Accepted,
            passed_tests: problem.summary.total_tests,
            total_tests: problem.summary.total_tests,
            max_time: tests
                .iter()
                .map(|test| test.execution_time)
                .fold(0.0, f64::max),
            max_memory: 0,
            score: None,
            max_score: None,
        },
        test_results: test_results.collect(),
        compiler_output: String::new(),
        internal_error: None,
    })
}

/// Selects a share of the results for a check by the server. Drawn from the random submission id,
/// which no client chooses or knows in advance.
pub(crate) fn draw_check(
    id: SubmissionId,
    judgement: Judgement,
    checked_share: f64,
) -> ClientVerdict {
    // The last 32 bits of a random UUID are random.
    let drawn = (id.0.as_u128() & u128::from(u32::MAX)) as f64 / (f64::from(u32::MAX) + 1.0);
    if drawn < checked_share {
        ClientVerdict::Unverified(judgement.verdict)
    } else {
        ClientVerdict::Trusted(judgement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict() -> Judgement {
        Judgement {
            verdict: VerdictSummary {
                status: Verdict::Accepted,
                passed_tests: 1,
                total_tests: 1,
                max_time: 1.0,
                max_memory: 0,
                score: None,
                max_score: None,
            },
            test_results: vec![],
            compiler_output: String::new(),
            internal_error: None,
        }
    }

    fn checked(share: f64) -> usize {
        let draws = (0..2000).map(|_| draw_check(SubmissionId::random(), verdict(), share));
        draws
            .filter(|claim| matches!(claim, ClientVerdict::Unverified(_)))
            .count()
    }

    #[test]
    fn the_given_share_is_checked() {
        assert_eq!(checked(0.0), 0);
        assert_eq!(checked(1.0), 2000);
        // Six standard deviations around 200.
        assert!((120..280).contains(&checked(0.1)));
    }
}
