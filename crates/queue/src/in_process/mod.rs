//! The queue of one machine: everything in memory of one process.
//!
//! Two locks, taken in this order and never across an await: the jobs', then (inside the hub) the
//! events'. Events that tell of a job's place are appended while the jobs are locked, so that a
//! user never hears of a place that the job has left.

mod concluded;
mod hints;
mod jobs;
mod pulse;
mod turns;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use letscode_model::{Event, Hint, Job, JobId, LanguageInfo, SnippetReport, SystemStatus, UserId};
use tokio::sync::{Notify, oneshot};

use crate::events::{EventHub, lock};
use crate::registry::Registry;
use crate::{
    Buried, Lease, LeaseId, Permit, Queue, QueueError, QueueSettings, SnippetWatch, Subscription,
    WorkerInfo,
};
use concluded::Concluded;
use hints::Hints;
use jobs::{Bounds, Delivery, Jobs};

/// Jobs and events of one process. Cheap to clone: all clones are the same queue.
#[derive(Clone)]
pub struct InProcessQueue {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    settings: QueueSettings,
    jobs: Mutex<Jobs>,
    /// Wakes one worker per job.
    job_ready: Notify,
    hints: Mutex<Hints>,
    /// There is a hint, or the time for one may have come.
    hint_due: Notify,
    hub: EventHub,
    registry: Mutex<Registry>,
    watches: Mutex<HashMap<JobId, oneshot::Sender<SnippetReport>>>,
    was_recovered: AtomicBool,
    concluded: Mutex<Concluded>,
    /// Wakes the pulse: something that users are told of has changed.
    changed: Arc<Notify>,
}

impl InProcessQueue {
    /// Must be called inside a Tokio runtime: a small task tells users of their positions.
    pub fn new(settings: QueueSettings) -> Self {
        let shared = Arc::new(Shared {
            hub: EventHub::new(settings.max_streams),
            settings,
            jobs: Mutex::default(),
            job_ready: Notify::new(),
            hints: Mutex::default(),
            hint_due: Notify::new(),
            registry: Mutex::default(),
            watches: Mutex::default(),
            was_recovered: AtomicBool::new(false),
            concluded: Mutex::default(),
            changed: Arc::default(),
        });
        pulse::start(&shared);
        InProcessQueue { shared }
    }
}

impl Default for InProcessQueue {
    fn default() -> Self {
        InProcessQueue::new(QueueSettings::default())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The pulse finds nobody to tell and ends.
        self.changed.notify_one();
    }
}

impl Shared {
    fn enqueue(&self, jobs: &mut Jobs, job: Job) -> u32 {
        let position = jobs.push_back(job, |owner, event| {
            self.hub.publish(owner, event);
        });
        self.job_ready.notify_one();
        self.changed.notify_one();
        position
    }

    fn put_back(&self, lease: &LeaseId, delivery: Delivery) -> Result<(), QueueError> {
        lock(&self.jobs).release(lease, delivery)?;
        self.job_ready.notify_one();
        self.changed.notify_one();
        Ok(())
    }

    /// Whoever watched has left. Code and input can be megabytes, so the job goes too unless a
    /// worker has it.
    fn forget_snippet(&self, id: JobId) {
        let unreported = lock(&self.watches).remove(&id).is_some();
        if unreported {
            lock(&self.jobs).forget_snippet(id);
            self.changed.notify_one();
            self.hint_due.notify_one();
        }
    }

    fn status(&self) -> SystemStatus {
        let (queued, running) = lock(&self.jobs).counts();
        let capacity = lock(&self.registry).capacity();
        SystemStatus {
            queued,
            running,
            capacity,
        }
    }
}

struct InProcessPermit {
    shared: Arc<Shared>,
    user: UserId,
    used: bool,
}

#[async_trait]
impl Permit for InProcessPermit {
    async fn push(mut self: Box<Self>, job: Job) -> Result<u32, QueueError> {
        self.used = true;
        let mut jobs = lock(&self.shared.jobs);
        jobs.cancel_reservation(&self.user);
        Ok(self.shared.enqueue(&mut jobs, job))
    }
}

impl Drop for InProcessPermit {
    fn drop(&mut self) {
        if !self.used {
            lock(&self.shared.jobs).cancel_reservation(&self.user);
        }
    }
}

#[async_trait]
impl Queue for InProcessQueue {
    async fn reserve(&self, user: &UserId) -> Result<Box<dyn Permit>, QueueError> {
        let bounds = Bounds {
            all: self.shared.settings.max_waiting,
            of_one_user: self.shared.settings.max_waiting_of_user,
        };
        lock(&self.shared.jobs).reserve(user, bounds)?;
        Ok(Box::new(InProcessPermit {
            shared: self.shared.clone(),
            user: user.clone(),
            used: false,
        }))
    }

