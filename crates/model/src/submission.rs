use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{LanguageId, ProblemId, TestResult, VerdictSummary, VerifiedBy};

/// A random (version 4) UUID: until accounts exist, an id that can't be guessed is what keeps
/// one person's code from another.
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

/// Who submitted: any name the client chooses, 1 to 128 bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "user-123"))]
#[serde(transparent)]
pub struct UserId(pub String);

impl UserId {
    pub const MAX_BYTES: usize = 128;

    /// `None` unless the name is 1 to 128 bytes without control characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        (fits && !text.chars().any(char::is_control)).then(|| UserId(text.to_owned()))
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a submission is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SubmissionStatus {
    Queued,
    Compiling,
    Running,
    /// Judged: the verdict is final.
    Completed,
    /// A fault of ours; the verdict is Internal Error.
    Failed,
}

impl SubmissionStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            SubmissionStatus::Queued => "Queued",
            SubmissionStatus::Compiling => "Compiling",
            SubmissionStatus::Running => "Running",
            SubmissionStatus::Completed => "Completed",
            SubmissionStatus::Failed => "Failed",
        }
    }

    /// Nothing about the submission changes any more.
    pub fn is_final(self) -> bool {
        matches!(self, SubmissionStatus::Completed | SubmissionStatus::Failed)
    }
}

impl std::str::FromStr for SubmissionStatus {
    type Err = UnknownStatus;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [
            SubmissionStatus::Queued,
            SubmissionStatus::Compiling,
            SubmissionStatus::Running,
            SubmissionStatus::Completed,
            SubmissionStatus::Failed,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown submission status `{0}`")]
pub struct UnknownStatus(String);

/// Where the code runs: the router's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    Client,
    Server,
    Hybrid,
}

/// What a client asks to be judged: source, language and problem. Immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSubmission {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub problem_id: ProblemId,
    pub language: LanguageId,
    pub code: String,
    /// Judge the public samples only.
    pub is_custom_test: bool,
}

/// A submission and where it stands: the body of `GET /api/submission/:id` and of
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
    /// Whose word the verdict is; absent until the submission is judged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_by: Option<VerifiedBy>,
    pub test_results: Vec<TestResult>,
    /// What the compiler wrote, bounded to 64 KiB.
    pub compiler_output: String,
    /// Unix time in milliseconds.
    pub created_at: i64,
}

/// One line of `GET /api/submissions`: where a submission stands, without its code, its compiler's
/// words and its test results.
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
    /// Whose word the verdict is; absent until the submission is judged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_by: Option<VerifiedBy>,
    /// Unix time in milliseconds.
    pub created_at: i64,
}
