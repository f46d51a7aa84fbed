use letscode_model::{
    AccountFlag, AuditEvent, FlagSubject, NewViolation, Violation, ViolationEvidence,
};

use super::{
    AuditFilter, AuditPage, AuditStore, FlagChange, FlagRule, RecordedViolation, ViolationFilter,
    ViolationPage, pack, unpack,
};
use crate::StoreError;

for_both_stores! {
impl AuditStore {
    async fn record_audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        let mut transaction = self.begin_audit().await?;
        let time = self.write_time(&mut transaction).await?;
        Self::audit_tables(&mut transaction)
            .insert_event(event, time)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn list_audit(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        Self::audit_tables(&mut connection)
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
        let recorded = Self::audit_tables(&mut transaction)
            .insert_violation(violation, evidence, rule, time)
            .await?;
        transaction.commit().await?;
        Ok(recorded)
    }

    async fn list_violations(&self, filter: &ViolationFilter) -> Result<ViolationPage, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        Self::audit_tables(&mut connection)
            .read_violations(filter)
            .await
    }

    async fn violation(&self, id: i64) -> Result<Option<Violation>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        Self::audit_tables(&mut connection)
            .read_violation(id)
            .await
    }

    async fn evidence(&self, id: i64) -> Result<Option<ViolationEvidence>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        let content = Self::audit_tables(&mut connection)
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
        let flag = Self::audit_tables(&mut transaction)
            .insert_flag_change(change, time)
            .await?;
        transaction.commit().await?;
        Ok(flag)
    }

    async fn active_flag(
        &self,
        subjects: &[FlagSubject],
    ) -> Result<Option<AccountFlag>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        let time = self.write_time(&mut connection).await?;
        for subject in subjects {
            let mut tables = Self::audit_tables(&mut connection);
            if let Some(flag) = tables.read_flag(subject, time).await? {
                return Ok(Some(flag));
            }
        }
        Ok(None)
    }

    async fn list_flags(&self) -> Result<Vec<AccountFlag>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        let time = self.write_time(&mut connection).await?;
        Self::audit_tables(&mut connection)
            .read_flags(time)
            .await
    }

    async fn delete_audit(&self, before: i64, limit: u32) -> Result<u64, StoreError> {
        let mut transaction = self.begin_audit().await?;
        let deleted = Self::audit_tables(&mut transaction)
            .delete_before(before, limit)
            .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}
}
