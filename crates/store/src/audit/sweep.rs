use sqlx::{AssertSqlSafe, Database, Encode, Executor, IntoArguments, Type};

use super::tables::AuditTables;
use crate::StoreError;
use crate::rows::SubmissionRow;

impl<DB> AuditTables<'_, DB>
where
    DB: Database,
    DB::Row: SubmissionRow,
    DB::Arguments: IntoArguments<DB>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
{
    /// Deletes what is older than a time of the steady clock, at most `limit` rows of each table.
    pub async fn delete_before(&mut self, before: i64, limit: u32) -> Result<u64, StoreError> {
        let events = old_rows("audit_events");
        let violations = old_rows("violations");
        let evidence =
            format!("DELETE FROM evidence WHERE violation IN ({violations}) RETURNING violation");
        let mut deleted = self.delete("audit_events", &events, before, limit).await?;
        self.execute(evidence, before, limit).await?;
        deleted += self
            .delete("violations", &violations, before, limit)
            .await?;
        deleted += self.delete("flags", ENDED_FLAGS, before, limit).await?;
        Ok(deleted)
    }

    async fn delete(
        &mut self,
        table: &str,
        old: &str,
        before: i64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let delete = format!("DELETE FROM {table} WHERE number IN ({old}) RETURNING number");
        self.execute(delete, before, limit).await
    }

    /// Executes a statement that returns the rows that it deletes, and counts them.
    async fn execute(
        &mut self,
        statement: String,
        before: i64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.connection)
            .await?;
        Ok(rows.len() as u64)
    }
}

/// Selects flags that have ended. With its lifting, a flag is kept until it would have ended.
const ENDED_FLAGS: &str = "SELECT number FROM flags WHERE ends_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM flags other WHERE other.ends_at >= $1 \
         AND other.subject_kind = flags.subject_kind AND other.subject = flags.subject) \
     ORDER BY number LIMIT $2";

/// Selects the oldest rows of a table. Numbers are in the order of insertion, so that only what is
/// old is read.
fn old_rows(table: &str) -> String {
    format!(
        "SELECT number FROM {table} WHERE number < coalesce((SELECT number FROM {table} \
             WHERE counted_at >= $1 ORDER BY number LIMIT 1), 9223372036854775807) \
         ORDER BY number LIMIT $2"
    )
}
