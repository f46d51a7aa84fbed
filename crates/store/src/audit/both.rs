use std::time::Duration;

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
        let mut tables = self.audit_tables(&mut transaction);
        let time = tables.advance_clock().await?;
        tables.insert_event(event, time).await?;
        Ok(transaction.commit().await?)
    }

    async fn list_audit(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        self.audit_tables(&mut connection)
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
        if let Some(id) = violation.submission_id
            && !Self::has_submission(&mut transaction, id).await?
        {
            return Err(StoreError::ErasedUser);
        }
        let mut tables = self.audit_tables(&mut transaction);
        let time = tables.advance_clock().await?;
        let recorded = tables
            .insert_violation(violation, evidence, rule, time)
            .await?;
        transaction.commit().await?;
        Ok(recorded)
    }

    async fn list_violations(&self, filter: &ViolationFilter) -> Result<ViolationPage, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        self.audit_tables(&mut connection)
            .read_violations(filter)
            .await
    }

    async fn violation(&self, id: i64) -> Result<Option<Violation>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        self.audit_tables(&mut connection)
            .read_violation(id)
            .await
    }

    async fn evidence(&self, id: i64) -> Result<Option<ViolationEvidence>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        let content = self.audit_tables(&mut connection)
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
        let mut tables = self.audit_tables(&mut transaction);
        let time = tables.advance_clock().await?;
        let flag = tables.insert_flag_change(change, time).await?;
        transaction.commit().await?;
        Ok(flag)
    }

    async fn active_flag(
        &self,
        subjects: &[FlagSubject],
    ) -> Result<Option<AccountFlag>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        self.audit_tables(&mut connection)
            .read_flag(subjects)
            .await
    }

    async fn list_flags(&self) -> Result<Vec<AccountFlag>, StoreError> {
        let mut connection = self.read_pool().acquire().await?;
        self.audit_tables(&mut connection).read_flags().await
    }

    async fn delete_audit(&self, keep: Duration, limit: u32) -> Result<u64, StoreError> {
        let mut transaction = self.begin_audit().await?;
        let mut tables = self.audit_tables(&mut transaction);
        let time = tables.advance_clock().await?;
        tables.forget_erasures(time).await?;
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let deleted = tables
            .delete_before(time.steady.saturating_sub(keep), limit)
            .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}
}
