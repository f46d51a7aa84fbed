//! Connections of the audit log.

use letscode_model::SubmissionId;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use crate::StoreError;
use crate::audit::{AuditTables, WriteTime};
use crate::clock::unix_millis;

impl SqliteStore {
    pub(crate) fn audit_tables<'c>(
        &self,
        connection: &'c mut SqliteConnection,
    ) -> AuditTables<'c, Sqlite> {
        let clocks = WriteTime {
            wall: unix_millis(),
            steady: self.clock.unix_millis(),
        };
        AuditTables::on(connection, Some(clocks))
    }

    /// Begins a transaction that no other writes beside.
    pub(crate) async fn begin_audit(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.begin_write().await
    }

    pub(crate) async fn has_submission(
        connection: &mut SqliteConnection,
        id: SubmissionId,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM submissions WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(connection)
            .await?;
        Ok(row.is_some())
    }
}
