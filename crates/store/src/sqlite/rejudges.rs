//! Judgements after the first: reopened submissions, rejudges of a whole problem, cancellation.

use letscode_model::{JudgementKey, ProblemId, ProblemRejudge, SubmissionId};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row, Sqlite, Transaction};

use super::SqliteStore;
use crate::clock::unix_millis;
use crate::rows::{self, SubmissionRow};
use crate::{
    CancelledJudgement, MAX_OPEN_REJUDGES, OpenSubmission, ReopenedSubmission, StoreError,
};

/// Columns that [`rows::open_submission`] reads.
const OPEN_COLUMNS: &str = "number, id, judged, user_id, is_custom_test, status, terms";
const REOPEN: &str = "UPDATE submissions SET status = 'Queued', attempts = 0, \
     rejudging = rejudge_due, rejudge_due = 0 WHERE number = ?1";

impl SqliteStore {
    pub(super) async fn open_again(
        &self,
        id: SubmissionId,
    ) -> Result<ReopenedSubmission, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let select = format!("SELECT {OPEN_COLUMNS} FROM submissions WHERE id = ?1");
        let row = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(id.to_string())
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(StoreError::UnknownSubmission(id))?;
        let submission = rows::open_submission(&row)?;
        let is_new = rows::status(&row)?.is_final();
        if is_new {
            sqlx::query(REOPEN)
                .bind(row.integer("number")?)
                .execute(&mut *transaction)
                .await?;
            self.commit_opened(transaction, std::slice::from_ref(&submission))
                .await?;
        }
        Ok(ReopenedSubmission { submission, is_new })
    }

    /// Commits judgements that begin. Their progress begins before, or one that ends at once would
    /// leave it behind.
    async fn commit_opened(
        &self,
        transaction: Transaction<'_, Sqlite>,
        opened: &[OpenSubmission],
    ) -> Result<(), StoreError> {
        for submission in opened {
            self.progress.begin(submission.key());
        }
        let committed = transaction.commit().await;
        if committed.is_err() {
            for submission in opened {
                self.progress.end(submission.key());
            }
        }
        Ok(committed?)
    }

    pub(super) async fn request_rejudges(
        &self,
        id: &ProblemId,
    ) -> Result<ProblemRejudge, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let is_known: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM problems WHERE id = ?1 AND removed_at IS NULL",
        )
        .bind(id.as_str())
        .fetch_one(&mut *transaction)
        .await?;
        if is_known == 0 {
            return Err(StoreError::UnknownProblem(id.clone()));
        }
        let last = read_rejudge(&mut transaction, id).await?;
        if let Some(running) = last.filter(|last| last.remaining > 0) {
            return Ok(running);
        }
        let marked = sqlx::query(
            "UPDATE submissions SET rejudge_due = 1 \
             WHERE problem_id = ?1 AND (status IN ('Queued', 'Compiling', 'Running') OR NOT EXISTS ( \
                 SELECT 1 FROM judgements j WHERE j.submission = submissions.number \
                     AND j.number = submissions.shown AND j.status = 'Cancelled'))",
        )
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO rejudges (problem_id, total, requested_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (problem_id) DO UPDATE SET total = excluded.total, \
                 requested_at = excluded.requested_at",
        )
        .bind(id.as_str())
        .bind(i64::try_from(marked.rows_affected()).unwrap_or(i64::MAX))
        .bind(unix_millis())
        .execute(&mut *transaction)
        .await?;
        let requested = read_rejudge(&mut transaction, id).await?;
        transaction.commit().await?;
        requested.ok_or_else(|| StoreError::UnknownProblem(id.clone()))
    }

    pub(super) async fn read_rejudge(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemRejudge>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        read_rejudge(&mut connection, id).await
    }

    pub(super) async fn open_due(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        // Each judgement that ends asks, and mostly nothing is due: this read waits for no write.
        let is_any_due: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM submissions \
                 WHERE rejudge_due = 1 AND status IN ('Completed', 'Failed'))",
        )
        .fetch_one(&self.readers)
        .await?;
        if !is_any_due {
            return Ok(Vec::new());
        }
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let open: u32 = sqlx::query_scalar(
            "SELECT count(*) FROM submissions \
             WHERE status IN ('Queued', 'Compiling', 'Running') AND judged > 0",
        )
        .fetch_one(&mut *transaction)
        .await?;
        let select = format!(
            "SELECT {OPEN_COLUMNS} FROM submissions \
             WHERE rejudge_due = 1 AND status IN ('Completed', 'Failed') ORDER BY number LIMIT ?1"
        );
        let due = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(MAX_OPEN_REJUDGES.saturating_sub(open))
            .fetch_all(&mut *transaction)
            .await?;
        let mut opened = Vec::new();
        for row in &due {
            sqlx::query(REOPEN)
                .bind(row.integer("number")?)
                .execute(&mut *transaction)
                .await?;
            opened.push(rows::open_submission(row)?);
        }
        self.commit_opened(transaction, &opened).await?;
        Ok(opened)
    }

    pub(super) async fn write_cancelled(
        &self,
        id: SubmissionId,
    ) -> Result<CancelledJudgement, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query(
            "SELECT s.number, s.status, s.judged, j.status AS last_status FROM submissions s \
             LEFT JOIN judgements j ON j.submission = s.number AND j.number = s.judged \
             WHERE s.id = ?1",
        )
        .bind(id.to_string())
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
        if rows::status(&row)?.is_final() {
            return rows::ended_before(&row);
        }
        let key = JudgementKey {
            submission_id: id,
            number: rows::next_judgement(&row)?,
        };
        let number: i64 = row.try_get("number")?;
        sqlx::query(
            "INSERT INTO judgements \
                 (submission, number, status, test_results, compiler_output, judged_at) \
             VALUES (?1, ?2, 'Cancelled', '[]', '', ?3)",
        )
        .bind(number)
        .bind(key.number)
        .bind(unix_millis())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE submissions SET status = 'Failed', judged = ?2, terms = NULL, \
                 rejudge_due = rejudge_due AND shown > 0, \
                 shown = CASE WHEN shown = 0 THEN ?2 ELSE shown END WHERE number = ?1",
        )
        .bind(number)
        .bind(key.number)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.progress.end(key);
        Ok(CancelledJudgement::Cancelled(key.number))
    }
}

/// Reads the last rejudge of a problem.
async fn read_rejudge(
    connection: &mut SqliteConnection,
    id: &ProblemId,
) -> Result<Option<ProblemRejudge>, StoreError> {
    let row = sqlx::query(
        "SELECT problem_id, total, requested_at, \
             (SELECT count(*) FROM submissions s WHERE s.rejudge_due = 1 \
                  AND s.problem_id = r.problem_id) + \
             (SELECT count(*) FROM submissions s \
                  WHERE s.status IN ('Queued', 'Compiling', 'Running') \
                  AND s.problem_id = r.problem_id AND s.rejudging AND s.rejudge_due = 0) \
             AS remaining \
         FROM rejudges r WHERE problem_id = ?1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(rows::problem_rejudge).transpose()
}
