//! The broker of one machine: everything in the memory of one process.
//!
//! Two locks, taken in this order and never across an await: the jobs', then (inside the hub) the
//! events'. Positions are published while the jobs are locked, so a user never sees a position
//! after the job has left the queue.

mod answer_table;
mod hint_table;
mod job_table;
mod notifier;
mod published_verdicts;
mod rate_table;
mod room;
mod running_caps;
mod state;
mod turn_tree;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use letscode_model::{
    Event, Hint, Job, JobId, JudgementKey, KeptRun, LanguageInfo, RateQuota, RunReport,
    ShareHolder, SystemStatus, UserId,
};
use tokio::sync::oneshot;

use crate::kept::{LONGEST_RUN, kept_size};
use crate::sync::lock;
use crate::{
    AnswerClaim, AnswerMemory, BuriedJob, CancelNews, EventStream, Hints, JobFilter, JobQueue,
    Lease, LeaseId, OwnedRun, Permit, QueueError, QueueSettings, RateCounter, RateState,
    ReleaseOptions, Replies, RunWatch, Subscription, WaitingJob, WorkerInfo, WorkerRegistry,
};
use room::RoomValue;
use state::BrokerState;

/// A broker in the memory of one process. Cheap to clone: all clones share the state.
#[derive(Clone)]
pub struct InProcessBroker {
    state: Arc<BrokerState>,
}

impl InProcessBroker {
    /// Starts a small task that publishes positions, so it must be called inside a Tokio runtime.
    pub fn new(settings: QueueSettings) -> Self {
        let state = Arc::new(BrokerState::new(settings));
        notifier::start(&state);
        InProcessBroker { state }
    }
}

impl Default for InProcessBroker {
    fn default() -> Self {
        InProcessBroker::new(QueueSettings::default())
    }
}

struct InProcessPermit {
    state: Arc<BrokerState>,
    user: UserId,
    share: Option<ShareHolder>,
    used: bool,
}

#[async_trait]
impl Permit for InProcessPermit {
    async fn push(mut self: Box<Self>, job: Job) -> Result<u32, QueueError> {
        self.used = true;
        let mut jobs = lock(&self.state.jobs);
        jobs.cancel_reservation(&self.user, self.share.as_ref());
        Ok(self.state.enqueue(&mut jobs, job))
    }
}

impl Drop for InProcessPermit {
    fn drop(&mut self) {
        if !self.used {
            lock(&self.state.jobs).cancel_reservation(&self.user, self.share.as_ref());
            self.state.place_freed.notify_one();
        }
    }
}

#[async_trait]
impl JobQueue for InProcessBroker {
    async fn reserve(
        &self,
        user: &UserId,
        share: Option<&ShareHolder>,
    ) -> Result<Box<dyn Permit>, QueueError> {
        lock(&self.state.jobs).reserve(user, share, &self.state.settings)?;
        Ok(Box::new(InProcessPermit {
            state: self.state.clone(),
            user: user.clone(),
            share: share.cloned(),
            used: false,
        }))
    }

    async fn readmit(&self, job: Job) -> Result<u32, QueueError> {
        let mut jobs = lock(&self.state.jobs);
        Ok(self.state.enqueue(&mut jobs, job))
    }

    async fn lease(&self) -> Result<Lease, QueueError> {
        loop {
            // Register before looking, so that two jobs wake two workers. A worker that is woken
            // and then cancelled, or gets a job at once, passes the wake-up on: `Notify` promises
            // that, and there is no await between taking a job and returning it.
            let mut ready = std::pin::pin!(self.state.job_ready.notified());
            ready.as_mut().enable();
            let taken = self.state.take(false);
            if let Some(lease) = taken {
                self.state.changed.notify_one();
                return Ok(lease);
            }
            ready.await;
        }
    }

    async fn lease_for_newcomer(&self) -> Result<Lease, QueueError> {
        loop {
            let mut ready = std::pin::pin!(self.state.newcomer_ready.notified());
            ready.as_mut().enable();
            if let Some(lease) = self.state.take(true) {
                self.state.changed.notify_one();
                return Ok(lease);
            }
            ready.await;
        }
    }

