//! Connections for what both stores do in the same way.

use letscode_model::UserId;
use sqlx::postgres::PgPool;
use sqlx::{Postgres, Transaction};

use super::PostgresStore;
use crate::StoreError;

/// Number of the lock of those who take the role of an admin away; any that nobody else uses.
const ADMINS_LOCK: i64 = 1_818_452_334;

impl PostgresStore {
    pub(crate) fn read_pool(&self) -> &PgPool {
        &self.durable_pool
    }

    pub(crate) fn write_pool(&self) -> &PgPool {
        &self.durable_pool
    }

    pub(crate) async fn begin_write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.durable_pool.begin().await?)
    }

    /// Keeps those out who write the audit log, and locks an account: no submission of it comes in, and
    /// those that are coming in are waited for. True if there is such an account.
    pub(crate) async fn lock_user(
        transaction: &mut Transaction<'static, Postgres>,
        user: &UserId,
    ) -> Result<bool, StoreError> {
        Self::lock_audit(transaction).await?;
        let row = sqlx::query("SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE")
            .bind(&user.0)
            .fetch_optional(&mut **transaction)
            .await?;
        Ok(row.is_some())
    }

    /// Locks a user's submissions, so that no judgement of them ends meanwhile, and removes their
    /// progress.
    pub(crate) async fn prepare_erasure(
        transaction: &mut Transaction<'static, Postgres>,
        user: &UserId,
    ) -> Result<(), StoreError> {
        sqlx::query("SELECT number FROM submissions WHERE user_id = $1 ORDER BY number FOR UPDATE")
            .bind(&user.0)
            .execute(&mut **transaction)
            .await?;
        sqlx::query(
            "DELETE FROM progress WHERE submission IN \
                 (SELECT number FROM submissions WHERE user_id = $1)",
        )
        .bind(&user.0)
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }

    /// Keeps others out who take the role of an admin away: of two at once, the second sees what the
    /// first has left.
    pub(crate) async fn lock_admins(
        transaction: &mut Transaction<'static, Postgres>,
    ) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(ADMINS_LOCK)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    /// Removes problems that were only there for submissions which are gone.
    pub(crate) async fn finish_erasure(&self) -> Result<(), StoreError> {
        self.delete_removed().await
    }
}
