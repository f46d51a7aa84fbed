//! Reports of ad-hoc runs, sent back to the process that waits for them.

use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{JobId, KeptRun, RunReport, UserId};
use tokio::sync::oneshot;

use crate::QueueError;

/// Carries the reports of ad-hoc runs from the workers to whoever requested them, and the news that
/// nobody waits any more the other way.
#[async_trait]
pub trait Replies: Send + Sync {
    /// Waits for a run's report. To be called before the job is pushed. Dropping the watch cancels the
    /// run: a job that still waits may then be skipped, and [`Replies::cancelled`] reaches its worker.
    async fn watch_run(&self, id: JobId) -> Result<RunWatch, QueueError>;

    /// Sends a report to its watcher, if there is one.
    async fn publish_report(&self, id: JobId, report: RunReport) -> Result<(), QueueError>;

    /// Waits until nobody watches a run, for the worker that has it. Safe to cancel. May miss it while
    /// the broker is out of reach.
    async fn cancelled(&self, id: JobId);

    /// Ends the watch of a run, wherever it is.
    async fn cancel_run(&self, id: JobId) -> Result<(), QueueError>;

    /// Keeps a run for a time, in place of what is kept under its id. Room is bounded: where it ends,
    /// the oldest of the same owner go first. `age`: time since the run began; nothing is kept of one from
    /// before its owner was forgotten.
    async fn keep_run(
        &self,
        owner: &UserId,
        run: &KeptRun,
        keep_for: Duration,
        age: Duration,
    ) -> Result<(), QueueError>;

    /// Forgets a run that is kept.
    async fn forget_run(&self, id: JobId) -> Result<(), QueueError>;

    /// Forgets all runs that are kept for an owner, and keeps none any more that have begun.
    async fn forget_runs(&self, owner: &UserId) -> Result<(), QueueError>;

    /// Ends the watches of all runs of a user that wait or go on.
    async fn cancel_runs(&self, user: &UserId) -> Result<(), QueueError>;

    /// Returns a run that is kept.
    async fn kept_run(&self, id: JobId) -> Result<Option<OwnedRun>, QueueError>;
}

/// A run that is kept, and for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedRun {
    pub owner: UserId,
    pub run: KeptRun,
}

/// Called when a watch ends; true if its report had come.
type OnDrop = Box<dyn FnOnce(bool) + Send + Sync>;

/// Waits for one run's report. Dropping it cancels the run.
pub struct RunWatch {
    report: oneshot::Receiver<RunReport>,
    is_reported: bool,
    on_drop: Option<OnDrop>,
}

impl RunWatch {
    /// Made by a backend: `report` will yield the report, and `on_drop` runs when the watch ends,
    /// with or without one.
    pub fn new(
        report: oneshot::Receiver<RunReport>,
        on_drop: impl FnOnce(bool) + Send + Sync + 'static,
    ) -> Self {
        RunWatch {
            report,
            is_reported: false,
            on_drop: Some(Box::new(on_drop)),
        }
    }

    /// Returns the report, or `None` when the run was cancelled or the broker went away.
    pub async fn report(mut self) -> Option<RunReport> {
        let report = (&mut self.report).await.ok();
        self.is_reported = report.is_some();
        report
    }
}

impl Drop for RunWatch {
    fn drop(&mut self) {
        if let Some(on_drop) = self.on_drop.take() {
            on_drop(self.is_reported);
        }
    }
}
