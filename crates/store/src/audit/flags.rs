use std::time::Duration;

use letscode_model::{AccountFlag, AuditAction, AuditEvent, FlagSubject};
use sqlx::{Database, Encode, Executor, IntoArguments, QueryBuilder, Type};

use super::rows::{FLAG_COLUMNS, account_flag};
use super::tables::{AuditTables, WriteTime};
use super::{FlagChange, FlagRule, MAX_LISTED_FLAGS};
use crate::StoreError;
use crate::rows::SubmissionRow;

/// Condition for the last row of a subject.
const IS_LAST: &str = "number = (SELECT max(later.number) FROM flags later \
     WHERE later.subject_kind = flags.subject_kind AND later.subject = flags.subject)";

/// A flag that has not ended.
pub(super) struct HeldFlag {
    flag: AccountFlag,
    /// Time of its end by the steady clock.
    ends_at: i64,
}

impl<DB> AuditTables<'_, DB>
where
    DB: Database,
    DB::Row: SubmissionRow,
    DB::Arguments: IntoArguments<DB>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> bool: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
{
    pub(super) async fn insert_automatic_flag(
        &mut self,
        subject: &FlagSubject,
        rule: &FlagRule,
        time: WriteTime,
    ) -> Result<AccountFlag, StoreError> {
        let until = end_of(time.wall, rule.duration);
        let ends_at = end_of(time.steady, rule.duration);
        let held = self.read_held(std::slice::from_ref(subject)).await?;
        if let Some(longer) = held.filter(|held| held.ends_at > ends_at) {
            // An admin's, for example: who goes on is not let off earlier.
            self.insert_flag(&longer.flag, Some(longer.ends_at), time)
                .await?;
            return Ok(longer.flag);
        }
        let minutes = rule.window.as_secs().div_ceil(60);
        let flag = AccountFlag {
            subject: subject.clone(),
            since: time.wall,
            until,
            reason: format!("{} violations within {minutes} minutes", rule.threshold),
            actor: AuditEvent::SERVICE.to_owned(),
        };
        self.insert_flag(&flag, Some(ends_at), time).await?;
        let event = flag_event(AuditAction::Flag, &flag);
        self.insert_event(&event, time).await?;
        Ok(flag)
    }

    /// Sets or lifts a flag. No other may be changed meanwhile.
    pub async fn insert_flag_change(
        &mut self,
        change: &FlagChange,
        time: WriteTime,
    ) -> Result<Option<AccountFlag>, StoreError> {
        let active = self
            .read_flag(std::slice::from_ref(&change.subject))
            .await?;
        let (action, flag) = match change.duration {
            None if active.is_none() => return Ok(None),
            None => (AuditAction::Unflag, time.wall),
            Some(duration) => (AuditAction::Flag, end_of(time.wall, duration)),
        };
        let flag = AccountFlag {
            subject: change.subject.clone(),
            since: time.wall,
            until: flag,
            reason: change.reason.clone(),
            actor: change.actor.clone(),
        };
        let ends_at = change
            .duration
            .map(|duration| end_of(time.steady, duration));
        self.insert_flag(&flag, ends_at, time).await?;
        let event = flag_event(action, &flag).from_address(change.address.as_ref());
        self.insert_event(&event, time).await?;
        Ok(match change.duration {
            None => active,
            Some(_) => Some(flag),
        })
    }

    /// Inserts a row that sets a flag, or lifts it if there is no end.
    async fn insert_flag(
        &mut self,
        flag: &AccountFlag,
        ends_at: Option<i64>,
        time: WriteTime,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO flags (subject_kind, subject, is_set, at, until, ends_at, reason, actor, \
                 last_violation) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
                 (SELECT coalesce(max(number), 0) FROM violations))",
        )
        .bind(flag.subject.kind.as_str().to_owned())
        .bind(flag.subject.name.clone())
        .bind(ends_at.is_some())
        .bind(flag.since)
        .bind(flag.until)
        .bind(ends_at.unwrap_or(time.steady))
        .bind(flag.reason.clone())
        .bind(flag.actor.clone())
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    /// Returns the number of the last violation that counts for no other flag of a subject.
    pub(super) async fn last_counted(&mut self, subject: &FlagSubject) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT last_violation FROM flags WHERE subject_kind = $1 AND subject = $2 \
             ORDER BY number DESC LIMIT 1",
        )
        .bind(subject.kind.as_str().to_owned())
        .bind(subject.name.clone())
        .fetch_optional(&mut *self.connection)
        .await?;
        row.map_or(Ok(0), |row| row.integer("last_violation"))
    }

    /// Returns a flag of any of these that has not ended, that of an address first.
    pub async fn read_flag(
        &mut self,
        subjects: &[FlagSubject],
    ) -> Result<Option<AccountFlag>, StoreError> {
        Ok(self.read_held(subjects).await?.map(|held| held.flag))
    }

    async fn read_held(
        &mut self,
        subjects: &[FlagSubject],
    ) -> Result<Option<HeldFlag>, StoreError> {
        if subjects.is_empty() {
            return Ok(None);
        }
        let mut query = self.select_held();
        let mut before = " AND (";
        for subject in subjects {
            query.push(before).push("(subject_kind = ");
            query.push_bind(subject.kind.as_str().to_owned());
            query.push(" AND subject = ");
            query.push_bind(subject.name.clone()).push(")");
            before = " OR ";
        }
        query.push(") ORDER BY subject_kind, number DESC LIMIT 1");
        let row = query.build().fetch_optional(&mut *self.connection).await?;
        row.map(|row| {
            Ok(HeldFlag {
                flag: account_flag(&row)?,
                ends_at: row.integer("ends_at")?,
            })
        })
        .transpose()
    }

    /// Selects flags that have not ended.
    fn select_held(&self) -> QueryBuilder<DB> {
        let select =
            format!("SELECT {FLAG_COLUMNS}, ends_at FROM flags WHERE is_set AND {IS_LAST}");
        let mut query = QueryBuilder::new(select);
        query.push(" AND ends_at > ");
        self.push_now(&mut query);
        query
    }

    pub async fn read_flags(&mut self) -> Result<Vec<AccountFlag>, StoreError> {
        let mut query = self.select_held();
        query.push(" ORDER BY number DESC LIMIT ");
        query.push_bind(i64::from(MAX_LISTED_FLAGS));
        let rows = query.build().fetch_all(&mut *self.connection).await?;
        rows.iter().map(account_flag).collect()
    }
}

fn end_of(begin: i64, duration: Duration) -> i64 {
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    begin.saturating_add(millis)
}

fn flag_event(action: AuditAction, flag: &AccountFlag) -> AuditEvent {
    AuditEvent::new(action, &flag.actor)
        .on(&flag.subject.name)
        .with("kind", flag.subject.kind.as_str())
        .with("reason", &flag.reason)
        .with("until", flag.until)
}
