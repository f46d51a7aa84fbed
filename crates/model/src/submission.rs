use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    LanguageId, ProblemId, SubmissionStatus, TestResult, UserId, VerdictSummary, VerifiedBy,
};

/// A random (version 4) UUID. It can't be guessed: without accounts, that is what keeps a submission
/// private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = Uuid))]
#[serde(transparent)]
pub struct SubmissionId(pub Uuid);

impl SubmissionId {
    pub fn random() -> Self {
        SubmissionId(Uuid::new_v4())
    }
}

impl std::fmt::Display for SubmissionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for SubmissionId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(SubmissionId)
    }
}

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
    pub status: SubmissionStatus,
    /// Absent until the submission is judged.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verdict: Option<VerdictSummary>,
    /// The source of the verdict; absent until the submission is judged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_by: Option<VerifiedBy>,
    pub test_results: Vec<TestResult>,
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
