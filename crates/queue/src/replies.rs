//! Reports of snippets, sent back to the process that waits for them.

use async_trait::async_trait;
use letscode_model::{JobId, SnippetReport};
use tokio::sync::oneshot;

use crate::QueueError;

/// Carries the reports of ad-hoc runs from the workers to whoever requested them.
#[async_trait]
pub trait Replies: Send + Sync {
    /// Waits for a snippet's report. To be called before the job is pushed. Dropping the watch
    /// cancels it: a job that still waits may then be skipped.
    async fn watch_snippet(&self, id: JobId) -> Result<SnippetWatch, QueueError>;

    /// Sends a report to its watcher, if there is one.
    async fn publish_snippet(&self, id: JobId, report: SnippetReport) -> Result<(), QueueError>;
}

/// Waits for one snippet's report. Dropping it cancels the wait.
pub struct SnippetWatch {
    report: oneshot::Receiver<SnippetReport>,
    on_drop: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl SnippetWatch {
    /// Made by a backend: `report` will yield the report, and `on_drop` runs when the watch ends,
    /// with or without one.
    pub fn new(
        report: oneshot::Receiver<SnippetReport>,
        on_drop: impl FnOnce() + Send + Sync + 'static,
    ) -> Self {
        SnippetWatch {
            report,
            on_drop: Some(Box::new(on_drop)),
        }
    }

    /// Returns the report, or `None` when the broker went away and none will come.
    pub async fn report(mut self) -> Option<SnippetReport> {
        (&mut self.report).await.ok()
    }
}

impl Drop for SnippetWatch {
    fn drop(&mut self) {
        if let Some(on_drop) = self.on_drop.take() {
            on_drop();
        }
    }
}
