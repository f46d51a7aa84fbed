//! What the store knows to be open and the queue may not know of: it is queued again.

use std::sync::Arc;

use letscode_model::{Job, Lane};
use letscode_queue::JobQueue;
use letscode_store::Store;

use crate::{RETRY_PAUSE, WorkerError};

/// Goes on until it is stopped.
pub async fn watch_over(store: Arc<dyn Store>, queue: Arc<dyn JobQueue>) {
    loop {
        queue.recovery_due().await;
        while let Err(error) = recover(&*store, &*queue).await {
            tracing::warn!(%error, "what is open could not be queued again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

/// Oldest first. The queue leaves what it has where it is.
async fn recover(store: &dyn Store, queue: &dyn JobQueue) -> Result<(), WorkerError> {
    let before = queue.status().await?;
    for one in store.open_submissions().await? {
        let job = Job::Judge {
            submission_id: one.id,
            user_id: one.user_id,
            lane: Lane::of_submission(one.is_custom_test),
        };
        queue.readmit(job).await?;
    }
    let after = queue.status().await?;
    if after.queued > before.queued {
        let count = after.queued - before.queued;
        tracing::info!(count, "queued submissions that were left open");
    }
    Ok(())
}
