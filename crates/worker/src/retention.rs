//! Retention: what is older than the operator keeps it is deleted, a few rows at a time.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use letscode_store::{Store, StoreError};

use crate::metrics;

/// Interval between two looks for what is old.
const INTERVAL: Duration = Duration::from_secs(600);
/// Rows in one transaction, which other writes wait for.
const BATCH: u32 = 100;
/// Pause between two transactions, in which others write.
const PAUSE: Duration = Duration::from_millis(200);

/// Times for which things are kept; `None` is for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Retention {
    pub submissions: Option<Duration>,
    /// Audit events, violations with their evidence, flags after their end, and API keys after theirs.
    pub audit: Option<Duration>,
}

/// Deletes what is old, until the task is aborted.
pub(crate) async fn watch_over(store: Arc<dyn Store>, retention: Retention) {
    loop {
        if let Some(keep) = retention.submissions {
            log("submissions", delete_submissions(&*store, keep).await);
        }
        // Also where all is kept: it moves the clock by which flags end.
        let keep = retention.audit.unwrap_or(Duration::MAX);
        log("audit", delete_audit(&*store, keep).await);
        if retention.audit.is_some() {
            log("keys", store.delete_ended_keys(time_before(keep)).await);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

fn log(what: &'static str, deleted: Result<u64, StoreError>) {
    match deleted {
        Ok(0) => {}
        Ok(count) => {
            metrics::swept(what, count);
            tracing::info!(count, what, "deleted what is old");
        }
        Err(error) => tracing::warn!(%error, what, "what is old could not be deleted"),
    }
}

async fn delete_submissions(store: &dyn Store, keep: Duration) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        let deleted = store.delete_submissions(time_before(keep), BATCH).await?;
        total += deleted;
        if deleted < u64::from(BATCH) {
            return Ok(total);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn delete_audit(store: &dyn Store, keep: Duration) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        let deleted = store.delete_audit(keep, BATCH).await?;
        total += deleted;
        // It may have been a batch of each table.
        if deleted < u64::from(BATCH) {
            return Ok(total);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns the time that was so long ago, in Unix milliseconds.
fn time_before(keep: Duration) -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let before = since_epoch.unwrap_or_default().saturating_sub(keep);
    i64::try_from(before.as_millis()).unwrap_or(0)
}
