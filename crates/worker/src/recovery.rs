//! Recovery: submissions that are open in the store, and that the queue may have lost, are queued
//! again.

use std::sync::Arc;

use letscode_queue::{Broker, JobQueue};
use letscode_store::Store;

use crate::error::{RETRY_PAUSE, WorkerError};
use crate::rejudges;

/// Recovers whenever the queue demands it, until the task is aborted.
pub(crate) async fn watch_over(store: Arc<dyn Store>, broker: Broker) {
    loop {
        broker.jobs.recovery_due().await;
        while let Err(error) = recover(&*store, &*broker.jobs).await {
            tracing::warn!(%error, "open submissions could not be queued again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        rejudges::queue_next(&*store, &broker).await;
    }
}

/// Queues all open submissions, oldest first. The queue ignores jobs that it has already.
async fn recover(store: &dyn Store, queue: &dyn JobQueue) -> Result<(), WorkerError> {
    let before = queue.status().await?;
    for submission in store.open_submissions().await? {
        queue.readmit(submission.to_job()).await?;
    }
    let after = queue.status().await?;
    if after.queued > before.queued {
        let count = after.queued - before.queued;
        tracing::info!(count, "queued submissions that were left open");
    }
    Ok(())
}
