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
        let mut deleted = self
            .delete_rows("audit_events", "counted_at", "true", before, limit)
            .await?;
        let violations = old_rows("violations", "counted_at", "true");
        let evidence =
            format!("DELETE FROM evidence WHERE violation IN ({violations}) RETURNING violation");
        self.delete(evidence, before, limit).await?;
        deleted += self
            .delete_rows("violations", "counted_at", "true", before, limit)
            .await?;
        // With its lifting, a flag is kept until it would have ended.
        let ended = "NOT EXISTS (SELECT 1 FROM flags other WHERE other.ends_at >= $1 \
             AND other.subject_kind = flags.subject_kind AND other.subject = flags.subject)";
        deleted += self
            .delete_rows("flags", "ends_at", ended, before, limit)
            .await?;
        Ok(deleted)
    }

    async fn delete_rows(
        &mut self,
        table: &'static str,
        age: &'static str,
        condition: &'static str,
        before: i64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let old = old_rows(table, age, condition);
        let delete = format!("DELETE FROM {table} WHERE number IN ({old}) RETURNING number");
        self.delete(delete, before, limit).await
    }

    /// Executes a statement that returns the rows that it deletes, and counts them.
    async fn delete(
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

/// Selects the oldest rows of a table. Numbers are in the order of insertion, so that only what is
/// old is read.
/// `age`: the column that says by the steady clock how old a row is.
fn old_rows(table: &str, age: &str, condition: &str) -> String {
    format!(
        "SELECT number FROM {table} WHERE number < coalesce((SELECT number FROM {table} \
             WHERE {age} >= $1 ORDER BY number LIMIT 1), 9223372036854775807) AND {condition} \
         ORDER BY number LIMIT $2"
    )
}
