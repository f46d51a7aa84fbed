//! Hands out jobs to the waiters of this process.
//!
//! One task reads tokens, on a connection of its own, and only while there is a waiter. A job that was
//! fetched for a waiter that is cancelled meanwhile goes back, and the attempt is not counted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::streams::StreamReadReply;
use letscode_model::Job;
use tokio::sync::{mpsc, oneshot};

use super::background::spawn_cleanup;
use super::bell::Bell;
use super::client::{BLOCKING_READ, key};
use super::core::BrokerCore;
use crate::sync::lock;
use crate::{Lease, LeaseId, QueueError, ReleaseOptions};

const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// A lease on its way to a waiter. If it is dropped on the way, the job goes back.
pub(super) struct LeaseInFlight {
    core: Arc<BrokerCore>,
    lease: Option<Lease>,
}

impl LeaseInFlight {
    pub fn take(mut self) -> Option<Lease> {
        self.lease.take()
    }
}

impl Drop for LeaseInFlight {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            let core = self.core.clone();
            spawn_cleanup(async move {
                let uncounted = ReleaseOptions {
                    count_attempt: false,
                };
                if let Err(error) = core.release(&lease.id, uncounted).await {
                    tracing::warn!(%error, "an undelivered job waits until its lease times out");
                }
            });
        }
    }
}

/// Receives the next lease.
pub(super) type LeaseWaiter = oneshot::Sender<LeaseInFlight>;

