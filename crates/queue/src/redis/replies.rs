//! Reports of runs, and kept runs, in Redis.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{JobId, KeptRun, RunReport, UserId};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;

use super::RedisBroker;
use super::background::spawn_cleanup;
use super::client::key;
use super::encoding::to_json;
use crate::kept::{LONGEST_RUN, MAX_KEPT_BYTES, MAX_KEPT_BYTES_OF_OWNER, MAX_KEPT_RUNS, kept_size};
use crate::sync::lock;
use crate::{OwnedRun, QueueError, Replies, RunWatch};

/// Lifetime of a watch: longer than any wait for a report.
const WATCH_TTL: Duration = Duration::from_secs(3600);
const REPORT_TTL: Duration = Duration::from_secs(60);
/// Longest time for which Redis keeps a run: far more than operators allow.
const MAX_KEEP_FOR: Duration = Duration::from_secs(366 * 24 * 3600);

#[async_trait]
impl Replies for RedisBroker {
    async fn watch_run(&self, id: JobId) -> Result<RunWatch, QueueError> {
        let (sender, report) = oneshot::channel();
        let follower = self.shared.follower.clone();
        let core = Arc::downgrade(self.core());
        lock(&follower.watches).insert(id, sender);
        // Made first, so that everything is undone if what follows fails or is cancelled.
        let watch = RunWatch::new(report, move |is_reported| {
            lock(&follower.watches).remove(&id);
            let Some(core) = core.upgrade() else { return };
            spawn_cleanup(async move {
                let cancel = core.client.call("end_watch");
                let cancel = cancel.arg(format!("r:{id}")).arg(id.to_string());
                let _: Result<u32, _> = cancel.arg(u8::from(is_reported)).run().await;
                core.changed.notify_one();
            });
        });
        let mut set = ::redis::cmd("SET");
        set.arg(watch_key(id))
            .arg(self.shared.follower.process())
            .arg("PX")
            .arg(WATCH_TTL.as_millis() as u64);
        self.core().client.command::<()>(&set).await?;
        Ok(watch)
    }

    async fn publish_report(&self, id: JobId, report: RunReport) -> Result<(), QueueError> {
        self.call("report")
            .arg(id.to_string())
            .arg(to_json(&report)?)
            .arg(REPORT_TTL.as_millis() as u64)
            .run()
            .await
    }

    async fn cancelled(&self, id: JobId) {
        // Before looking, so that nothing is missed in between.
        let mut ended = self.shared.follower.ended_watches.subscribe();
        loop {
            let mut exists = ::redis::cmd("EXISTS");
            exists.arg(watch_key(id));
            let is_watched = self.core().client.command::<u32>(&exists).await;
            if let Ok(0) = is_watched {
                return;
            }
            loop {
                match ended.recv().await {
                    Ok(other_id) if other_id == id => return,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return std::future::pending().await,
                }
            }
        }
    }

    async fn cancel_run(&self, id: JobId) -> Result<(), QueueError> {
        let call = self.call("end_watch").arg(format!("r:{id}"));
        let _: u32 = call.arg(id.to_string()).arg(0).run().await?;
        self.core().changed.notify_one();
        Ok(())
    }

    async fn keep_run(
        &self,
        owner: &UserId,
        run: &KeptRun,
        keep_for: Duration,
        age: Duration,
    ) -> Result<(), QueueError> {
        let keep_for = keep_for.clamp(Duration::from_millis(1), MAX_KEEP_FOR);
        self.call("keep_run")
            .arg(&owner.0)
            .arg(age.as_millis() as u64)
            .arg(run.id.to_string())
            .arg(to_json(run)?)
            .arg(keep_for.as_millis() as u64)
            .arg(kept_size(run))
            .arg(MAX_KEPT_BYTES)
            .arg(MAX_KEPT_BYTES_OF_OWNER)
            .arg(MAX_KEPT_RUNS)
            .run()
            .await
    }

    async fn forget_run(&self, id: JobId) -> Result<(), QueueError> {
        self.call("forget_run").arg(id.to_string()).run().await
    }

    async fn forget_runs(&self, owner: &UserId) -> Result<(), QueueError> {
        let call = self.call("forget_runs").arg(&owner.0);
        call.arg(LONGEST_RUN.as_millis() as u64).run().await
    }

    async fn cancel_runs(&self, user: &UserId) -> Result<(), QueueError> {
        let cancelled = self.call("cancel_runs").arg(&user.0).run().await;
        self.core().changed.notify_one();
        cancelled
    }

    async fn kept_run(&self, id: JobId) -> Result<Option<OwnedRun>, QueueError> {
        let kept: Option<(String, String)> =
            self.call("kept_run").arg(id.to_string()).run().await?;
        Ok(kept.and_then(|(owner, run)| {
            Some(OwnedRun {
                owner: UserId(owner),
                run: serde_json::from_str(&run).ok()?,
            })
        }))
    }
}

fn watch_key(id: JobId) -> String {
    key(format_args!("watch:{id}"))
}