    async fn readmit(&self, job: Job) -> Result<u32, QueueError> {
        let mut jobs = lock(&self.shared.jobs);
        Ok(self.shared.enqueue(&mut jobs, job))
    }

    async fn lease(&self) -> Result<Lease, QueueError> {
        loop {
            // Stand in line before looking, so that two jobs wake two workers. A worker that is
            // woken and then cancelled, or finds its job at once, passes the wake-up on: that is
            // Notify's promise, and between taking a job and returning it there is no await.
            let mut ready = std::pin::pin!(self.shared.job_ready.notified());
            ready.as_mut().enable();
            let taken = lock(&self.shared.jobs).take();
            if let Some(lease) = taken {
                self.shared.changed.notify_one();
                return Ok(lease);
            }
            ready.await;
        }
    }

    async fn ack(&self, lease: LeaseId) -> Result<(), QueueError> {
        lock(&self.shared.jobs).ack(&lease)?;
        self.shared.changed.notify_one();
        self.shared.hint_due.notify_one();
        Ok(())
    }

    async fn bury(&self, lease: LeaseId, reason: &str) -> Result<(), QueueError> {
        lock(&self.shared.jobs).bury(&lease, reason)?;
        self.shared.changed.notify_one();
        Ok(())
    }

    async fn buried(&self) -> Result<Vec<Buried>, QueueError> {
        Ok(lock(&self.shared.jobs).buried())
    }

    /// Once: it forgets nothing while it lives, and its workers end with it.
    async fn recovery_due(&self) {
        if self.shared.was_recovered.swap(true, Ordering::Relaxed) {
            std::future::pending().await
        }
    }

    async fn release(&self, lease: LeaseId) -> Result<(), QueueError> {
        self.shared.put_back(&lease, Delivery::Counts)
    }

    async fn hand_back(&self, lease: LeaseId) -> Result<(), QueueError> {
        self.shared.put_back(&lease, Delivery::IsUndone)
    }

    async fn announce(&self, worker: WorkerInfo) -> Result<(), QueueError> {
        lock(&self.shared.registry).announce(worker);
        self.shared.changed.notify_one();
        self.shared.hint_due.notify_one();
        Ok(())
    }

    async fn withdraw(&self, worker_id: &str) -> Result<(), QueueError> {
        lock(&self.shared.registry).withdraw(worker_id);
        self.shared.changed.notify_one();
        Ok(())
    }

    async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError> {
        Ok(lock(&self.shared.registry).workers())
    }

    async fn languages(&self) -> Result<Vec<LanguageInfo>, QueueError> {
        Ok(lock(&self.shared.registry).languages())
    }

    async fn tell(&self, lease: &LeaseId, event: Event) -> Result<u64, QueueError> {
        let jobs = lock(&self.shared.jobs);
        let user = jobs.user_of(lease)?;
        Ok(self.shared.hub.publish(user, event))
    }

    async fn publish(&self, user: &UserId, event: Event) -> Result<u64, QueueError> {
        if let Some(id) = event.concludes()
            && !lock(&self.shared.concluded).insert(id)
        {
            return Ok(self.shared.hub.newest(user));
        }
        Ok(self.shared.hub.publish(user, event))
    }

    async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError> {
        Ok(self.shared.hub.subscribe(user, after))
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }

    async fn status(&self) -> Result<SystemStatus, QueueError> {
        Ok(self.shared.status())
    }

    async fn hint(&self, hint: Hint) -> Result<(), QueueError> {
        lock(&self.shared.hints).put(hint, self.shared.settings.max_hints);
        self.shared.hint_due.notify_one();
        Ok(())
    }

    async fn next_hint(&self) -> Result<Hint, QueueError> {
        loop {
            // As in `lease`.
            let mut due = std::pin::pin!(self.shared.hint_due.notified());
            due.as_mut().enable();
            let taken = match self.shared.status().is_idle() {
                true => lock(&self.shared.hints).take(),
                false => None,
            };
            if let Some(hint) = taken {
                return Ok(hint);
            }
            due.await;
        }
    }

    async fn watch_snippet(&self, id: JobId) -> Result<SnippetWatch, QueueError> {
        let (sender, report) = oneshot::channel();
        lock(&self.shared.watches).insert(id, sender);
        let shared = Arc::downgrade(&self.shared);
        Ok(SnippetWatch::new(report, move || {
            if let Some(shared) = shared.upgrade() {
                shared.forget_snippet(id);
            }
        }))
    }

    async fn publish_snippet(&self, id: JobId, report: SnippetReport) -> Result<(), QueueError> {
        if let Some(waiting) = lock(&self.shared.watches).remove(&id) {
            // An error means that whoever waited has just left.
            let _ = waiting.send(report);
        }
        Ok(())
    }
}
