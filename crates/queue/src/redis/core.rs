//! The state that the broker and its background tasks share.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use letscode_model::Job;
use tokio::sync::Notify;

use super::client::{RedisClient, ScriptCall};
use super::encoding::{job_ids, to_json};
use crate::sync::lock;
use crate::turns::share_name;
use crate::{LeaseId, QueueError, QueueSettings, ReleaseOptions, WorkerInfo};

const MAX_BURIED: u32 = 1000;

pub(super) struct BrokerCore {
    pub client: Arc<RedisClient>,
    pub settings: QueueSettings,
    /// Tokens of the leases that this process holds.
    pub held_tokens: Mutex<HashSet<String>>,
    /// Workers of this process.
    pub own_workers: Mutex<HashMap<String, WorkerInfo>>,
    /// Wakes the task that publishes positions and the load.
    pub changed: Notify,
}

impl BrokerCore {
    pub fn new(client: Arc<RedisClient>, settings: QueueSettings) -> Self {
        BrokerCore {
            client,
            settings,
            held_tokens: Mutex::default(),
            own_workers: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Queues a job, in the place that was reserved unless that is "".
    pub async fn push(&self, place: &str, job: &Job) -> Result<u32, QueueError> {
        let (id, submission) = job_ids(job);
        let position = self
            .client
            .call("push")
            .arg(place)
            .arg(id)
            .arg(to_json(job)?)
            .arg(&job.user_id().0)
            .arg(share_name(job.share()))
            .arg(job.lane() as u8)
            .arg(submission)
            .arg(job.terms().max_running.map_or(0, NonZeroU32::get))
            .arg(job.cap_holder())
            .run()
            .await?;
        self.changed.notify_one();
        Ok(position)
    }

    pub async fn ack(&self, lease: &LeaseId) -> Result<(), QueueError> {
        let call = self.client.call("ack").arg(lease.as_str());
        self.end_lease(lease, call).await
    }

    pub async fn release(
        &self,
        lease: &LeaseId,
        options: ReleaseOptions,
    ) -> Result<(), QueueError> {
        let call = self.client.call("release").arg(lease.as_str());
        let uncounted = u8::from(!options.count_attempt);
        self.end_lease(lease, call.arg(uncounted)).await
    }

    pub async fn bury(&self, lease: &LeaseId, reason: &str) -> Result<(), QueueError> {
        let call = self.client.call("bury").arg(lease.as_str()).arg(reason);
        self.end_lease(lease, call.arg(MAX_BURIED)).await
    }

    async fn end_lease(&self, lease: &LeaseId, call: ScriptCall<'_>) -> Result<(), QueueError> {
        let result: Result<bool, QueueError> = call.run().await;
        // Also when Redis did not get the call: without heartbeats the lease then times out.
        lock(&self.held_tokens).remove(lease.as_str());
        self.changed.notify_one();
        let was_held = result?;
        was_held.then_some(()).ok_or(QueueError::LeaseLost)
    }

    pub async fn announce(&self, worker: &WorkerInfo) -> Result<(), QueueError> {
        let mut call = self
            .client
            .call("announce")
            .arg(&worker.id)
            .arg(to_json(worker)?)
            .arg(worker.capacity);
        for language in &worker.languages {
            call = call.arg(language.id.as_str()).arg(to_json(language)?);
        }
        call.run().await
    }
}
