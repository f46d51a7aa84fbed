//! The broker of many machines, in one Redis (7 or later, or Valkey).
//!
//! A stream with a consumer group has what a queue needs: readers that are woken one by one, and a
//! list of the entries that were handed out with their age. But it is strictly first in first out. So
//! its entries are *tokens*, one per job and without a name, and the job that a token stands for is
//! chosen when it is read, by the same rules as in the broker of one machine. All of that is in
//! one script (`script/`), which Redis runs as one transaction per call.
//!
//! A token that was read is a lease, and its id is the lease's. A job that is handed out again has
//! another token, so the worker that had it before can do nothing with it any more.
//!
//! Redis may lose everything: the store knows what is open, and [`JobQueue::recovery_due`] says when
//! to look. Streams of events start anew then, beyond their last numbers, and their readers must
//! resynchronise.

mod answers;
mod background;
mod bell;
mod client;
mod core;
mod dispatcher;
mod encoding;
mod event_follower;
mod hints;
mod jobs;
mod maintenance;
mod rates;
mod replies;

use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use letscode_model::{
    Event, Hint, Job, JudgementKey, LanguageInfo, RateQuota, ShareHolder, SystemStatus, UserId,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::known_workers::KnownWorkers;
use crate::sync::lock;
use crate::{
    AnswerClaim, AnswerMemory, BuriedJob, CancelNews, EventStream, Hints, JobFilter, JobQueue,
    Lease, LeaseId, Permit, QueueError, QueueSettings, RateCounter, RateState, ReleaseOptions,
    Subscription, WaitingJob, WorkerInfo, WorkerRegistry,
};
use client::{RedisClient, ScriptCall};
use core::BrokerCore;
use dispatcher::LeaseWaiter;
use encoding::{from_json, judgement_id, to_json};
use event_follower::EventFollower;

/// A broker in Redis. Cheap to clone: all clones share the connections.
#[derive(Clone)]
pub struct RedisBroker {
    shared: Arc<SharedParts>,
}

struct SharedParts {
    core: Arc<BrokerCore>,
    follower: Arc<EventFollower>,
    /// Sends requests to the dispatcher, which starts with the first one.
    lease_requests: OnceLock<mpsc::Sender<LeaseWaiter>>,
    tasks: Mutex<Vec<AbortHandle>>,
}

impl RedisBroker {
    /// Connects. The first connection must succeed; later outages are waited for. Must be called
    /// inside a Tokio runtime.
    pub async fn connect(url: &str, settings: QueueSettings) -> Result<Self, QueueError> {
        let client = Arc::new(RedisClient::connect(url).await?);
        let process = uuid::Uuid::new_v4().to_string();
        let (follower, listen_requests) = EventFollower::new(client.clone(), process);
        let core = Arc::new(BrokerCore::new(client, settings));
        let broker = RedisBroker {
            shared: Arc::new(SharedParts {
                core: core.clone(),
                follower: follower.clone(),
                lease_requests: OnceLock::new(),
                tasks: Mutex::default(),
            }),
        };
        let shared = &broker.shared;
        shared.spawn(event_follower::listen(follower, listen_requests));
        shared.spawn(maintenance::send_heartbeats(core.clone()));
        shared.spawn(maintenance::notify_users(core));
        Ok(broker)
    }

    fn core(&self) -> &Arc<BrokerCore> {
        &self.shared.core
    }

    fn call(&self, function: &str) -> ScriptCall<'_> {
        self.core().client.call(function)
    }
}

impl SharedParts {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.tasks).push(tokio::spawn(task).abort_handle());
    }

    fn lease_requests(&self) -> &mpsc::Sender<LeaseWaiter> {
        self.lease_requests.get_or_init(|| {
            let (sender, requests) = mpsc::channel(64);
            self.spawn(dispatcher::run(self.core.clone(), requests));
            sender
        })
    }
}

impl Drop for SharedParts {
    fn drop(&mut self) {
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
    }
}

#[async_trait]
impl JobQueue for RedisBroker {
    async fn reserve(
        &self,
        user: &UserId,
        share: Option<&ShareHolder>,
    ) -> Result<Box<dyn Permit>, QueueError> {
        jobs::reserve(self.core(), user, share).await
    }

    async fn readmit(&self, job: Job) -> Result<u32, QueueError> {
        self.core().push("", &job).await
    }

    async fn lease(&self) -> Result<Lease, QueueError> {
        let ended = || QueueError::Unavailable("the dispatcher of jobs has ended".to_owned());
        loop {
            let (waiter, receiver) = oneshot::channel();
            let sent = self.shared.lease_requests().send(waiter).await;
            sent.map_err(|_| ended())?;
            let in_flight = receiver.await.map_err(|_| ended())?;
            if let Some(lease) = in_flight.take() {
                return Ok(lease);
            }
        }
    }

    async fn lease_for_newcomer(&self) -> Result<Lease, QueueError> {
        dispatcher::lease_for_newcomer(self.core()).await
    }

    async fn ack(&self, lease: LeaseId) -> Result<(), QueueError> {
        self.core().ack(&lease).await
    }

