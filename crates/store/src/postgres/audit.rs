use async_trait::async_trait;
use letscode_model::{
    AccountFlag, AuditEvent, FlagSubject, NewViolation, Violation, ViolationEvidence,
};
use sqlx::{PgConnection, Postgres, Row, Transaction};

use super::PostgresStore;
use crate::audit::{AuditTables, WriteTime, pack, unpack};
use crate::{
    AuditFilter, AuditPage, AuditStore, FlagChange, FlagRule, RecordedViolation, StoreError,
    ViolationFilter, ViolationPage,
};

impl PostgresStore {
    /// Begins a transaction that no other writes beside: of two violations, one counts the other.
    async fn begin_audit(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut transaction = self.durable_pool.begin().await?;
        sqlx::query("LOCK TABLE violations IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    /// Returns the database's time, which is the same for all machines.
    async fn write_time(&self, connection: &mut PgConnection) -> Result<WriteTime, StoreError> {
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

#[async_trait]
impl AuditStore for PostgresStore {
    async fn record_audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        let mut transaction = self.begin_audit().await?;
        let time = self.write_time(&mut transaction).await?;
        AuditTables::<Postgres>::on(&mut transaction)
            .insert_event(event, time)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn list_audit(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        let mut connection = self.durable_pool.acquire().await?;
        AuditTables::<Postgres>::on(&mut connection)
            .read_events(filter)
            .await
    }

    async fn record_violation(
        &self,
        violation: &NewViolation,
        evidence: ViolationEvidence,
        rule: &FlagRule,
    ) -> Result<RecordedViolation, StoreError> {
        let evidence = pack(evidence).await?;
        let mut transaction = self.begin_audit().await?;
        let time = self.write_time(&mut transaction).await?;
        let recorded = AuditTables::<Postgres>::on(&mut transaction)
            .insert_violation(violation, evidence, rule, time)
            .await?;
        transaction.commit().await?;
        Ok(recorded)
    }

    async fn list_violations(&self, filter: &ViolationFilter) -> Result<ViolationPage, StoreError> {
        let mut connection = self.durable_pool.acquire().await?;
        AuditTables::<Postgres>::on(&mut connection)
            .read_violations(filter)
            .await
    }

    async fn violation(&self, id: i64) -> Result<Option<Violation>, StoreError> {
        let mut connection = self.durable_pool.acquire().await?;
        AuditTables::<Postgres>::on(&mut connection)
            .read_violation(id)
            .await
    }

    async fn evidence(&self, id: i64) -> Result<Option<ViolationEvidence>, StoreError> {
        let mut connection = self.durable_pool.acquire().await?;
        let content = AuditTables::<Postgres>::on(&mut connection)
            .read_evidence(id)
            .await?;
        drop(connection);
        match content {
            Some(content) => unpack(content).await.map(Some),
            None => Ok(None),
        }
    }

    async fn change_flag(&self, change: &FlagChange) -> Result<Option<AccountFlag>, StoreError> {
        let mut transaction = self.begin_audit().await?;
        let time = self.write_time(&mut transaction).await?;
        let flag = AuditTables::<Postgres>::on(&mut transaction)
            .insert_flag_change(change, time)
            .await?;
        transaction.commit().await?;
        Ok(flag)
    }

    async fn active_flag(
        &self,
        subjects: &[FlagSubject],
    ) -> Result<Option<AccountFlag>, StoreError> {
        let mut connection = self.durable_pool.acquire().await?;
        let time = self.write_time(&mut connection).await?;
        for subject in subjects {
            let mut tables = AuditTables::<Postgres>::on(&mut connection);
            if let Some(flag) = tables.read_flag(subject, time).await? {
                return Ok(Some(flag));
            }
        }
        Ok(None)
    }

    async fn list_flags(&self) -> Result<Vec<AccountFlag>, StoreError> {
        let mut connection = self.durable_pool.acquire().await?;
        let time = self.write_time(&mut connection).await?;
        AuditTables::<Postgres>::on(&mut connection)
            .read_flags(time)
            .await
    }

    async fn delete_audit(&self, before: i64, limit: u32) -> Result<u64, StoreError> {
        let mut transaction = self.begin_audit().await?;
        let deleted = AuditTables::<Postgres>::on(&mut transaction)
            .delete_before(before, limit)
            .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}