    async fn ack(&self, lease: LeaseId) -> Result<(), QueueError> {
        let is_admitted = lock(&self.state.jobs).ack(&lease, self.state.now())?;
        self.state.after_lease(is_admitted);
        self.state.changed.notify_one();
        self.state.hint_due.notify_one();
        Ok(())
    }

    async fn bury(&self, lease: LeaseId, reason: &str) -> Result<(), QueueError> {
        let is_admitted = lock(&self.state.jobs).bury(&lease, reason, self.state.now())?;
        self.state.after_lease(is_admitted);
        self.state.changed.notify_one();
        Ok(())
    }

    async fn buried(&self) -> Result<Vec<BuriedJob>, QueueError> {
        Ok(lock(&self.state.jobs).buried())
    }

    async fn forget_buried(&self, user: &UserId) -> Result<(), QueueError> {
        lock(&self.state.jobs).forget_buried(user);
        Ok(())
    }

    async fn release(&self, lease: LeaseId, options: ReleaseOptions) -> Result<(), QueueError> {
        self.state.release(&lease, options)
    }

    async fn waiting(
        &self,
        filter: &JobFilter,
        limit: usize,
    ) -> Result<Vec<WaitingJob>, QueueError> {
        Ok(lock(&self.state.jobs).waiting(filter, limit))
    }

    async fn cancel_waiting(
        &self,
        filter: &JobFilter,
        limit: usize,
    ) -> Result<Vec<WaitingJob>, QueueError> {
        let now = self.state.now();
        let cancelled = lock(&self.state.jobs).cancel_waiting(filter, limit, now);
        self.state.after_removal();
        self.state.changed.notify_one();
        self.state.hint_due.notify_one();
        Ok(cancelled)
    }

    async fn cancel_judgement(&self, key: JudgementKey) -> Result<bool, QueueError> {
        Ok(self.state.cancel_judgement(key))
    }

    fn cancel_news(&self) -> CancelNews {
        CancelNews::new(self.state.cancelled.subscribe())
    }

    async fn place_freed(&self) {
        self.state.place_freed.notified().await;
    }

    /// Returns once: the state is never lost while the process lives, and its workers end with it.
    async fn recovery_due(&self) {
        if self.state.was_recovered.swap(true, Ordering::Relaxed) {
            std::future::pending().await
        }
    }

