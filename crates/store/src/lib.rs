//! Submissions and problems, durable.
//!
//! Everything is reached through the [`Store`] trait; [`SqliteStore`] is the implementation for
//! one machine, and [`PostgresStore`] the one for many. `tests/contract.rs` says in code what every implementation promises.
//!
//! Invariants, as absences:
//! - A final verdict is never changed: the first [`Store::finish`] wins, later ones do nothing.
//! - No id is answered before its submission is on disk.
//! - A half-copied problem package is never visible: it is renamed into place when it is complete.
//! - No package tree is removed while a judge may read it: of one machine's only
//!   [`SqliteStore::lock_for_serving`] sweeps, before any judging starts; a cache counts the users.
//! - Nothing of a package's size is ever in memory.
//! - Nothing in here runs code, parses packages or knows what a test is.

mod blocking;
mod cache;
mod claims;
mod clock;
mod contents;
mod error;
mod locks;
mod migrations;
mod packages;
mod postgres;
mod sqlite;
mod store;
mod tree;

pub use error::StoreError;
pub use locks::ServeLock;
pub use migrations::{Migration, MigrationState};
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use store::{
    Claim, MAX_PAGE_SIZE, OpenSubmission, PackageDigest, ProblemPackage, Store, SubmissionFilter,
    SubmissionPage, ToJudge,
};
