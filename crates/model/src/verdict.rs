use serde::{Deserialize, Serialize};

use crate::named_enum::named_enum;
use crate::{DeniedCall, RunActivity, SubmissionStatus};

named_enum! {
    /// The judge's decision on one test case or a whole submission.
    ///
    /// The serialised spelling is the public one (`"Wrong Answer"`).
    #[derive(PartialOrd, Ord, strum::VariantArray)]
    #[strum(serialize_all = "title_case")]
    pub enum Verdict {
        Accepted,
        #[serde(rename = "Wrong Answer")]
        WrongAnswer,
        #[serde(rename = "Time Limit Exceeded")]
        TimeLimitExceeded,
        #[serde(rename = "Memory Limit Exceeded")]
        MemoryLimitExceeded,
        #[serde(rename = "Output Limit Exceeded")]
        OutputLimitExceeded,
        #[serde(rename = "Runtime Error")]
        RuntimeError,
        #[serde(rename = "Compilation Error")]
        CompilationError,
        /// The program was ended because of a system call that is not allowed, or, where that is
        /// enforced, because of how many it made or how fast its memory grew.
        #[serde(rename = "Security Violation")]
        SecurityViolation,
        /// An error of the service or of the package; never held against the user.
        #[serde(rename = "Internal Error")]
        InternalError,
    }
}

impl Verdict {
    pub const ALL: &'static [Verdict] = <Verdict as strum::VariantArray>::VARIANTS;

    /// Returns the final status of a submission with this verdict: `Failed` for an Internal Error,
    /// `Completed` for any other.
    pub fn final_status(self) -> SubmissionStatus {
        if self == Verdict::InternalError {
            SubmissionStatus::Failed
        } else {
            SubmissionStatus::Completed
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

named_enum! {
    /// The source of a final verdict.
    #[derive(strum::EnumString)]
    #[serde(rename_all = "lowercase")]
    #[strum(
        serialize_all = "lowercase",
        parse_err_ty = UnknownVerifier,
        parse_err_fn = UnknownVerifier::new
    )]
    pub enum VerifiedBy {
        Server,
        /// The submitter's browser, on a problem that accepts verdicts of browsers.
        Client,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown verifier `{0}`")]
pub struct UnknownVerifier(String);

impl UnknownVerifier {
    fn new(text: &str) -> Self {
        UnknownVerifier(text.to_owned())
    }
}

/// The verdict on one test case (one *run*).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// Counted from 1 in judging order: samples first, then secret data by name.
    pub test_case_number: u32,
    pub passed: bool,
    pub verdict: Verdict,
    /// CPU time in milliseconds.
    pub execution_time: f64,
    /// Peak memory in bytes.
    pub memory_used: u64,
    /// Wall-clock time in milliseconds.
    pub wall_time: f64,
    /// True if the test's data is public.
    pub is_sample: bool,
    /// Explains the verdict without a byte of hidden test data; absent for an accepted run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// The system call for which the program was ended, if the worker's kernel tells.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denied_call: Option<DeniedCall>,
    /// Rates of what it did, where they were measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<RunActivity>,
}

/// Tolerance for comparing scores, which are sums of decimal fractions.
pub const SCORE_TOLERANCE: f64 = 1e-6;

/// The verdict on a whole submission, in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerdictSummary {
    pub status: Verdict,
    pub passed_tests: u32,
    /// All tests of the problem, also those that were not run after the first failure.
    pub total_tests: u32,
    /// The slowest run's CPU time in milliseconds.
    pub max_time: f64,
    /// The largest run's peak memory in bytes.
    pub max_memory: u64,
    /// Points, for a problem with scoring.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// Full marks, where the problem states them. An Accepted submission may have fewer points.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_score: Option<f64>,
}

impl VerdictSummary {
    /// True if nothing failed, but the validator gave fewer points than there are.
    pub fn is_partial(&self) -> bool {
        let lacks_points = self.score.zip(self.max_score);
        self.status == Verdict::Accepted
            && lacks_points.is_some_and(|(score, max_score)| score < max_score - SCORE_TOLERANCE)
    }

    /// Returns the points for people: `80.7 of 100 points`; `None` without scoring.
    pub fn points(&self) -> Option<String> {
        let score = rounded(self.score?);
        Some(match self.max_score {
            Some(max_score) => format!("{score} of {} points", rounded(max_score)),
            None => format!("{score} points"),
        })
    }
}

/// Rounds to three decimals: scores are sums of decimal fractions.
fn rounded(score: f64) -> f64 {
    (score * 1000.0).round() / 1000.0
}

/// One complete evaluation of a submission. A rejudge makes another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    pub verdict: VerdictSummary,
    pub test_results: Vec<TestResult>,
    /// Output of the compiler, bounded; may be empty.
    pub compiler_output: String,
    /// Details of an [`Verdict::InternalError`], for our log and the problem's owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub internal_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_serialises_as_it_prints() {
        for verdict in Verdict::ALL.iter().copied() {
            let json = serde_json::to_value(verdict).unwrap();
            assert_eq!(json, serde_json::json!(verdict.as_str()));
            assert_eq!(serde_json::from_value::<Verdict>(json).unwrap(), verdict);
        }
    }

    #[test]
    fn only_an_internal_error_is_a_failed_submission() {
        for verdict in Verdict::ALL.iter().copied() {
            let failed = verdict.final_status() == SubmissionStatus::Failed;
            assert_eq!(failed, verdict == Verdict::InternalError, "{verdict}");
        }
    }
}
