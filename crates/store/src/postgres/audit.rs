//! Connections of the audit log.

use sqlx::{PgConnection, Postgres, Row, Transaction};

use super::PostgresStore;
use crate::StoreError;
use crate::audit::{AuditTables, WriteTime};

/// Number of the lock of those who write the audit log; any that nobody else uses.
const AUDIT_LOCK: i64 = 1_818_452_333;

impl PostgresStore {
    pub(crate) fn audit_tables(connection: &mut PgConnection) -> AuditTables<'_, Postgres> {
        AuditTables::on(connection)
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

    /// Returns the database's time, which is the same for all machines.
    pub(crate) async fn write_time(
        &self,
        connection: &mut PgConnection,
    ) -> Result<WriteTime, StoreError> {
        let row =
            sqlx::query("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now")
                .fetch_one(connection)
                .await?;
        let now = row.try_get("now")?;
        Ok(WriteTime {
            wall: now,
            steady: now,
        })
    }
}
