//! Attempts after crashes, and the deletion of old submissions.

use letscode_model::SubmissionId;
use sqlx::Row;

use super::SqliteStore;
use super::problems::DELETE_UNUSED;
use crate::StoreError;

impl SqliteStore {
    pub(super) async fn add_to_attempts(
        &self,
        id: SubmissionId,
        change: i32,
    ) -> Result<u32, StoreError> {
        let row = sqlx::query(
            "UPDATE submissions SET attempts = max(attempts + ?2, 0) WHERE id = ?1 \
             RETURNING attempts",
        )
        .bind(id.to_string())
        .bind(change)
        .fetch_optional(&self.writer)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
        Ok(row.try_get("attempts")?)
    }

    /// Deletes in one transaction, which other writes wait for.
    pub(super) async fn delete_old(&self, before: i64, limit: u32) -> Result<u64, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        // Numbers are in the order of arrival, so that only what is old is read.
        let old: Vec<i64> = sqlx::query_scalar(
            "SELECT number FROM submissions \
             WHERE number < coalesce((SELECT number FROM submissions WHERE created_at >= ?1 \
                     ORDER BY number LIMIT 1), 9223372036854775807) \
                 AND status IN ('Completed', 'Failed') \
                 AND number NOT IN (SELECT submission FROM disbelieved) \
             ORDER BY number LIMIT ?2",
        )
        .bind(before)
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        for number in &old {
            for delete in [
                "DELETE FROM sources WHERE submission = ?1",
                "DELETE FROM judgements WHERE submission = ?1",
                "DELETE FROM claims WHERE submission = ?1",
                "DELETE FROM submissions WHERE number = ?1",
            ] {
                sqlx::query(delete)
                    .bind(number)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        sqlx::query(DELETE_UNUSED)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(old.len() as u64)
    }
}
