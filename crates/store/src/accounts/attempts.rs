use std::time::Duration;

use async_trait::async_trait;

use crate::StoreError;
use crate::clock::unix_millis;
use crate::database_row::SubmissionRow;

/// Bound on the attempts that concern one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptLimit {
    /// Account, address, or both.
    pub subject: String,
    /// Attempts within a window.
    pub max: u32,
    /// Length of the window, which begins with its first attempt.
    pub window: Duration,
}

/// Attempts to log in, counted durably: a restart forgets none, and all servers count together.
#[async_trait]
pub trait AttemptStore: Send + Sync {
    /// Counts an attempt against all limits, before it is made. Returns how long to wait if one of them
    /// is reached, and counts nothing then. All calls name their kinds of subjects in the same order.
    async fn count_attempt_within(
        &self,
        limits: &[AttemptLimit],
    ) -> Result<Option<Duration>, StoreError>;

    /// Takes back an attempt that was a success.
    async fn discount_attempts(&self, limits: &[AttemptLimit]) -> Result<(), StoreError>;

    /// Forgets windows that began before a time ago.
    async fn forget_attempts(&self, older_than: Duration) -> Result<(), StoreError>;
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

for_both_stores! {
impl AttemptStore {
    async fn count_attempt_within(
        &self,
        limits: &[AttemptLimit],
    ) -> Result<Option<Duration>, StoreError> {
        let now = unix_millis();
        let mut transaction = self.begin_write().await?;
        for limit in limits {
            let window = millis(limit.window);
            // A window that begins in the future is of a clock that was put back: it begins now.
            let row = sqlx::query(
                "INSERT INTO login_attempts AS a (subject, began_at, attempts) VALUES ($1, $2, 1) \
                 ON CONFLICT (subject) DO UPDATE SET \
                     attempts = CASE WHEN a.began_at + $3 <= $2 THEN 1 ELSE a.attempts + 1 END, \
                     began_at = CASE WHEN a.began_at + $3 <= $2 OR a.began_at > $2 THEN $2 \
                         ELSE a.began_at END \
                 RETURNING began_at, attempts",
            )
            .bind(limit.subject.clone())
            .bind(now)
            .bind(window)
            .fetch_one(&mut *transaction)
            .await?;
            if row.integer("attempts")? > i64::from(limit.max) {
                let wait = row.integer("began_at")? + window - now;
                // Dropping the transaction takes back what was counted.
                return Ok(Some(Duration::from_millis(wait.max(1).unsigned_abs())));
            }
        }
        transaction.commit().await?;
        Ok(None)
    }

    async fn discount_attempts(&self, limits: &[AttemptLimit]) -> Result<(), StoreError> {
        let mut transaction = self.begin_write().await?;
        for limit in limits {
            sqlx::query(
                "UPDATE login_attempts SET attempts = attempts - 1 \
                 WHERE subject = $1 AND attempts > 0",
            )
            .bind(limit.subject.clone())
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn forget_attempts(&self, older_than: Duration) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM login_attempts WHERE began_at <= $1")
            .bind(unix_millis() - millis(older_than))
            .execute(self.write_pool())
            .await?;
        Ok(())
    }
}
}
