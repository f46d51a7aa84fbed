//! The state that all clones of one broker share.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use letscode_model::{Job, JobId, RunReport, SystemStatus};
use tokio::sync::{Notify, oneshot};

use super::hint_table::HintTable;
use super::job_table::JobTable;
use super::kept_runs::KeptRuns;
use super::published_verdicts::PublishedVerdicts;
use crate::known_workers::KnownWorkers;
use crate::streams::EventHub;
use crate::sync::lock;
use crate::{Lease, LeaseId, QueueError, QueueSettings, ReleaseOptions};

pub(super) struct BrokerState {
    pub settings: QueueSettings,
    pub jobs: Mutex<JobTable>,
    /// Wakes one worker per job.
    pub job_ready: Notify,
    /// Wakes all who wait for a newcomer's job: one may be there.
    pub newcomer_ready: Notify,
    started: Instant,
    pub hints: Mutex<HintTable>,
    /// Wakes a waiter for hints: one has come, or the queue may have become idle.
    pub hint_due: Notify,
    pub hub: EventHub,
    pub workers: Mutex<KnownWorkers>,
    pub watches: Mutex<HashMap<JobId, oneshot::Sender<RunReport>>>,
    /// Wakes the workers of runs: a watch has ended.
    pub watch_ended: Notify,
    pub kept_runs: Mutex<KeptRuns>,
    pub was_recovered: AtomicBool,
    pub published_verdicts: Mutex<PublishedVerdicts>,
    /// Wakes the notifier: a position or the load has changed.
    pub changed: Arc<Notify>,
}

impl BrokerState {
    pub fn new(settings: QueueSettings) -> Self {
        BrokerState {
            hub: EventHub::new(settings.max_streams),
            settings,
            jobs: Mutex::default(),
            job_ready: Notify::new(),
            newcomer_ready: Notify::new(),
            started: Instant::now(),
            hints: Mutex::default(),
            hint_due: Notify::new(),
            workers: Mutex::default(),
            watches: Mutex::default(),
            watch_ended: Notify::new(),
            kept_runs: Mutex::default(),
            was_recovered: AtomicBool::new(false),
            published_verdicts: Mutex::default(),
            changed: Arc::default(),
        }
    }

    /// Milliseconds since the start.
    pub fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Leases the next job, if one waits; with `newcomers_only`, of an address with nothing running.
    pub fn take(&self, newcomers_only: bool) -> Option<Lease> {
        let quantum = self.settings.quantum_millis();
        lock(&self.jobs).take(newcomers_only, quantum, self.now())
    }

    /// Queues a job and returns its position.
    pub fn enqueue(&self, jobs: &mut JobTable, job: Job) -> u32 {
        let position = jobs.push_back(job, self.now(), |owner, event| {
            self.hub.publish(owner, event);
        });
        self.job_ready.notify_one();
        self.newcomer_ready.notify_waiters();
        self.changed.notify_one();
        position
    }

    pub fn release(&self, lease: &LeaseId, options: ReleaseOptions) -> Result<(), QueueError> {
        lock(&self.jobs).release(lease, options, self.now())?;
        self.job_ready.notify_one();
        self.newcomer_ready.notify_waiters();
        self.changed.notify_one();
        Ok(())
    }

    /// Cancels a run whose watch was dropped, or is to end. Code and input can be megabytes, so the job
    /// is removed too, unless it is leased.
    pub fn cancel_run(&self, id: JobId) {
        let unreported = lock(&self.watches).remove(&id).is_some();
        if unreported {
            lock(&self.jobs).remove_run(id);
            self.watch_ended.notify_waiters();
            self.changed.notify_one();
            self.hint_due.notify_one();
        }
    }

    pub fn status(&self) -> SystemStatus {
        let (queued, running) = lock(&self.jobs).counts();
        let capacity = lock(&self.workers).capacity();
        SystemStatus {
            queued,
            running,
            capacity,
        }
    }

    /// Publishes the positions that have changed, and the load.
    pub fn notify_users(&self) {
        lock(&self.jobs).publish_positions(self.settings.exact_positions, |owner, event| {
            self.hub.publish(owner, event);
        });
        self.hub.publish_status(self.status());
    }
}

impl Drop for BrokerState {
    fn drop(&mut self) {
        // The notifier wakes, finds that the broker has ended, and ends too.
        self.changed.notify_one();
    }
}
