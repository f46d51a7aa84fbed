//! Lease, judge, store, publish. Nothing else.
//!
//! A worker has a number of *slots*: it works on so many jobs at once. Each slot waits for a lease,
//! judges on a thread of its own (judging blocks), makes the verdict durable, publishes it, and only
//! then acknowledges the job. A worker that dies in between leaves the submission open in the store,
//! and it is judged again.
//!
//! One more task compiles drafts speculatively while the slots are idle (`hints.rs`), and another
//! queues submissions again that the queue may have lost (`recovery.rs`).
//!
//! Absent on purpose: no decision about verdicts (the judge's), no HTTP, no retry loop (the queue's).

mod error;
mod hints;
mod metrics;
mod operations;
mod packages;
mod progress;
mod recovery;
mod rejudges;
mod retention;
mod run;
mod slots;
mod submission;
mod upkeep;
mod violations;
mod worker;

pub use error::WorkerError;
pub use operations::{cancel_waiting, forget_user};
pub use retention::Retention;
pub use upkeep::look_after_caches;
pub use worker::Worker;
