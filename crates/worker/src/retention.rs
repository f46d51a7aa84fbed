//! Retention: submissions that are older than the operator keeps them are deleted, a few at a time.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use letscode_store::{Store, StoreError};

/// Interval between two looks for old submissions.
const INTERVAL: Duration = Duration::from_secs(600);
/// Submissions in one transaction, which other writes wait for.
const BATCH: u32 = 100;
/// Pause between two transactions, in which others write.
const PAUSE: Duration = Duration::from_millis(200);

/// Deletes submissions that are older than `keep`, until the task is aborted.
pub(crate) async fn watch_over(store: Arc<dyn Store>, keep: Duration) {
    loop {
        match delete_older_than(&*store, keep).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "deleted old submissions"),
            Err(error) => tracing::warn!(%error, "old submissions could not be deleted"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn delete_older_than(store: &dyn Store, keep: Duration) -> Result<u64, StoreError> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let before = since_epoch.unwrap_or_default().saturating_sub(keep);
    let before = i64::try_from(before.as_millis()).unwrap_or(0);
    let mut total = 0;
    loop {
        let deleted = store.delete_submissions(before, BATCH).await?;
        total += deleted;
        if deleted < u64::from(BATCH) {
            return Ok(total);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
