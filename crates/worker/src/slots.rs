//! The slots: each takes one job after another.

use letscode_model::Job;
use letscode_queue::{Lease, ReleaseOptions};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::{RETRY_PAUSE, WorkerError};
use crate::metrics::{self, BusySlot};
use crate::recovery;
use crate::submission::LeasedSubmission;
use crate::worker::{Worker, log_return};

/// Deliveries of a job before it is given up: its worker died each time, or judging panicked. While
/// the store or the queue is out of reach a job waits for as long as that takes. Errors that the judge
/// can name end as Internal Error at once.
const MAX_DELIVERIES: u32 = 5;

impl Worker {
    /// Works until `stop` becomes true; then finishes the jobs that it has leased.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let recovering = tokio::spawn(recovery::watch_over(
            self.store.clone(),
            self.broker.jobs.clone(),
        ));
        let reporting = tokio::spawn(metrics::report_slots(self.capacity));
        let mut tasks = JoinSet::new();
        for _ in 0..self.capacity {
            tasks.spawn(self.clone().run_slot(stop.clone()));
        }
        tasks.spawn(self.clone().follow_hints(stop));
        while tasks.join_next().await.is_some() {}
        recovering.abort();
        reporting.abort();
        if let Err(error) = self.broker.workers.withdraw(&self.id).await {
            tracing::warn!(%error, "the worker could not be withdrawn from the queue");
        }
    }

    async fn run_slot(self, mut stop: watch::Receiver<bool>) {
        loop {
            let leased = tokio::select! {
                // First, or a slot goes on as long as there are jobs.
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                leased = self.broker.jobs.lease() => leased,
            };
            match leased {
                Ok(lease) => self.work(lease).await,
                Err(error) => {
                    tracing::error!(%error, "no job could be leased");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn work(&self, lease: Lease) {
        let _busy = BusySlot::occupy();
        let result = match lease.job.clone() {
            // The cause is unknown: each worker died of it, or was killed.
            _ if lease.deliveries > MAX_DELIVERIES => Err(WorkerError::Deadly(MAX_DELIVERIES)),
            Job::Judge {
                submission_id,
                user_id,
                ..
            } => {
                let submission = LeasedSubmission {
                    id: submission_id,
                    user: user_id,
                    lease: lease.id.clone(),
                };
                self.judge(submission).await
            }
            Job::RunSnippet { id, snippet, .. } => {
                self.run_snippet(id, snippet, lease.id.clone()).await
            }
        };
        if let Err(error) = result {
            self.return_failed(lease, &error).await;
        }
    }

    /// Returns a job that failed to the queue, or gives it up.
    async fn return_failed(&self, lease: Lease, error: &WorkerError) {
        let returned = if error.is_outage() {
            tracing::warn!(%error, job = ?lease.job, "a job waits for the end of an outage");
            tokio::time::sleep(RETRY_PAUSE).await;
            let options = ReleaseOptions {
                count_attempt: false,
            };
            self.broker.jobs.release(lease.id, options).await
        } else if lease.deliveries < MAX_DELIVERIES {
            tracing::error!(%error, job = ?lease.job, "a job failed and will be tried again");
            tokio::time::sleep(RETRY_PAUSE).await;
            let options = ReleaseOptions {
                count_attempt: true,
            };
            self.broker.jobs.release(lease.id, options).await
        } else {
            tracing::error!(%error, job = ?lease.job, "a job failed for the last time");
            self.give_up(lease, error).await
        };
        log_return(returned);
    }
}