    async fn status(&self) -> Result<SystemStatus, QueueError> {
        Ok(self.state.status())
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl EventStream for InProcessBroker {
    async fn publish(&self, user: &UserId, event: Event) -> Result<u64, QueueError> {
        if let Some(key) = event.concludes()
            && !lock(&self.state.published_verdicts).insert(key)
        {
            return Ok(self.state.hub.newest(user));
        }
        Ok(self.state.hub.publish(user, event))
    }

    async fn publish_for_lease(&self, lease: &LeaseId, event: Event) -> Result<u64, QueueError> {
        let jobs = lock(&self.state.jobs);
        let user = jobs.user_of(lease)?;
        // It may have been cancelled while the worker was at it.
        let verdicts = lock(&self.state.published_verdicts);
        if event.judgement().is_some_and(|key| verdicts.contains(key)) {
            return Err(QueueError::LeaseLost);
        }
        Ok(self.state.hub.publish(user, event))
    }

    async fn forget_events(&self, user: &UserId) -> Result<(), QueueError> {
        self.state.hub.forget(user);
        Ok(())
    }

    async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError> {
        Ok(self.state.hub.subscribe(user, after))
    }
}

#[async_trait]
impl WorkerRegistry for InProcessBroker {
    async fn announce(&self, worker: WorkerInfo) -> Result<(), QueueError> {
        lock(&self.state.workers).announce(worker);
        self.state.changed.notify_one();
        self.state.hint_due.notify_one();
        Ok(())
    }

    async fn withdraw(&self, worker_id: &str) -> Result<(), QueueError> {
        lock(&self.state.workers).withdraw(worker_id);
        self.state.changed.notify_one();
        Ok(())
    }

    async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError> {
        Ok(lock(&self.state.workers).workers())
    }

    async fn languages(&self) -> Result<Vec<LanguageInfo>, QueueError> {
        Ok(lock(&self.state.workers).languages())
    }
}

#[async_trait]
impl Hints for InProcessBroker {
    async fn offer_hint(&self, hint: Hint) -> Result<(), QueueError> {
        lock(&self.state.hints).put(hint, self.state.settings.max_hints);
        self.state.hint_due.notify_one();
        Ok(())
    }

    async fn forget_hint(&self, user: &UserId) -> Result<(), QueueError> {
        lock(&self.state.hints).forget(user);
        Ok(())
    }

    async fn next_hint(&self) -> Result<Hint, QueueError> {
        loop {
            // As in `lease`.
            let mut due = std::pin::pin!(self.state.hint_due.notified());
            due.as_mut().enable();
            if self.state.status().is_idle()
                && let Some(hint) = lock(&self.state.hints).take()
            {
                return Ok(hint);
            }
            due.await;
        }
    }
}

#[async_trait]
impl Replies for InProcessBroker {
    async fn watch_run(&self, id: JobId) -> Result<RunWatch, QueueError> {
        let (sender, report) = oneshot::channel();
        lock(&self.state.watches).insert(id, sender);
        let state = Arc::downgrade(&self.state);
        Ok(RunWatch::new(report, move |_| {
            if let Some(state) = state.upgrade() {
                state.cancel_run(id);
            }
        }))
    }

    async fn publish_report(&self, id: JobId, report: RunReport) -> Result<(), QueueError> {
        let watcher = lock(&self.state.watches).remove(&id);
        if let Some(watcher) = watcher {
            // An error means that the watch was just dropped.
            let _ = watcher.send(report);
        }
        Ok(())
    }

    async fn cancelled(&self, id: JobId) {
        loop {
            // Register before looking, so that nothing is missed in between.
            let mut ended = std::pin::pin!(self.state.watch_ended.notified());
            ended.as_mut().enable();
            if !lock(&self.state.watches).contains_key(&id) {
                return;
            }
            ended.await;
        }
    }

    async fn cancel_run(&self, id: JobId) -> Result<(), QueueError> {
        self.state.cancel_run(id);
        Ok(())
    }

    async fn keep_run(
        &self,
        owner: &UserId,
        run: &KeptRun,
        keep_for: Duration,
        age: Duration,
    ) -> Result<(), QueueError> {
        let forgotten = lock(&self.state.forgotten_owners);
        if forgotten.get(owner).is_some_and(|at| at.elapsed() <= age) {
            return Ok(());
        }
        let value = RoomValue {
            size: kept_size(run),
            value: run.clone(),
            keep_for,
        };
        lock(&self.state.kept_runs).keep(&owner.0, run.id, value, Instant::now());
        Ok(())
    }

    async fn forget_run(&self, id: JobId) -> Result<(), QueueError> {
        lock(&self.state.kept_runs).remove(&id);
        Ok(())
    }

    async fn forget_runs(&self, owner: &UserId) -> Result<(), QueueError> {
        let mut forgotten = lock(&self.state.forgotten_owners);
        forgotten.retain(|_, at| at.elapsed() < LONGEST_RUN);
        forgotten.insert(owner.clone(), Instant::now());
        lock(&self.state.kept_runs).remove_all_of(&owner.0);
        Ok(())
    }

    async fn cancel_runs(&self, user: &UserId) -> Result<(), QueueError> {
        let runs = lock(&self.state.jobs).runs_of(user);
        for id in runs {
            self.state.cancel_run(id);
        }
        Ok(())
    }

    async fn kept_run(&self, id: JobId) -> Result<Option<OwnedRun>, QueueError> {
        let (runs, now) = (lock(&self.state.kept_runs), Instant::now());
        let kept = runs.owner(&id, now).zip(runs.get(&id, now));
        Ok(kept.map(|(owner, run)| OwnedRun {
            owner: UserId(owner.to_owned()),
            run: run.clone(),
        }))
    }
}

#[async_trait]
impl AnswerMemory for InProcessBroker {
    async fn claim_answer(&self, owner: &str, key: &str) -> Result<AnswerClaim, QueueError> {
        Ok(self.state.answers.claim(owner, key).await)
    }
}

#[async_trait]
impl RateCounter for InProcessBroker {
    async fn count_request(&self, name: &str, quota: RateQuota) -> Result<RateState, QueueError> {
        Ok(self.state.rates.count(name, quota))
    }
}
