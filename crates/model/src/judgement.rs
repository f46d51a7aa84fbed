use serde::{Deserialize, Serialize};

use crate::{ProblemId, SubmissionId, SubmissionStatus, TestResult, VerdictSummary, VerifiedBy};

/// Identifies one judgement: a submission has one after the other. Prints as its id,
/// `550e8400-e29b-41d4-a716-446655440000.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JudgementKey {
    pub submission_id: SubmissionId,
    /// Counted from 1.
    pub number: u32,
}

/// Number of a first judgement, which records of earlier versions lack.
pub(crate) fn first() -> u32 {
    JudgementKey::FIRST
}

impl JudgementKey {
    pub const FIRST: u32 = 1;

    pub fn first_of(submission_id: SubmissionId) -> Self {
        JudgementKey {
            submission_id,
            number: JudgementKey::FIRST,
        }
    }
}

impl std::fmt::Display for JudgementKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.submission_id, self.number)
    }
}

/// One judgement of a submission, without its test results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct JudgementSummary {
    /// The submission's id, a point and the number.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "550e8400-e29b-41d4-a716-446655440000.2")
    )]
    pub id: String,
    /// Counted from 1.
    pub number: u32,
    /// Hash of the package that it was judged with; absent until it has ended, and where that was not
    /// recorded.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub problem_version: Option<String>,
    pub status: SubmissionStatus,
    /// Absent until it has ended, and if it was cancelled.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verdict: Option<VerdictSummary>,
    /// The source of the verdict.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_by: Option<VerifiedBy>,
    /// Unix time in milliseconds at which it ended.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub judged_at: Option<i64>,
}

/// Tests of a judgement that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct JudgingProgress {
    /// Number of the judgement.
    pub judgement: u32,
    pub tests_done: u32,
    /// Number of all tests; 0 until the first one has ended.
    pub total_tests: u32,
}

/// Results so far of a judgement that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialResults {
    pub judgement: u32,
    pub total_tests: u32,
    pub test_results: Vec<TestResult>,
}

/// The last rejudge of all submissions to one problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProblemRejudge {
    pub problem_id: ProblemId,
    /// Number of submissions that are judged again.
    pub total: u32,
    /// Number of those that are not judged again yet; 0 when all are.
    pub remaining: u32,
    /// Unix time in milliseconds.
    pub requested_at: i64,
}
