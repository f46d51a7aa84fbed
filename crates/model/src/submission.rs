use serde::{Deserialize, Serialize};

use crate::{
    JudgementSummary, JudgingProgress, LanguageId, ProblemId, SubmissionId, SubmissionStatus,
    TestResult, TurnTerms, UserId, VerdictSummary, VerifiedBy,
};

/// The place where a submission is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    Client,
    Server,
    Hybrid,
}

/// A submission as it arrives: source, language and problem. Immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSubmission {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub problem_id: ProblemId,
    pub language: LanguageId,
    pub code: String,
    /// True to judge the public samples only.
    pub is_custom_test: bool,
    /// True to run all tests, also after one has failed.
    #[serde(default)]
    pub run_all: bool,
    /// Terms on which its client waits for the first judgement; the default once that has ended.
    #[serde(default)]
    pub terms: TurnTerms,
}

/// A submission with its progress: the body of `GET /api/submission/:id` and of
/// `letscode judge --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub problem_id: ProblemId,
    pub language: LanguageId,
    pub is_custom_test: bool,
    /// True if all tests are run, also after one has failed.
    #[serde(default)]
    pub run_all: bool,
    /// That of the first judgement while it goes on; then that of the newest one that has ended and
    /// was not cancelled. The verdict and the test results are of the same judgement.
    pub status: SubmissionStatus,
    /// Absent until the submission is judged.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verdict: Option<VerdictSummary>,
    /// The source of the verdict; absent until the submission is judged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_by: Option<VerifiedBy>,
    /// While the first judgement goes on: the results so far.
    pub test_results: Vec<TestResult>,
    /// Present while a judgement goes on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub progress: Option<JudgingProgress>,
    /// All judgements, the first one first. A rejudge adds one.
    #[serde(default)]
    pub judgements: Vec<JudgementSummary>,
    /// Output of the compiler, bounded to 64 KiB.
    pub compiler_output: String,
    /// Unix time in milliseconds.
    pub created_at: i64,
}

/// One item of `GET /api/submissions`: a submission without its code, its compiler output and its
/// test results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SubmissionSummary {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub problem_id: ProblemId,
    pub language: LanguageId,
    pub is_custom_test: bool,
    pub status: SubmissionStatus,
    /// Absent until the submission is judged.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verdict: Option<VerdictSummary>,
    /// The source of the verdict; absent until the submission is judged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_by: Option<VerifiedBy>,
    /// Unix time in milliseconds.
    pub created_at: i64,
}
