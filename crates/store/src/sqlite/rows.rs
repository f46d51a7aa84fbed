//! From rows to the vocabulary and back.

use letscode_model::{
    LanguageId, ProblemId, Submission, SubmissionId, SubmissionStatus, SubmissionSummary, UserId,
    VerifiedBy,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::StoreError;

/// The columns that [`summary`] reads.
pub(super) const SUMMARY_COLUMNS: &str = "s.number, s.id, s.user_id, s.problem_id, s.language, \
     s.is_custom_test, s.status, s.created_at, j.verdict, j.verified_by";

pub(super) fn summary(row: &SqliteRow) -> Result<SubmissionSummary, StoreError> {
    Ok(SubmissionSummary {
        id: submission_id(row)?,
        user_id: UserId(row.try_get("user_id")?),
        problem_id: problem_id(row)?,
        language: LanguageId(row.try_get("language")?),
        is_custom_test: row.try_get("is_custom_test")?,
        status: status(row)?,
        verdict: optional_json(row, "verdict")?,
        verified_by: verified_by(row)?,
        created_at: row.try_get("created_at")?,
    })
}

/// Also wants the columns `test_results` and `compiler_output`.
pub(super) fn submission(row: &SqliteRow) -> Result<Submission, StoreError> {
    let summary = summary(row)?;
    let compiler_output: Option<String> = row.try_get("compiler_output")?;
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
        compiler_output: compiler_output.unwrap_or_default(),
        created_at: summary.created_at,
    })
}

pub(super) fn submission_id(row: &SqliteRow) -> Result<SubmissionId, StoreError> {
    let text: String = row.try_get("id")?;
    text.parse().map_err(corrupt("a submission id"))
}

pub(super) fn problem_id(row: &SqliteRow) -> Result<ProblemId, StoreError> {
    let text: String = row.try_get("problem_id")?;
    ProblemId::parse(&text).map_err(corrupt("a problem id"))
}

pub(super) fn status(row: &SqliteRow) -> Result<SubmissionStatus, StoreError> {
    let text: String = row.try_get("status")?;
    text.parse().map_err(corrupt("a submission status"))
}

fn verified_by(row: &SqliteRow) -> Result<Option<VerifiedBy>, StoreError> {
    let text: Option<String> = row.try_get("verified_by")?;
    text.map(|text| text.parse().map_err(corrupt("who verified")))
        .transpose()
}

pub(super) fn json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(corrupt(column))
}

fn optional_json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(corrupt(column)))
        .transpose()
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(corrupt("a value"))
}

pub(super) fn corrupt<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Corrupt {
        what,
        reason: error.to_string(),
    }
}
