//! Conversion between rows and the model, for both databases.

use letscode_model::{
    LanguageId, NewSubmission, ProblemId, Submission, SubmissionId, SubmissionStatus,
    SubmissionSummary, UserId, UserSecret, VerifiedBy,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{OpenSubmission, StoreError};

/// A row of either database. The databases differ in how they store ids and long texts: PostgreSQL
/// has a type for UUIDs, and its texts can't hold NUL characters.
pub(crate) trait SubmissionRow {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn integer(&self, column: &str) -> Result<i64, StoreError>;
    fn boolean(&self, column: &str) -> Result<bool, StoreError>;
    fn submission_id(&self) -> Result<SubmissionId, StoreError>;
    /// Reads a text that may hold any character, such as a source.
    fn long_text(&self, column: &'static str) -> Result<Option<String>, StoreError>;
}

/// Reads a row of [`select_submissions`](crate::page::select_submissions).
pub(crate) fn summary(row: &impl SubmissionRow) -> Result<SubmissionSummary, StoreError> {
    Ok(SubmissionSummary {
        id: row.submission_id()?,
        user_id: user_id(row)?,
        problem_id: problem_id(row)?,
        language: LanguageId(row.text("language")?),
        is_custom_test: row.boolean("is_custom_test")?,
        status: status(row)?,
        verdict: optional_json(row, "verdict")?,
        verified_by: verified_by(row)?,
        created_at: row.integer("created_at")?,
    })
}

/// Reads a summary with the columns `test_results` and `compiler_output`.
pub(crate) fn submission(row: &impl SubmissionRow) -> Result<Submission, StoreError> {
    let summary = summary(row)?;
    Ok(Submission {
        id: summary.id,
        user_id: summary.user_id,
        problem_id: summary.problem_id,
        language: summary.language,
        is_custom_test: summary.is_custom_test,
        status: summary.status,
        verdict: summary.verdict,
        verified_by: summary.verified_by,
        test_results: optional_json(row, "test_results")?.unwrap_or_default(),
        compiler_output: row.long_text("compiler_output")?.unwrap_or_default(),
        created_at: summary.created_at,
    })
}

/// Reads a submission with its `code`, as it was inserted.
pub(crate) fn new_submission(row: &impl SubmissionRow) -> Result<NewSubmission, StoreError> {
    Ok(NewSubmission {
        id: row.submission_id()?,
        user_id: user_id(row)?,
        problem_id: problem_id(row)?,
        language: LanguageId(row.text("language")?),
        code: row.long_text("code")?.unwrap_or_default(),
        is_custom_test: row.boolean("is_custom_test")?,
    })
}

pub(crate) fn open_submission(row: &impl SubmissionRow) -> Result<OpenSubmission, StoreError> {
    Ok(OpenSubmission {
        id: row.submission_id()?,
        user_id: user_id(row)?,
        is_custom_test: row.boolean("is_custom_test")?,
    })
}

/// Reads a user id, never a secret: a process of an older version may still insert what is one now.
fn user_id(row: &impl SubmissionRow) -> Result<UserId, StoreError> {
    let text = row.text("user_id")?;
    let secret = UserSecret::from_old_user_id(&text);
    Ok(secret.map_or(UserId(text), |secret| secret.public_id()))
}

pub(crate) fn status(row: &impl SubmissionRow) -> Result<SubmissionStatus, StoreError> {
    let text = row.text("status")?;
    text.parse().map_err(corrupt("a submission status"))
}

fn problem_id(row: &impl SubmissionRow) -> Result<ProblemId, StoreError> {
    let text = row.text("problem_id")?;
    ProblemId::parse(&text).map_err(corrupt("a problem id"))
}

fn verified_by(row: &impl SubmissionRow) -> Result<Option<VerifiedBy>, StoreError> {
    let text = row.optional_text("verified_by")?;
    text.map(|text| text.parse().map_err(corrupt("the source of a verdict")))
        .transpose()
}

pub(crate) fn json<T: DeserializeOwned>(
    row: &impl SubmissionRow,
    column: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(&row.text(column)?).map_err(corrupt(column))
}

fn optional_json<T: DeserializeOwned>(
    row: &impl SubmissionRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    let text = row.optional_text(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(corrupt(column)))
        .transpose()
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(corrupt("a value"))
}

pub(crate) fn corrupt<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Corrupt {
        what,
        reason: error.to_string(),
    }
}
