//! The audit log, violations with their evidence, and flags: what both stores promise.
//!
//! Rows are added and, when they are old, deleted. None is ever changed, but that an erased user has
//! another name in it. What is answered is on disk.

mod both;
mod erasure;
mod evidence;
mod flags;
mod rows;
mod sweep;
mod tables;
mod violations;

use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{
    AccountFlag, AuditAction, AuditEntry, AuditEvent, FlagSubject, NewViolation, UserId, Violation,
    ViolationEvidence,
};

use crate::StoreError;

pub(crate) use evidence::{pack, unpack};
pub(crate) use tables::{AuditTables, WriteTime};

/// Keeps who did what, and who tried what is not allowed.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds an event to the audit log. It survives a power failure once this returns.
    async fn record_audit(&self, event: &AuditEvent) -> Result<(), StoreError>;

    /// Returns matching events, newest first. Pages are stable, as those of submissions.
    async fn list_audit(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError>;

    /// Records a violation with its evidence, and flags whom it counts against if it is one too many;
    /// both are in the audit log as well. All of it in one transaction, durable once this returns.
    ///
    /// Of one [`NewViolation::origin`] the first is recorded, and later ones change nothing. Evidence is
    /// kept within [`FlagRule::evidence`]. [`StoreError::ErasedUser`] for work of somebody who was erased
    /// meanwhile.
    async fn record_violation(
        &self,
        violation: &NewViolation,
        evidence: ViolationEvidence,
        rule: &FlagRule,
    ) -> Result<RecordedViolation, StoreError>;

    /// Returns matching violations, newest first.
    async fn list_violations(&self, filter: &ViolationFilter) -> Result<ViolationPage, StoreError>;

    async fn violation(&self, id: i64) -> Result<Option<Violation>, StoreError>;

    /// Returns the evidence of a violation.
    async fn evidence(&self, id: i64) -> Result<Option<ViolationEvidence>, StoreError>;

    /// Sets or lifts a flag, and records that in the audit log. Returns the flag that was set or
    /// lifted; `None` if there was none to lift.
    async fn change_flag(&self, change: &FlagChange) -> Result<Option<AccountFlag>, StoreError>;

    /// Returns a flag of any of these that has not ended, that of an address first.
    async fn active_flag(
        &self,
        subjects: &[FlagSubject],
    ) -> Result<Option<AccountFlag>, StoreError>;

    /// Returns all flags that have not ended, newest first; at most [`MAX_LISTED_FLAGS`].
    async fn list_flags(&self) -> Result<Vec<AccountFlag>, StoreError>;

    /// Deletes the oldest audit events, violations with their evidence, and ended flags that were kept
    /// for so long: at most `limit` of each. Returns how many.
    ///
    /// Ages are counted by a clock of the store's own. Between two writes it moves by a quarter of an
    /// hour at most, and never back: whatever the wall clock does, what is young stays, and flags hold. It is to be
    /// called more often than that, with [`Duration::MAX`] where everything is kept.
    async fn delete_audit(&self, keep: Duration, limit: u32) -> Result<u64, StoreError>;
}

/// Largest number of flags that [`AuditStore::list_flags`] returns.
pub const MAX_LISTED_FLAGS: u32 = 1000;

/// The number of violations that flag a user, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagRule {
    pub threshold: u32,
    /// Time in which so many violations flag.
    pub window: Duration,
    /// Time after which a flag ends.
    pub duration: Duration,
    pub evidence: EvidenceLimits,
}

/// Bounds of the evidence that is kept. A violation beyond them is recorded, and counts, without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidenceLimits {
    /// Violations with evidence within 24 hours, of one user and of one address.
    pub per_day: u32,
    /// Size of all evidence together.
    pub total_bytes: u64,
}

impl Default for EvidenceLimits {
    /// The twentieth violation of a day shows no more than those before it. 1 GiB is at least 500
    /// violations.
    fn default() -> Self {
        EvidenceLimits {
            per_day: 20,
            total_bytes: 1 << 30,
        }
    }
}

impl Default for FlagRule {
    /// Five violations in an hour flag for a day.
    fn default() -> Self {
        FlagRule {
            threshold: 5,
            window: Duration::from_secs(60 * 60),
            duration: Duration::from_secs(24 * 60 * 60),
            evidence: EvidenceLimits::default(),
        }
    }
}

/// Result of [`AuditStore::record_violation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedViolation {
    pub id: i64,
    /// False if it was recorded before.
    pub is_new: bool,
    /// Flags that it has set.
    pub flags: Vec<AccountFlag>,
}

/// Setting or lifting a flag by an admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagChange {
    pub subject: FlagSubject,
    /// Time after which the flag ends; `None` lifts it.
    pub duration: Option<Duration>,
    pub reason: String,
    /// Actor and address of the audit event.
    pub actor: String,
    pub address: Option<String>,
}

/// Selects the events that [`AuditStore::list_audit`] returns. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Actor or subject.
    pub user: Option<String>,
    pub action: Option<AuditAction>,
    /// Earliest time, in Unix milliseconds.
    pub since: Option<i64>,
    /// Only events before this id: that of the last one on the page before.
    pub before: Option<i64>,
    /// Size of the page, clamped to 1..=[`crate::MAX_PAGE_SIZE`]; the largest when absent.
    pub limit: Option<u32>,
}

/// Selects the violations that [`AuditStore::list_violations`] returns. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct ViolationFilter {
    pub user_id: Option<UserId>,
    /// Earliest time, in Unix milliseconds.
    pub since: Option<i64>,
    /// Only violations before this id: that of the last one on the page before.
    pub before: Option<i64>,
    /// Size of the page, as of [`AuditFilter::limit`].
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// `before` of the next page; absent on the last one.
    pub next_before: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ViolationPage {
    pub violations: Vec<Violation>,
    /// `before` of the next page; absent on the last one.
    pub next_before: Option<i64>,
}