    async fn bury(&self, lease: LeaseId, reason: &str) -> Result<(), QueueError> {
        self.core().bury(&lease, reason).await
    }

    async fn buried(&self) -> Result<Vec<BuriedJob>, QueueError> {
        jobs::buried(self.core()).await
    }

    async fn forget_buried(&self, user: &UserId) -> Result<(), QueueError> {
        jobs::forget_buried(self.core(), user).await
    }

    async fn release(&self, lease: LeaseId, options: ReleaseOptions) -> Result<(), QueueError> {
        self.core().release(&lease, options).await
    }

    async fn waiting(
        &self,
        filter: &JobFilter,
        limit: usize,
    ) -> Result<Vec<WaitingJob>, QueueError> {
        jobs::select_waiting(self.core(), "waiting", filter, limit).await
    }

    async fn cancel_waiting(
        &self,
        filter: &JobFilter,
        limit: usize,
    ) -> Result<Vec<WaitingJob>, QueueError> {
        jobs::select_waiting(self.core(), "cancel_waiting", filter, limit).await
    }

    async fn cancel_judgement(&self, key: JudgementKey) -> Result<bool, QueueError> {
        let call = self.call("cancel_judgement").arg(judgement_id(key));
        let waited = call.arg(key.submission_id.to_string()).run().await?;
        self.core().changed.notify_one();
        Ok(waited)
    }

    fn cancel_news(&self) -> CancelNews {
        CancelNews::new(self.shared.follower.cancelled.subscribe())
    }

    async fn place_freed(&self) {
        jobs::place_freed(self.core(), &self.shared.follower.place_freed).await;
    }

    async fn recovery_due(&self) {
        jobs::recovery_due(self.core()).await;
    }

    async fn status(&self) -> Result<SystemStatus, QueueError> {
        let (queued, running, capacity) = self.call("status").run().await?;
        Ok(SystemStatus {
            queued,
            running,
            capacity,
        })
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.core().client.command(&::redis::cmd("PING")).await
    }
}

#[async_trait]
impl EventStream for RedisBroker {
    async fn publish(&self, user: &UserId, event: Event) -> Result<u64, QueueError> {
        let final_for = event.concludes();
        let closes = final_for.map_or_else(String::new, judgement_id);
        self.call("publish")
            .arg(&user.0)
            .arg(to_json(&event)?)
            .arg(closes)
            .arg(self.core().settings.max_streams)
            .run()
            .await
    }

    async fn publish_for_lease(&self, lease: &LeaseId, event: Event) -> Result<u64, QueueError> {
        let call = self.call("publish_for_lease").arg(lease.as_str());
        let seq: Option<u64> = call.arg(to_json(&event)?).run().await?;
        seq.ok_or(QueueError::LeaseLost)
    }

    async fn forget_events(&self, user: &UserId) -> Result<(), QueueError> {
        self.call("forget_events").arg(&user.0).run().await
    }

    async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError> {
        self.shared.follower.subscribe(user, after).await
    }
}

#[async_trait]
impl WorkerRegistry for RedisBroker {
    async fn announce(&self, worker: WorkerInfo) -> Result<(), QueueError> {
        let core = self.core();
        core.announce(&worker).await?;
        lock(&core.own_workers).insert(worker.id.clone(), worker);
        core.changed.notify_one();
        Ok(())
    }

    async fn withdraw(&self, worker_id: &str) -> Result<(), QueueError> {
        lock(&self.core().own_workers).remove(worker_id);
        let result = self.call("withdraw").arg(worker_id).run().await;
        self.core().changed.notify_one();
        result
    }

    async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError> {
        let (workers, _): (Vec<String>, Vec<String>) = self.call("workers").run().await?;
        Ok(KnownWorkers::new(Vec::new(), from_json(workers)).workers())
    }

    async fn languages(&self) -> Result<Vec<LanguageInfo>, QueueError> {
        let (workers, languages): (Vec<String>, Vec<String>) = self.call("workers").run().await?;
        Ok(KnownWorkers::new(from_json(languages), from_json(workers)).languages())
    }
}

#[async_trait]
impl Hints for RedisBroker {
    async fn offer_hint(&self, hint: Hint) -> Result<(), QueueError> {
        let core = self.core();
        hints::put(&core.client, &hint, core.settings.max_hints).await
    }

    async fn forget_hint(&self, user: &UserId) -> Result<(), QueueError> {
        self.call("forget_hint").arg(&user.0).run().await
    }

    async fn next_hint(&self) -> Result<Hint, QueueError> {
        Ok(hints::next(&self.core().client).await)
    }
}

#[async_trait]
impl AnswerMemory for RedisBroker {
    async fn claim_answer(&self, owner: &str, key: &str) -> Result<AnswerClaim, QueueError> {
        answers::claim(self.core(), owner, key).await
    }
}

#[async_trait]
impl RateCounter for RedisBroker {
    async fn count_request(&self, name: &str, quota: RateQuota) -> Result<RateState, QueueError> {
        rates::count(self.core(), name, quota).await
    }
}
