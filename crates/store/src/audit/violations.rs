use letscode_model::{
    AuditAction, AuditEvent, FlagSubject, FlagSubjectKind, NewViolation, RunStage, Violation,
};
use sqlx::{
    ColumnIndex, Database, Decode, Encode, Executor, IntoArguments, QueryBuilder, Row, Type,
};

use super::tables::{AuditTables, WriteTime};
use super::{EvidenceLimits, FlagRule, RecordedViolation, rows};
use crate::StoreError;
use crate::rows::{SubmissionRow, to_json};

/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

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
    for<'q> Vec<u8>: Encode<'q, DB> + Decode<'q, DB> + Type<DB>,
    for<'r> &'r str: ColumnIndex<DB::Row>,
{
    /// Inserts a violation, unless there is one of its origin. No other may be inserted meanwhile.
    pub async fn insert_violation(
        &mut self,
        violation: &NewViolation,
        evidence: Vec<u8>,
        rule: &FlagRule,
        time: WriteTime,
    ) -> Result<RecordedViolation, StoreError> {
        if let Some(id) = self.recorded_id(violation).await? {
            return Ok(RecordedViolation {
                id,
                is_new: false,
                flags: Vec::new(),
            });
        }
        if self.is_of_erased(violation, time).await? {
            return Err(StoreError::ErasedUser);
        }
        let id = self.insert_row(violation, time).await?;
        self.insert_evidence((id, violation), evidence, &rule.evidence, time)
            .await?;
        self.insert_event(&violation_event(id, violation), time)
            .await?;
        let mut flags = Vec::new();
        for subject in &violation.counts_against {
            if self.count_violations(subject, rule, time).await? >= i64::from(rule.threshold) {
                flags.push(self.insert_automatic_flag(subject, rule, time).await?);
            }
        }
        Ok(RecordedViolation {
            id,
            is_new: true,
            flags,
        })
    }

    async fn recorded_id(&mut self, violation: &NewViolation) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT number FROM violations WHERE origin = $1")
            .bind(violation.origin())
            .fetch_optional(&mut *self.connection)
            .await?;
        row.map(|row| row.integer("number")).transpose()
    }

    /// True if the user was erased after the work of a violation began.
    async fn is_of_erased(
        &mut self,
        violation: &NewViolation,
        time: WriteTime,
    ) -> Result<bool, StoreError> {
        let age = i64::try_from(violation.work_age.as_millis()).unwrap_or(i64::MAX);
        let row = sqlx::query(
            "SELECT count(*) AS erasures FROM erased_users \
             WHERE user_id = $1 AND (erased_at >= $2 OR $3)",
        )
        .bind(violation.user_id.0.clone())
        .bind(time.steady.saturating_sub(age))
        // An account's id never comes back.
        .bind(violation.user_id.is_account())
        .fetch_one(&mut *self.connection)
        .await?;
        Ok(row.integer("erasures")? > 0)
    }

    /// Inserts evidence, unless there is as much as the limits allow.
    async fn insert_evidence(
        &mut self,
        (id, violation): (i64, &NewViolation),
        content: Vec<u8>,
        limits: &EvidenceLimits,
        time: WriteTime,
    ) -> Result<(), StoreError> {
        let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO evidence (violation, content, user_id, address, kept_at, bytes) \
             SELECT $1, $2, $3, $4, $5, $6 \
             WHERE (SELECT count(*) FROM evidence WHERE user_id = $3 AND kept_at > $7) < $8 \
                 AND (SELECT count(*) FROM evidence WHERE address = $4 AND kept_at > $7) < $8 \
                 AND (SELECT coalesce(sum(bytes), 0) FROM evidence) + $6 <= $9",
        )
        .bind(id)
        .bind(content)
        .bind(violation.user_id.0.clone())
        .bind(counted(violation, FlagSubjectKind::Address))
        .bind(time.steady)
        .bind(bytes)
        .bind(time.steady.saturating_sub(DAY))
        .bind(i64::from(limits.per_day))
        .bind(i64::try_from(limits.total_bytes).unwrap_or(i64::MAX))
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    async fn insert_row(
        &mut self,
        violation: &NewViolation,
        time: WriteTime,
    ) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "INSERT INTO violations \
                 (origin, at, counted_at, user_id, counted_user, counted_address, record) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number",
        )
        .bind(violation.origin())
        .bind(time.wall)
        .bind(time.steady)
        .bind(violation.user_id.0.clone())
        .bind(counted(violation, FlagSubjectKind::User))
        .bind(counted(violation, FlagSubjectKind::Address))
        .bind(to_json(violation)?)
        .fetch_one(&mut *self.connection)
        .await?;
        row.integer("number")
    }

    /// Counts the violations of the window, since the last flag of the subject was set or lifted.
    async fn count_violations(
        &mut self,
        subject: &FlagSubject,
        rule: &FlagRule,
        time: WriteTime,
    ) -> Result<i64, StoreError> {
        let count = match subject.kind {
            FlagSubjectKind::User => {
                "SELECT count(*) AS violations FROM violations \
                 WHERE counted_user = $1 AND counted_at > $2 AND number > $3"
            }
            FlagSubjectKind::Address => {
                "SELECT count(*) AS violations FROM violations \
                 WHERE counted_address = $1 AND counted_at > $2 AND number > $3"
            }
        };
        let counted_before = self.last_counted(subject).await?;
        let window = i64::try_from(rule.window.as_millis()).unwrap_or(i64::MAX);
        let row = sqlx::query(count)
            .bind(subject.name.clone())
            .bind(time.steady.saturating_sub(window))
            .bind(counted_before)
            .fetch_one(&mut *self.connection)
            .await?;
        row.integer("violations")
    }

    pub async fn read_violation(&mut self, id: i64) -> Result<Option<Violation>, StoreError> {
        let mut query = QueryBuilder::<DB>::new(rows::SELECT_VIOLATIONS);
        query.push(" WHERE number = ").push_bind(id);
        let row = query.build().fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(rows::violation).transpose()
    }

    pub async fn read_evidence(&mut self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT content FROM evidence WHERE violation = $1")
            .bind(id)
            .fetch_optional(&mut *self.connection)
            .await?;
        Ok(row.map(|row| row.try_get("content")).transpose()?)
    }
}

/// Returns the subject of a kind that a violation counts against.
fn counted(violation: &NewViolation, kind: FlagSubjectKind) -> Option<String> {
    let mut subjects = violation.counts_against.iter();
    let subject = subjects.find(|subject| subject.kind == kind);
    subject.map(|subject| subject.name.clone())
}

fn violation_event(id: i64, violation: &NewViolation) -> AuditEvent {
    let call = violation.call.as_ref();
    let mut event = AuditEvent::new(AuditAction::Violation, &violation.user_id.0)
        .from_address(violation.address.as_ref())
        .on(&format!("violation {id}"))
        .with("kind", violation.kind.as_str())
        .with("language", &violation.language);
    if let Some(call) = call {
        event = event
            .with("call", &call.name)
            .with("arguments", call.arguments.join(", "));
    }
    if violation.stage == RunStage::Check {
        event = event.with("program", "checker");
    }
    event
}
