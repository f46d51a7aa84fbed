//! The state that all clones of one broker share.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use letscode_model::{
    Job, JobId, JudgementKey, KeptRun, RunReport, SubmissionId, SystemStatus, UserId,
};
use tokio::sync::{Notify, broadcast, oneshot};

use super::answer_table::AnswerTable;
use super::hint_table::HintTable;
use super::job_table::{JobTable, PositionPace};
use super::published_verdicts::PublishedVerdicts;
use super::rate_table::RateTable;
use super::room::{Room, RoomLimits};
use crate::kept::{MAX_KEPT_BYTES, MAX_KEPT_BYTES_OF_OWNER, MAX_KEPT_RUNS};
use crate::known_workers::KnownWorkers;
use crate::streams::EventHub;
use crate::sync::lock;
use crate::{Lease, LeaseId, QueueError, QueueSettings, ReleaseOptions};

/// Cancelled judgements that a worker may be behind by before it looks for itself.
const MAX_CANCEL_NEWS: usize = 256;

const KEPT_RUN_LIMITS: RoomLimits = RoomLimits {
    bytes: MAX_KEPT_BYTES,
    bytes_of_owner: MAX_KEPT_BYTES_OF_OWNER,
    count: MAX_KEPT_RUNS,
};

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
    pub kept_runs: Mutex<Room<JobId, KeptRun>>,
    /// Times at which all runs of an owner were forgotten.
    pub forgotten_owners: Mutex<HashMap<UserId, Instant>>,
    pub answers: Arc<AnswerTable>,
    pub rates: RateTable,
    /// Judgements that were cancelled.
    pub cancelled: broadcast::Sender<SubmissionId>,
    /// Wakes the waiter for a place in the queue.
    pub place_freed: Notify,
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
            kept_runs: Mutex::new(Room::new(KEPT_RUN_LIMITS)),
            forgotten_owners: Mutex::default(),
            answers: Arc::default(),
            rates: RateTable::default(),
            cancelled: broadcast::Sender::new(MAX_CANCEL_NEWS),
            place_freed: Notify::new(),
            was_recovered: AtomicBool::new(false),
            published_verdicts: Mutex::default(),
            changed: Arc::default(),
        }
    }

    /// Milliseconds since the start.
    pub fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Leases the next job, if one waits; with `newcomers_only`, of a share with nothing running.
    pub fn take(&self, newcomers_only: bool) -> Option<Lease> {
        let quantum = self.settings.quantum_millis();
        let lease = lock(&self.jobs).take(newcomers_only, quantum, self.now())?;
        self.place_freed.notify_one();
        Some(lease)
    }

    /// Removes a judgement that waits, and tells the workers.
    pub fn cancel_judgement(&self, key: JudgementKey) -> bool {
        let waited = lock(&self.jobs).remove_judgement(key, self.now());
        if waited {
            self.after_removal();
            self.changed.notify_one();
            self.hint_due.notify_one();
        }
        // An error means that no worker judges.
        let _ = self.cancelled.send(key.submission_id);
        waited
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

    /// Wakes who may take a job after a lease has ended. `is_admitted`: a cap held one back until now.
    pub fn after_lease(&self, is_admitted: bool) {
        if is_admitted {
            self.job_ready.notify_one();
        }
        self.newcomer_ready.notify_waiters();
    }

    /// Wakes who waits for a place after jobs that waited were removed, and a worker: a job that a cap
    /// held back may have been admitted.
    pub fn after_removal(&self) {
        self.place_freed.notify_one();
        self.job_ready.notify_one();
        self.newcomer_ready.notify_waiters();
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
            lock(&self.jobs).remove_run(id, self.now());
            self.after_removal();
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

    /// Publishes positions that have changed, and the load. Returns true if some are left for later.
    pub fn notify_users(&self) -> bool {
        let pace = PositionPace {
            exact: u32::try_from(self.settings.exact_positions).unwrap_or(u32::MAX),
            interval: self.settings.position_interval_millis(),
        };
        let now = self.now();
        let is_unfinished = lock(&self.jobs).publish_positions(pace, now, |owner, event| {
            self.hub.publish(owner, event);
        });
        self.hub.publish_status(self.status());
        is_unfinished
    }
}

impl Drop for BrokerState {
    fn drop(&mut self) {
        // The notifier wakes, finds that the broker has ended, and ends too.
        self.changed.notify_one();
    }
}
