use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{ProblemId, SecretHash, ShareHolder, SubmissionId};

use crate::StoreError;
use crate::clock::unix_millis;
use crate::rows::SubmissionRow;

/// Time after which a claim of a problem that was never added ends.
const CLAIM_TIME: Duration = Duration::from_secs(3600);
/// Links that one submission may have.
pub const MAX_LINKS: i64 = 20;

/// Access to things besides that of their owners and of admins.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Makes somebody the setter of a problem that is about to be added, unless it exists or somebody
    /// else is adding it. True if they are its setter now or were before.
    async fn claim_problem(
        &self,
        problem: &ProblemId,
        setter: &ShareHolder,
    ) -> Result<bool, StoreError>;

    /// Ends the claim of a problem that is not there, or was removed.
    async fn release_claim(&self, problem: &ProblemId) -> Result<(), StoreError>;

    /// True if this is the setter of a problem.
    async fn is_setter(
        &self,
        problem: &ProblemId,
        holder: &ShareHolder,
    ) -> Result<bool, StoreError>;

    /// Adds a link to a submission. False if it has [`MAX_LINKS`] already.
    async fn add_link(&self, id: SubmissionId, secret: &SecretHash) -> Result<bool, StoreError>;

    /// True if a link to a submission has this secret.
    async fn has_link(&self, id: SubmissionId, secret: &SecretHash) -> Result<bool, StoreError>;

    /// Ends all links to a submission; returns how many.
    async fn end_links(&self, id: SubmissionId) -> Result<u64, StoreError>;

    /// Forgets links to submissions, and setters of problems, that are gone.
    async fn forget_unused_access(&self) -> Result<(), StoreError>;
}

for_both_stores! {
impl AccessStore {
    async fn claim_problem(
        &self,
        problem: &ProblemId,
        setter: &ShareHolder,
    ) -> Result<bool, StoreError> {
        let now = unix_millis();
        let mut transaction = self.begin_write().await?;
        sqlx::query(
            "DELETE FROM problem_setters WHERE problem_id = $1 AND claimed_at < $2 \
             AND NOT EXISTS (SELECT 1 FROM problems WHERE id = $1)",
        )
        .bind(problem.as_str())
        .bind(now - CLAIM_TIME.as_millis() as i64)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO problem_setters (problem_id, setter, claimed_at) \
             SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM problems WHERE id = $1) \
             ON CONFLICT (problem_id) DO NOTHING",
        )
        .bind(problem.as_str())
        .bind(setter.to_string())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.is_setter(problem, setter).await
    }

    async fn release_claim(&self, problem: &ProblemId) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM problem_setters WHERE problem_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM problems WHERE id = $1 AND removed_at IS NULL)",
        )
        .bind(problem.as_str())
        .execute(self.write_pool())
        .await?;
        Ok(())
    }

    async fn is_setter(
        &self,
        problem: &ProblemId,
        holder: &ShareHolder,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT setter FROM problem_setters WHERE problem_id = $1")
            .bind(problem.as_str())
            .fetch_optional(self.write_pool())
            .await?;
        let setter = row.map(|row| row.text("setter")).transpose()?;
        Ok(setter == Some(holder.to_string()))
    }

    async fn add_link(&self, id: SubmissionId, secret: &SecretHash) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO submission_shares (hash, submission_id, created_at) SELECT $1, $2, $3 \
             WHERE (SELECT count(*) FROM submission_shares WHERE submission_id = $2) < $4",
        )
        .bind(secret.as_str())
        .bind(id.to_string())
        .bind(unix_millis())
        .bind(MAX_LINKS)
        .execute(self.write_pool())
        .await?;
        Ok(added.rows_affected() > 0)
    }

    async fn has_link(&self, id: SubmissionId, secret: &SecretHash) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT submission_id FROM submission_shares WHERE hash = $1 AND submission_id = $2",
        )
        .bind(secret.as_str())
        .bind(id.to_string())
        .fetch_optional(self.read_pool())
        .await?;
        Ok(row.is_some())
    }

    async fn end_links(&self, id: SubmissionId) -> Result<u64, StoreError> {
        let ended = sqlx::query("DELETE FROM submission_shares WHERE submission_id = $1")
            .bind(id.to_string())
            .execute(self.write_pool())
            .await?;
        Ok(ended.rows_affected())
    }

    async fn forget_unused_access(&self) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM submission_shares WHERE submission_id NOT IN \
                 (SELECT CAST(id AS TEXT) FROM submissions)",
        )
        .execute(self.write_pool())
        .await?;
        sqlx::query(
            "DELETE FROM problem_setters WHERE claimed_at < $1 \
             AND problem_id NOT IN (SELECT id FROM problems)",
        )
        .bind(unix_millis() - CLAIM_TIME.as_millis() as i64)
        .execute(self.write_pool())
        .await?;
        Ok(())
    }
}
}
