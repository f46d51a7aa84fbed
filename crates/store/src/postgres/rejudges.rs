//! Judgements after the first: reopened submissions, rejudges of a whole problem, cancellation.

use letscode_model::{ProblemId, ProblemRejudge, SubmissionId};
use sqlx::PgConnection;

use super::PostgresStore;
use crate::clock::unix_millis;
use crate::rows;
use crate::{
    CancelledJudgement, MAX_OPEN_REJUDGES, OpenSubmission, ReopenedSubmission, StoreError,
};

/// Advisory lock of rejudges: of two processes that ask at once, one begins.
const REJUDGE_LOCK: i64 = 0x7265_6a75_6467_6573;

impl PostgresStore {
    pub(super) async fn open_again(
        &self,
        id: SubmissionId,
    ) -> Result<ReopenedSubmission, StoreError> {
        let reopened = sqlx::query(
            "UPDATE submissions SET status = 'Queued', is_open = true, attempts = 0, \
                 rejudging = rejudge_due, rejudge_due = false \
             WHERE id = $1 AND NOT is_open RETURNING id, judged, user_id, is_custom_test, terms",
        )
        .bind(id.0)
        .fetch_optional(&self.durable_pool)
        .await?;
        if let Some(row) = reopened {
            return Ok(ReopenedSubmission {
                submission: rows::open_submission(&row)?,
                is_new: true,
            });
        }
        let row = sqlx::query(
            "SELECT id, judged, user_id, is_custom_test, terms FROM submissions WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.durable_pool)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
        Ok(ReopenedSubmission {
            submission: rows::open_submission(&row)?,
            is_new: false,
        })
    }

    pub(super) async fn request_rejudges(
        &self,
        id: &ProblemId,
    ) -> Result<ProblemRejudge, StoreError> {
        let mut transaction = self.durable_pool.begin().await?;
        lock_rejudges(&mut transaction).await?;
        let is_known: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM problems WHERE id = $1 AND removed_at IS NULL",
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
        sqlx::query(
            "WITH marked AS ( \
                 UPDATE submissions SET rejudge_due = true \
                 WHERE problem_id = $1 AND (is_open OR NOT EXISTS ( \
                     SELECT 1 FROM judgements j WHERE j.submission = submissions.number \
                         AND j.number = submissions.shown AND j.status = 'Cancelled')) \
                 RETURNING 1) \
             INSERT INTO rejudges (problem_id, total, requested_at) \
             SELECT $1, count(*), $2 FROM marked \
             ON CONFLICT (problem_id) DO UPDATE SET total = excluded.total, \
                 requested_at = excluded.requested_at",
        )
        .bind(id.as_str())
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
        let mut connection = self.durable_pool.acquire().await?;
        read_rejudge(&mut connection, id).await
    }

    pub(super) async fn open_due(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        // Each judgement that ends asks, and mostly nothing is due: this read takes no lock.
        let is_any_due: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM submissions WHERE rejudge_due AND NOT is_open)",
        )
        .fetch_one(&self.durable_pool)
        .await?;
        if !is_any_due {
            return Ok(Vec::new());
        }
        let mut transaction = self.durable_pool.begin().await?;
        lock_rejudges(&mut transaction).await?;
        let opened = sqlx::query(
            "WITH due AS MATERIALIZED ( \
                 SELECT number FROM submissions WHERE rejudge_due AND NOT is_open \
                 ORDER BY number \
                 LIMIT greatest($1 - (SELECT count(*) FROM submissions \
                     WHERE is_open AND judged > 0), 0)) \
             UPDATE submissions SET status = 'Queued', is_open = true, attempts = 0, \
                 rejudging = true, rejudge_due = false \
             FROM due WHERE submissions.number = due.number AND NOT submissions.is_open \
             RETURNING submissions.id, judged, user_id, is_custom_test, terms",
        )
        .bind(i64::from(MAX_OPEN_REJUDGES))
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        opened.iter().map(rows::open_submission).collect()
    }

    pub(super) async fn write_cancelled(
        &self,
        id: SubmissionId,
    ) -> Result<CancelledJudgement, StoreError> {
        let cancelled: Option<i64> = sqlx::query_scalar(
            "WITH closed AS ( \
                 UPDATE submissions SET status = 'Failed', is_open = false, judged = judged + 1, terms = NULL, \
                     rejudge_due = rejudge_due AND shown > 0, \
                     shown = CASE WHEN shown = 0 THEN judged + 1 ELSE shown END \
                 WHERE id = $1 AND is_open RETURNING number, judged), \
             ended AS ( \
                 DELETE FROM progress USING closed WHERE progress.submission = closed.number) \
             INSERT INTO judgements \
                 (submission, number, status, test_results, compiler_output, judged_at) \
             SELECT number, judged, 'Cancelled', '[]', '', $2 FROM closed RETURNING number",
        )
        .bind(id.0)
        .bind(unix_millis())
        .fetch_optional(&self.durable_pool)
        .await?;
        if let Some(number) = cancelled {
            let number = u32::try_from(number).map_err(rows::corrupt("a judgement"))?;
            return Ok(CancelledJudgement::Cancelled(number));
        }
        let row = sqlx::query(
            "SELECT s.judged, j.status AS last_status FROM submissions s \
             LEFT JOIN judgements j ON j.submission = s.number AND j.number = s.judged \
             WHERE s.id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.durable_pool)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
        rows::ended_before(&row)
    }
}

async fn lock_rejudges(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(REJUDGE_LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

/// Reads the last rejudge of a problem.
async fn read_rejudge(
    connection: &mut PgConnection,
    id: &ProblemId,
) -> Result<Option<ProblemRejudge>, StoreError> {
    let row = sqlx::query(
        "SELECT problem_id, total, requested_at, \
             (SELECT count(*) FROM submissions s \
                  WHERE s.rejudge_due AND s.problem_id = r.problem_id) + \
             (SELECT count(*) FROM submissions s WHERE s.is_open AND s.rejudging \
                  AND NOT s.rejudge_due AND s.problem_id = r.problem_id) AS remaining \
         FROM rejudges r WHERE problem_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(rows::problem_rejudge).transpose()
}
