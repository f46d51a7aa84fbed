use letscode_model::AuditEvent;
use sqlx::{Database, Encode, Executor, IntoArguments, QueryBuilder, Type};

use super::rows::{audit_page, violation_page};
use super::{AuditFilter, AuditPage, ViolationFilter, ViolationPage};
use crate::rows::{SubmissionRow, to_json};
use crate::{MAX_PAGE_SIZE, StoreError};

/// The tables of the audit log on one connection. Both databases take the same statements.
pub(crate) struct AuditTables<'c, DB: Database> {
    pub(super) connection: &'c mut DB::Connection,
}

/// The times of a write, in Unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteTime {
    /// As clocks show it.
    pub wall: i64,
    /// By a clock that no change of the wall clock moves, as far as there is one.
    pub steady: i64,
}

impl<'c, DB: Database> AuditTables<'c, DB> {
    pub fn on(connection: &'c mut DB::Connection) -> Self {
        AuditTables { connection }
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
    pub async fn insert_event(
        &mut self,
        event: &AuditEvent,
        time: WriteTime,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit_events (at, action, actor, subject, event) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(time.wall)
        .bind(event.action.as_str().to_owned())
        .bind(event.actor.clone())
        .bind(event.subject.clone())
        .bind(to_json(event)?)
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
        let mut query = QueryBuilder::<DB>::new("SELECT number, at, record FROM violations");
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