/// Serves waiters until none can come any more.
pub(super) async fn run(core: Arc<BrokerCore>, mut requests: mpsc::Receiver<LeaseWaiter>) {
    let mut waiting: VecDeque<LeaseWaiter> = VecDeque::new();
    loop {
        waiting.retain(|waiter| !waiter.is_closed());
        if waiting.is_empty() {
            match requests.recv().await {
                Some(waiter) => waiting.push_back(waiter),
                None => return,
            }
        }
        if let Err(error) = serve(&core, &mut requests, &mut waiting).await {
            tracing::warn!(%error, "no jobs from Redis");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

/// Serves waiters until none can come any more, or Redis fails.
async fn serve(
    core: &Arc<BrokerCore>,
    requests: &mut mpsc::Receiver<LeaseWaiter>,
    waiting: &mut VecDeque<LeaseWaiter>,
) -> Result<(), QueueError> {
    let mut tokens = core.client.blocking_connection().await?;
    ensure_group(&mut tokens).await?;
    loop {
        while let Ok(waiter) = requests.try_recv() {
            waiting.push_back(waiter);
        }
        waiting.retain(|waiter| !waiter.is_closed());
        if waiting.is_empty() {
            match requests.recv().await {
                Some(waiter) => waiting.push_back(waiter),
                None => return Ok(()),
            }
        }
        let Some(token) = next_token(&mut tokens).await? else {
            continue;
        };
        let Some(lease) = bind(core, token).await? else {
            continue;
        };
        while let Ok(waiter) = requests.try_recv() {
            waiting.push_back(waiter);
        }
        let mut in_flight = LeaseInFlight {
            core: core.clone(),
            lease: Some(lease),
        };
        while let Some(waiter) = waiting.pop_front() {
            match waiter.send(in_flight) {
                Ok(()) => break,
                Err(returned) => in_flight = returned,
            }
            if waiting.is_empty() {
                break;
            }
        }
    }
}

async fn ensure_group(connection: &mut MultiplexedConnection) -> Result<(), QueueError> {
    let mut create = ::redis::cmd("XGROUP");
    create.arg(&["CREATE", &key("tokens"), "workers", "0", "MKSTREAM"]);
    match create.query_async::<()>(connection).await {
        Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
        _ => Ok(()),
    }
}

async fn next_token(connection: &mut MultiplexedConnection) -> Result<Option<String>, QueueError> {
    let mut read = ::redis::cmd("XREADGROUP");
    read.arg(&["GROUP", "workers", "worker", "COUNT", "1", "BLOCK"])
        .arg(BLOCKING_READ.as_millis() as u64)
        .arg(&["STREAMS", &key("tokens"), ">"]);
    let reply: Option<StreamReadReply> = read.query_async(connection).await?;
    let mut entries = reply.into_iter().flat_map(|reply| reply.keys);
    Ok(entries
        .find_map(|key| key.ids.into_iter().next())
        .map(|entry| entry.id))
}

/// Binds the next job to a token, which makes it a lease. Returns `None` if no job waits any more.
async fn bind(core: &Arc<BrokerCore>, token: String) -> Result<Option<Lease>, QueueError> {
    // Listed before it is bound: a token that is listed late might miss its heartbeat.
    lock(&core.held_tokens).insert(token.clone());
    let quantum = core.settings.quantum_millis();
    let call = core.client.call("bind").arg(&token).arg(quantum);
    let bound: Result<Option<BoundJob>, QueueError> = call.run().await;
    if !matches!(bound, Ok(Some(_))) {
        lock(&core.held_tokens).remove(&token);
    }
    core.changed.notify_one();
    match bound? {
        Some(bound) => read_lease(core, token, bound).await,
        None => Ok(None),
    }
}

/// Waits for a job of an address that has nothing running. If the caller is cancelled, the job goes
/// back.
pub(super) async fn lease_for_newcomer(core: &Arc<BrokerCore>) -> Result<Lease, QueueError> {
    loop {
        // Run to its end even if the caller is cancelled, so that no lease is left unnoticed.
        let fetching = tokio::spawn(fetch_newcomer(core.clone()));
        let in_flight = fetching.await.map_err(|error| {
            QueueError::Unavailable(format!("the search for a job has ended: {error}"))
        })??;
        if let Some(lease) = in_flight.and_then(LeaseInFlight::take) {
            return Ok(lease);
        }
        // The stream of tokens can't wake a full worker: a token stands for any job.
        let bell = PendingBell {
            core: core.clone(),
            answered: false,
        };
        Bell::Newcomer.wait(&core.client).await?;
        bell.answer();
    }
}

/// A bell that may have rung for this waiter. If the waiter is cancelled, it rings for another one.
struct PendingBell {
    core: Arc<BrokerCore>,
    answered: bool,
}

impl PendingBell {
    fn answer(mut self) {
        self.answered = true;
    }
}

impl Drop for PendingBell {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let core = self.core.clone();
        spawn_cleanup(async move {
            // After an error the next waiter looks by itself.
            let _: Result<(), _> = core.client.call("ring_for_newcomers").run().await;
        });
    }
}

async fn fetch_newcomer(core: Arc<BrokerCore>) -> Result<Option<LeaseInFlight>, QueueError> {
    let quantum = core.settings.quantum_millis();
    let call = core.client.call("bind_newcomer").arg(quantum);
    let Some((token, bound)) = call.run::<Option<(String, BoundJob)>>().await? else {
        return Ok(None);
    };
    lock(&core.held_tokens).insert(token.clone());
    core.changed.notify_one();
    let lease = read_lease(&core, token, bound).await?;
    Ok(lease.map(|lease| LeaseInFlight {
        core,
        lease: Some(lease),
    }))
}

/// Id of a job in Redis, the job, its deliveries, and whether its address has no other.
type BoundJob = (String, String, u32, bool);

async fn read_lease(
    core: &BrokerCore,
    token: String,
    (id, job, deliveries, is_only_job): BoundJob,
) -> Result<Option<Lease>, QueueError> {
    let lease = LeaseId::new(token);
    match serde_json::from_str::<Job>(&job) {
        Ok(job) => Ok(Some(Lease {
            id: lease,
            job,
            deliveries,
            is_only_job,
        })),
        // Another version wrote it.
        Err(error) => {
            tracing::error!(%error, id, "buried a job that can't be read");
            core.bury(&lease, &error.to_string()).await?;
            Ok(None)
        }
    }
}
