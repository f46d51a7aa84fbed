//! Connections of the audit log.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use crate::StoreError;
use crate::audit::{AuditTables, WriteTime};
use crate::clock::unix_millis;

impl SqliteStore {
    pub(crate) fn audit_tables(connection: &mut SqliteConnection) -> AuditTables<'_, Sqlite> {
        AuditTables::on(connection)
    }

    /// Begins a transaction that no other writes beside.
    pub(crate) async fn begin_audit(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.begin_write().await
    }

    pub(crate) async fn write_time(
        &self,
        _: &mut SqliteConnection,
    ) -> Result<WriteTime, StoreError> {
        Ok(WriteTime {
            wall: unix_millis(),
            steady: self.clock.unix_millis(),
        })
    }
}
