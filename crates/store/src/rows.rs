//! Conversion between rows and the model, for both databases.

use letscode_model::{
    JudgementKey, JudgementSummary, JudgingProgress, LanguageId, NewSubmission, PartialResults,
    ProblemId, ProblemRejudge, Submission, SubmissionId, SubmissionStatus, SubmissionSummary,
    TurnTerms, UserId, UserSecret, VerifiedBy,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use crate::database_row::{SubmissionRow, corrupt};
use crate::{CancelledJudgement, OpenSubmission, StoreError};

/// Reads a row of [`select_submissions`](crate::page::select_submissions).
pub(crate) fn summary(row: &impl SubmissionRow) -> Result<SubmissionSummary, StoreError> {
    Ok(SubmissionSummary {
        id: row.submission_id()?,
        user_id: user_id(row)?,
        problem_id: problem_id(row)?,
        language: LanguageId(row.text("language")?),
        is_custom_test: row.boolean("is_custom_test")?,
        status: match row.optional_text("judged_status")? {
            Some(text) => parse_status(&text)?,
            None => status(row)?,
        },
        verdict: optional_json(row, "verdict")?,
        verified_by: verified_by(row)?,
        created_at: row.integer("created_at")?,
    })
}

/// Reads a summary with the columns `run_all`, `test_results` and `compiler_output`.
pub(crate) fn submission(row: &impl SubmissionRow) -> Result<Submission, StoreError> {
    let summary = summary(row)?;
    Ok(Submission {
        id: summary.id,
        user_id: summary.user_id,
        problem_id: summary.problem_id,
        language: summary.language,
        is_custom_test: summary.is_custom_test,
        run_all: row.boolean("run_all")?,
        status: summary.status,
        verdict: summary.verdict,
        verified_by: summary.verified_by,
        progress: None,
        judgements: Vec::new(),
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
        run_all: row.boolean("run_all")?,
        terms: terms(row)?,
    })
}

/// Returns the terms that a submission waits on as they are stored; `None` for those of nobody.
pub(crate) fn terms_json(terms: &TurnTerms) -> Result<Option<String>, StoreError> {
    let is_any = *terms != TurnTerms::default();
    is_any.then(|| to_json(terms)).transpose()
}

fn terms(row: &impl SubmissionRow) -> Result<TurnTerms, StoreError> {
    Ok(optional_json(row, "terms")?.unwrap_or_default())
}

/// Reads one judgement of a submission.
pub(crate) fn judgement(
    row: &impl SubmissionRow,
    submission_id: SubmissionId,
) -> Result<JudgementSummary, StoreError> {
    let number = number(row, "number")?;
    let key = JudgementKey {
        submission_id,
        number,
    };
    let verdict = optional_json(row, "verdict")?;
    Ok(JudgementSummary {
        id: key.to_string(),
        number,
        problem_version: row.optional_text("problem_version")?,
        status: status(row)?,
        // Nobody verifies what has no verdict.
        verified_by: verified_by(row)?.filter(|_| verdict.is_some()),
        verdict,
        judged_at: Some(row.integer("judged_at")?),
    })
}

/// Adds the judgement that goes on to a submission, with its results so far.
pub(crate) fn add_open_judgement(
    submission: &mut Submission,
    status: SubmissionStatus,
    judgement: u32,
    results: Option<PartialResults>,
) {
    let results = results.filter(|results| results.judgement == judgement);
    let results = results.unwrap_or(PartialResults {
        judgement,
        total_tests: 0,
        test_results: Vec::new(),
    });
    submission.progress = Some(JudgingProgress {
        judgement,
        tests_done: u32::try_from(results.test_results.len()).unwrap_or(u32::MAX),
        total_tests: results.total_tests,
    });
    if !submission.status.is_final() {
        submission.status = status;
        submission.test_results = results.test_results;
    }
    let key = JudgementKey {
        submission_id: submission.id,
        number: judgement,
    };
    submission.judgements.push(JudgementSummary {
        id: key.to_string(),
        number: judgement,
        problem_version: None,
        status,
        verdict: None,
        verified_by: None,
        judged_at: None,
    });
}

pub(crate) fn partial_results(row: &impl SubmissionRow) -> Result<PartialResults, StoreError> {
    Ok(PartialResults {
        judgement: number(row, "judgement")?,
        total_tests: number(row, "total_tests")?,
        test_results: json(row, "test_results")?,
    })
}

pub(crate) fn problem_rejudge(row: &impl SubmissionRow) -> Result<ProblemRejudge, StoreError> {
    let total = number(row, "total")?;
    Ok(ProblemRejudge {
        problem_id: problem_id(row)?,
        total,
        remaining: number(row, "remaining")?.min(total),
        requested_at: row.integer("requested_at")?,
    })
}

/// Returns how the newest judgement has ended, of a row with its status as `last_status`.
pub(crate) fn ended_before(row: &impl SubmissionRow) -> Result<CancelledJudgement, StoreError> {
    let number = number(row, "judged")?;
    let last_status = row.optional_text("last_status")?;
    if last_status.as_deref() == Some(SubmissionStatus::Cancelled.as_str()) {
        Ok(CancelledJudgement::Before(number))
    } else {
        Ok(CancelledJudgement::Finished(number))
    }
}

/// Returns the number of the judgement that is open or would be next.
pub(crate) fn next_judgement(row: &impl SubmissionRow) -> Result<u32, StoreError> {
    Ok(number(row, "judged")?.saturating_add(1))
}

pub(crate) fn number(row: &impl SubmissionRow, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(row.integer(column)?).map_err(corrupt(column))
}

pub(crate) fn open_submission(row: &impl SubmissionRow) -> Result<OpenSubmission, StoreError> {
    Ok(OpenSubmission {
        id: row.submission_id()?,
        judgement: next_judgement(row)?,
        user_id: user_id(row)?,
        is_custom_test: row.boolean("is_custom_test")?,
        terms: terms(row)?,
    })
}

/// Reads a user id, never a secret: a process of an older version may still insert what is one now.
fn user_id(row: &impl SubmissionRow) -> Result<UserId, StoreError> {
    let text = row.text("user_id")?;
    let secret = UserSecret::from_old_user_id(&text);
    Ok(secret.map_or(UserId(text), |secret| secret.public_id()))
}

pub(crate) fn status(row: &impl SubmissionRow) -> Result<SubmissionStatus, StoreError> {
    parse_status(&row.text("status")?)
}

fn parse_status(text: &str) -> Result<SubmissionStatus, StoreError> {
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
