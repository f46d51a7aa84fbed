//! Connections for what both stores do in the same way.

use letscode_model::UserId;
use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use super::problems::DELETE_UNUSED;
use crate::StoreError;

impl SqliteStore {
    pub(crate) fn read_pool(&self) -> &SqlitePool {
        &self.readers
    }

    pub(crate) fn write_pool(&self) -> &SqlitePool {
        &self.writer
    }

    pub(crate) async fn begin_write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// True if there is such an account. No other transaction writes meanwhile.
    pub(crate) async fn lock_user(
        transaction: &mut Transaction<'static, Sqlite>,
        user: &UserId,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM accounts WHERE id = ?1")
            .bind(&user.0)
            .fetch_optional(&mut **transaction)
            .await?;
        Ok(row.is_some())
    }

    /// Does nothing: no other transaction writes meanwhile.
    pub(crate) async fn prepare_erasure(
        _: &mut Transaction<'static, Sqlite>,
        _: &UserId,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Does nothing: no other transaction writes meanwhile.
    pub(crate) async fn lock_admins(
        _: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Removes problems that were only there for submissions which are gone.
    pub(crate) async fn finish_erasure(&self) -> Result<(), StoreError> {
        sqlx::query(DELETE_UNUSED).execute(&self.writer).await?;
        Ok(())
    }
}
