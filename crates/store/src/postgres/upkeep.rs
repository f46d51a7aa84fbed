//! Attempts after crashes, and the deletion of old submissions.

use letscode_model::SubmissionId;
use sqlx::Row;

use super::PostgresStore;
use crate::StoreError;

impl PostgresStore {
    pub(super) async fn add_to_attempts(
        &self,
        id: SubmissionId,
        change: i32,
    ) -> Result<u32, StoreError> {
        let row = sqlx::query(
            "UPDATE submissions SET attempts = greatest(attempts + $2, 0) WHERE id = $1 \
             RETURNING attempts",
        )
        .bind(id.0)
        .bind(change)
        .fetch_optional(&self.durable_pool)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
        let attempts: i32 = row.try_get("attempts")?;
        Ok(attempts.unsigned_abs())
    }

    /// Deletes in one statement. What another process is deleting is skipped.
    pub(super) async fn delete_old(&self, before: i64, limit: u32) -> Result<u64, StoreError> {
        // Numbers are in the order of arrival, so that only what is old is read.
        let deleted = sqlx::query(
            "WITH old AS MATERIALIZED ( \
                 SELECT number FROM submissions \
                 WHERE number < coalesce((SELECT number FROM submissions WHERE created_at >= $1 \
                         ORDER BY number LIMIT 1), 9223372036854775807) \
                     AND NOT is_open \
                     AND number NOT IN (SELECT submission FROM disbelieved) \
                 ORDER BY number LIMIT $2 FOR UPDATE SKIP LOCKED), \
             old_sources AS ( \
                 DELETE FROM sources USING old WHERE submission = old.number), \
             old_judgements AS ( \
                 DELETE FROM judgements USING old WHERE submission = old.number), \
             old_progress AS ( \
                 DELETE FROM progress USING old WHERE submission = old.number), \
             old_claims AS ( \
                 DELETE FROM claims USING old WHERE submission = old.number) \
             DELETE FROM submissions USING old WHERE submissions.number = old.number",
        )
        .bind(before)
        .bind(i64::from(limit))
        .execute(&self.durable_pool)
        .await?;
        if deleted.rows_affected() > 0 {
            self.delete_removed().await?;
        }
        Ok(deleted.rows_affected())
    }
}
