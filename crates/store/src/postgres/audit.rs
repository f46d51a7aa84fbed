//! Connections of the audit log.

use letscode_model::SubmissionId;
use sqlx::{PgConnection, Postgres, Transaction};

use super::PostgresStore;
use crate::StoreError;
use crate::audit::AuditTables;

/// Number of the lock of those who write the audit log; any that nobody else uses.
const AUDIT_LOCK: i64 = 1_818_452_333;

impl PostgresStore {
    pub(crate) fn audit_tables<'c>(
        &self,
        connection: &'c mut PgConnection,
    ) -> AuditTables<'c, Postgres> {
        // The database's clock is the same for all machines.
        AuditTables::on(connection, None)
    }

    /// Begins a transaction that no other writes the audit log beside: of two violations, one counts the
    /// other, and rows are visible in the order of their numbers.
    pub(crate) async fn begin_audit(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut transaction = self.durable_pool.begin().await?;
        Self::lock_audit(&mut transaction).await?;
        Ok(transaction)
    }

    /// Waits until no other transaction writes the audit log, and keeps others out until this one ends.
    pub(crate) async fn lock_audit(connection: &mut PgConnection) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(AUDIT_LOCK)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// True if a submission is there. An erasure can't come in between in a transaction that writes the
    /// audit log.
    pub(crate) async fn has_submission(
        connection: &mut PgConnection,
        id: SubmissionId,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM submissions WHERE id = $1")
            .bind(id.0)
            .fetch_optional(connection)
            .await?;
        Ok(row.is_some())
    }
}
