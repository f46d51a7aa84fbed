//! Writes inside of the writer's transactions.

use letscode_model::{Judgement, JudgementKey, NewSubmission, Verdict, VerdictSummary, VerifiedBy};
use sqlx::{Row, Sqlite, Transaction};

use crate::clock::unix_millis;
use crate::rows;
use crate::trust::refutes_accepted;
use crate::{ClientVerdict, PackageDigest, StoreError};

/// The end of one judgement.
#[derive(Debug)]
pub(super) struct FinishedJudgement {
    pub key: JudgementKey,
    pub problem_version: Option<PackageDigest>,
    pub judgement: Judgement,
}

/// Inserts a submission and returns its number, or refuses it and changes nothing.
pub(super) async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    new: &NewSubmission,
) -> Result<i64, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO submissions \
             (id, user_id, problem_id, language, is_custom_test, status, created_at, run_all, terms) \
         SELECT ?1, ?2, ?3, ?4, ?5, 'Queued', ?6, ?7, ?8 \
         WHERE NOT ?9 OR EXISTS (SELECT 1 FROM accounts WHERE id = ?2)",
    )
    .bind(new.id.to_string())
    .bind(&new.user_id.0)
    .bind(new.problem_id.as_str())
    .bind(new.language.as_str())
    .bind(new.is_custom_test)
    .bind(unix_millis())
    .bind(new.run_all)
    .bind(rows::terms_json(&new.terms)?)
    .bind(new.user_id.is_account())
    .execute(&mut **transaction)
    .await
    .map_err(|error| StoreError::on_insert(error, new))?;
    StoreError::require_owner(inserted.rows_affected())?;
    sqlx::query("INSERT INTO sources (submission, code) VALUES (?1, ?2)")
        .bind(inserted.last_insert_rowid())
        .bind(&new.code)
        .execute(&mut **transaction)
        .await?;
    Ok(inserted.last_insert_rowid())
}

/// Inserts a submission together with its client's result.
pub(super) async fn insert_with_result(
    transaction: &mut Transaction<'_, Sqlite>,
    new: &NewSubmission,
    result: &ClientVerdict,
) -> Result<(), StoreError> {
    let number = insert(transaction, new).await?;
    match result {
        ClientVerdict::Trusted(judgement) => {
            let finished = FinishedJudgement {
                key: JudgementKey::first_of(new.id),
                problem_version: None,
                judgement: judgement.clone(),
            };
            insert_judgement(transaction, number, &finished, VerifiedBy::Client).await
        }
        ClientVerdict::Unverified(verdict) => {
            sqlx::query("INSERT INTO claims (submission, verdict) VALUES (?1, ?2)")
                .bind(number)
                .bind(rows::to_json(verdict)?)
                .execute(&mut **transaction)
                .await?;
            Ok(())
        }
    }
}

/// Ends a judgement. Returns false if it is not open.
pub(super) async fn finish(
    transaction: &mut Transaction<'_, Sqlite>,
    finished: &FinishedJudgement,
) -> Result<bool, StoreError> {
    let id = finished.key.submission_id;
    let row = sqlx::query("SELECT number, status, judged FROM submissions WHERE id = ?1")
        .bind(id.to_string())
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
    let number: i64 = row.try_get("number")?;
    if rows::status(&row)?.is_final() || rows::next_judgement(&row)? != finished.key.number {
        return Ok(false);
    }
    insert_judgement(transaction, number, finished, VerifiedBy::Server).await?;
    // A rejudge may be of other tests than those that the client ran.
    if finished.key.number == JudgementKey::FIRST {
        check_client_result(transaction, number, &finished.judgement).await?;
    }
    Ok(true)
}

async fn insert_judgement(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    finished: &FinishedJudgement,
    verified_by: VerifiedBy,
) -> Result<(), StoreError> {
    let judgement = &finished.judgement;
    let status = judgement.verdict.status.final_status();
    let problem_version = finished.problem_version.as_ref();
    let problem_version = problem_version.map(PackageDigest::as_str);
    // With the present package it is what a rejudge would come to.
    sqlx::query(
        "UPDATE submissions SET status = ?1, judged = ?3, shown = ?3, terms = NULL, \
             rejudge_due = rejudge_due AND ?4 IS NOT \
                 (SELECT p.digest FROM problems p WHERE p.id = submissions.problem_id) \
         WHERE number = ?2",
    )
    .bind(status.as_str())
    .bind(number)
    .bind(finished.key.number)
    .bind(problem_version)
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "INSERT INTO judgements \
             (submission, verdict, test_results, compiler_output, internal_error, judged_at, \
              verified_by, number, problem_version, status) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(number)
    .bind(rows::to_json(&judgement.verdict)?)
    .bind(rows::to_json(&judgement.test_results)?)
    .bind(&judgement.compiler_output)
    .bind(&judgement.internal_error)
    .bind(unix_millis())
    .bind(verified_by.as_str())
    .bind(finished.key.number)
    .bind(problem_version)
    .bind(status.as_str())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Ends the trust in a user whose client falsely reported Accepted. In the transaction that makes the
/// server's judgement final, so that no crash can come in between.
async fn check_client_result(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    judgement: &Judgement,
) -> Result<(), StoreError> {
    let reported = sqlx::query("SELECT verdict FROM claims WHERE submission = ?1")
        .bind(number)
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(row) = reported else { return Ok(()) };
    let reported: VerdictSummary = rows::json(&row, "verdict")?;
    if reported.status != Verdict::Accepted || !refutes_accepted(&judgement.verdict) {
        return Ok(());
    }
    sqlx::query(
        "INSERT OR IGNORE INTO disbelieved (user_id, submission, since) \
         SELECT user_id, number, ?2 FROM submissions WHERE number = ?1",
    )
    .bind(number)
    .bind(unix_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
