use letscode_model::AuditEvent;
use sqlx::{Database, Encode, Executor, IntoArguments, QueryBuilder, Type};

use super::rows::{SELECT_VIOLATIONS, audit_page, violation_page};
use super::{AuditFilter, AuditPage, ViolationFilter, ViolationPage};
use crate::rows::{SubmissionRow, to_json};
use crate::{MAX_PAGE_SIZE, StoreError};

/// The tables of the audit log on one connection. Both databases take the same statements.
pub(crate) struct AuditTables<'c, DB: Database> {
    pub(super) connection: &'c mut DB::Connection,
    /// The clocks of this process; `None` for that of the database.
    clocks: Option<WriteTime>,
}

/// Most milliseconds by which the steady clock moves between two writes, whatever the wall clock did.
/// More than the time between two sweeps, which move it.
const MAX_STEP: i64 = 900_000;
/// The wall clock of a PostgreSQL database.
const DATABASE_CLOCK: &str = "(extract(epoch FROM statement_timestamp()) * 1000)::bigint";

/// The times of a write, in Unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteTime {
    /// As clocks show it.
    pub wall: i64,
    /// By the clock that ages are counted by, which no jump of the wall clock moves far.
    pub steady: i64,
}

impl<'c, DB: Database> AuditTables<'c, DB> {
    /// `clocks`: those of this process; `None` for that of the database.
    pub fn on(connection: &'c mut DB::Connection, clocks: Option<WriteTime>) -> Self {
        AuditTables { connection, clocks }
    }

    /// Adds a clock to a statement that moves on as the wall clock does, at least in this process.
    fn push_clock(&self, query: &mut QueryBuilder<DB>)
    where
        for<'q> i64: Encode<'q, DB> + Type<DB>,
    {
        match self.clocks {
            Some(clocks) => query.push_bind(clocks.steady),
            None => query.push(DATABASE_CLOCK),
        };
    }

    /// Adds the steady clock to a statement on `audit_clock`.
    fn push_steady(&self, query: &mut QueryBuilder<DB>)
    where
        for<'q> i64: Encode<'q, DB> + Type<DB>,
    {
        query.push("steady + CASE WHEN ");
        self.push_clock(query);
        query.push(" < wall THEN 0 WHEN ");
        self.push_clock(query);
        query.push(format!(" - wall > {MAX_STEP} THEN {MAX_STEP} ELSE "));
        self.push_clock(query);
        query.push(" - wall END");
    }

    /// Adds the steady clock to a statement on other tables.
    pub(super) fn push_now(&self, query: &mut QueryBuilder<DB>)
    where
        for<'q> i64: Encode<'q, DB> + Type<DB>,
    {
        query.push("(SELECT ");
        self.push_steady(query);
        query.push(" FROM audit_clock)");
    }
}

impl<DB> AuditTables<'_, DB>
where
    DB: Database,
    DB::Row: SubmissionRow,
    DB::Arguments: IntoArguments<DB>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
{
    /// Moves the steady clock on, and returns the times of a write. No other may write meanwhile.
    pub async fn advance_clock(&mut self) -> Result<WriteTime, StoreError> {
        let mut query = QueryBuilder::<DB>::new("UPDATE audit_clock SET steady = ");
        self.push_steady(&mut query);
        query.push(", wall = ");
        self.push_clock(&mut query);
        query.push(" RETURNING wall, steady");
        let row = query.build().fetch_one(&mut *self.connection).await?;
        let wall = row.integer("wall")?;
        Ok(WriteTime {
            wall: self.clocks.map_or(wall, |clocks| clocks.wall),
            steady: row.integer("steady")?,
        })
    }

    pub async fn insert_event(
        &mut self,
        event: &AuditEvent,
        time: WriteTime,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit_events (at, action, actor, subject, event, counted_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(time.wall)
        .bind(event.action.as_str().to_owned())
        .bind(event.actor.clone())
        .bind(event.subject.clone())
        .bind(to_json(event)?)
        .bind(time.steady)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    pub async fn read_events(&mut self, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        let size = page_size(filter.limit);
        let mut query = QueryBuilder::<DB>::new("SELECT number, at, event FROM audit_events");
        push_bounds(&mut query, filter.since, filter.before);
        if let Some(user) = &filter.user {
            query.push(" AND (actor = ").push_bind(user.clone());
            query
                .push(" OR subject = ")
                .push_bind(user.clone())
                .push(")");
        }
        if let Some(action) = filter.action {
            let action = action.as_str().to_owned();
            query.push(" AND action = ").push_bind(action);
        }
        push_order(&mut query, size);
        let rows = query.build().fetch_all(&mut *self.connection).await?;
        audit_page(&rows, size)
    }

    pub async fn read_violations(
        &mut self,
        filter: &ViolationFilter,
    ) -> Result<ViolationPage, StoreError> {
        let size = page_size(filter.limit);
        let mut query = QueryBuilder::<DB>::new(SELECT_VIOLATIONS);
        push_bounds(&mut query, filter.since, filter.before);
        if let Some(user) = &filter.user_id {
            query.push(" AND user_id = ").push_bind(user.0.clone());
        }
        push_order(&mut query, size);
        let rows = query.build().fetch_all(&mut *self.connection).await?;
        violation_page(&rows, size)
    }
}

fn page_size(limit: Option<u32>) -> usize {
    limit.unwrap_or(MAX_PAGE_SIZE).clamp(1, MAX_PAGE_SIZE) as usize
}

fn push_bounds<DB: Database>(query: &mut QueryBuilder<DB>, since: Option<i64>, before: Option<i64>)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
{
    query.push(" WHERE true");
    if let Some(since) = since {
        query.push(" AND at >= ").push_bind(since);
    }
    if let Some(before) = before {
        query.push(" AND number < ").push_bind(before);
    }
}

fn push_order<DB: Database>(query: &mut QueryBuilder<DB>, size: usize)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
{
    query
        .push(" ORDER BY number DESC LIMIT ")
        .push_bind(size as i64 + 1);
}
