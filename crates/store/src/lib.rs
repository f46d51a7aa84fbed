//! Submissions, problems and accounts, durable.
//!
//! The [`Store`] trait has two implementations: [`SqliteStore`] for one machine and [`PostgresStore`]
//! for many. `tests/contract.rs` says in code what each of them promises.
//!
//! # Invariants
//!
//! - A judgement that has ended is never changed: the first [`Store::finish_judgement`] wins, later
//!   ones do nothing. A rejudge is another judgement beside it.
//! - No id is returned before its submission is on disk.
//! - A half-copied problem package is never visible: it is renamed into place when it is complete.
//! - No package tree is removed while a judge may read it: the store of one machine sweeps only in
//!   [`SqliteStore::lock_for_serving`], before any judging starts; the cache counts the users.
//! - No package is ever in memory as a whole.
//! - Nothing in here runs code, parses packages or knows what a test is.

#[macro_use]
mod both_stores;

mod accounts;
mod audit;
mod blocking;
mod cache;
mod clock;
mod contents;
mod database_row;
mod error;
mod folder_locks;
mod migrations;
mod old_users;
mod packages;
mod page;
mod postgres;
mod rows;
mod sqlite;
mod store;
mod tree;
mod trust;

pub use accounts::{
    AccessStore, AccountPage, AccountStore, AttemptLimit, AttemptStore, BrowserStore, ErasedUser,
    HistoryStore, IdentityStore, KeyStore, LanguageCount, MAX_CLAIMS, MAX_IDENTITIES, MAX_KEYS,
    MAX_LINKS, NewAccount, NewKey, NewRegistration, NewSession, PendingLogin, SessionStore,
    UnlinkedIdentity, UserProfile,
};
pub use audit::{
    AuditFilter, AuditPage, AuditStore, EvidenceLimits, FlagChange, FlagRule, MAX_LISTED_FLAGS,
    RecordedViolation, ViolationFilter, ViolationPage,
};
pub use error::StoreError;
pub use folder_locks::ServeLock;
pub use migrations::{Migration, MigrationState};
pub use postgres::{DatabaseAddress, PostgresStore};
pub use sqlite::SqliteStore;
pub use store::{
    CancelledJudgement, ClientVerdict, JudgeInput, MAX_OPEN_REJUDGES, MAX_PAGE_SIZE,
    OpenSubmission, PackageDigest, ProblemPackage, ProblemRecord, ReopenedSubmission, Store,
    SubmissionFilter, SubmissionPage,
};
