use std::time::Duration;

use letscode_model::{AccountFlag, AuditAction, AuditEvent, FlagSubject};
use sqlx::{AssertSqlSafe, Database, Encode, Executor, IntoArguments, Type};

use super::rows::{FLAG_COLUMNS, account_flag};
use super::tables::{AuditTables, WriteTime};
use super::{FlagChange, FlagRule, MAX_LISTED_FLAGS};
use crate::StoreError;
use crate::rows::SubmissionRow;

/// Selects the last row of each subject, if it is a flag that has not ended.
const HOLDING: &str = "is_set AND ends_at > $1 AND number = (SELECT max(later.number) FROM flags later \
     WHERE later.subject_kind = flags.subject_kind AND later.subject = flags.subject)";

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
        let active = self.read_flag(subject, time).await?;
        if let Some(longer) = active.filter(|active| active.until > until) {
            // An admin's, for example: who goes on is not let off earlier.
            let left = u64::try_from(longer.until - time.wall).unwrap_or_default();
            let left = Duration::from_millis(left);
            self.insert_flag(&longer, Some(left), time).await?;
            return Ok(longer);
        }
        let minutes = rule.window.as_secs().div_ceil(60);
        let flag = AccountFlag {
            subject: subject.clone(),
            since: time.wall,
            until,
            reason: format!("{} violations within {minutes} minutes", rule.threshold),
            actor: AuditEvent::SERVICE.to_owned(),
        };
        self.insert_flag(&flag, Some(rule.duration), time).await?;
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
        let active = self.read_flag(&change.subject, time).await?;
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
        self.insert_flag(&flag, change.duration, time).await?;
        let event = flag_event(action, &flag).from_address(change.address.as_ref());
        self.insert_event(&event, time).await?;
        Ok(match change.duration {
            None => active,
            Some(_) => Some(flag),
        })
    }

    /// Inserts a row that sets a flag, or lifts it if there is no duration.
    async fn insert_flag(
        &mut self,
        flag: &AccountFlag,
        duration: Option<Duration>,
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
        .bind(duration.is_some())
        .bind(flag.since)
        .bind(flag.until)
        .bind(end_of(time.steady, duration.unwrap_or_default()))
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

    /// Returns the flag of a subject, unless it has ended.
    pub async fn read_flag(
        &mut self,
        subject: &FlagSubject,
        time: WriteTime,
    ) -> Result<Option<AccountFlag>, StoreError> {
        let select = format!(
            "SELECT {FLAG_COLUMNS} FROM flags \
             WHERE subject_kind = $2 AND subject = $3 AND {HOLDING}"
        );
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(time.steady)
            .bind(subject.kind.as_str().to_owned())
            .bind(subject.name.clone())
            .fetch_optional(&mut *self.connection)
            .await?;
        row.as_ref().map(account_flag).transpose()
    }

    pub async fn read_flags(&mut self, time: WriteTime) -> Result<Vec<AccountFlag>, StoreError> {
        let select = format!(
            "SELECT {FLAG_COLUMNS} FROM flags WHERE {HOLDING} ORDER BY number DESC LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(time.steady)
            .bind(i64::from(MAX_LISTED_FLAGS))
            .fetch_all(&mut *self.connection)
            .await?;
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
