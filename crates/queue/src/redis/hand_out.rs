//! Hands out jobs to those of this process who wait for one.
//!
//! One task reads tokens, on a connection of its own, and only while somebody waits. A job that was
//! fetched for somebody who has left meanwhile goes back as if nothing had happened.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::streams::StreamReadReply;
use letscode_model::Job;
use tokio::sync::{mpsc, oneshot};

use super::link::{BLOCK, name};
use super::{Core, in_background};
use crate::events::lock;
use crate::{Lease, LeaseId, QueueError};

const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// A lease on its way. Dropped before it arrives, it goes back.
pub(super) struct Handed {
    core: Arc<Core>,
    lease: Option<Lease>,
}

impl Handed {
    pub fn take(mut self) -> Option<Lease> {
        self.lease.take()
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            let core = self.core.clone();
            in_background(async move {
                if let Err(error) = core.give_back(&lease.id, true).await {
                    tracing::warn!(%error, "a job that nobody took waits until its lease ends");
                }
            });
        }
    }
}

pub(super) type Waiter = oneshot::Sender<Handed>;

/// Goes on until nobody can ask any more.
pub(super) async fn run(core: Arc<Core>, mut asking: mpsc::Receiver<Waiter>) {
    let mut waiting: VecDeque<Waiter> = VecDeque::new();
    loop {
        waiting.retain(|waiter| !waiter.is_closed());
        if waiting.is_empty() {
            match asking.recv().await {
                Some(waiter) => waiting.push_back(waiter),
                None => return,
            }
        }
        if let Err(error) = serve(&core, &mut asking, &mut waiting).await {
            tracing::warn!(%error, "no jobs from Redis");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

/// Until nobody waits, or Redis fails.
async fn serve(
    core: &Arc<Core>,
    asking: &mut mpsc::Receiver<Waiter>,
    waiting: &mut VecDeque<Waiter>,
) -> Result<(), QueueError> {
    let mut tokens = core.link.for_blocking().await?;
    ensure_group(&mut tokens).await?;
    loop {
        while let Ok(waiter) = asking.try_recv() {
            waiting.push_back(waiter);
        }
        waiting.retain(|waiter| !waiter.is_closed());
        if waiting.is_empty() {
            match asking.recv().await {
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
        while let Ok(waiter) = asking.try_recv() {
            waiting.push_back(waiter);
        }
        let mut handed = Handed {
            core: core.clone(),
            lease: Some(lease),
        };
        while let Some(waiter) = waiting.pop_front() {
            match waiter.send(handed) {
                Ok(()) => break,
                Err(back) => handed = back,
            }
            if waiting.is_empty() {
                break;
            }
        }
    }
}

async fn ensure_group(connection: &mut MultiplexedConnection) -> Result<(), QueueError> {
    let mut create = ::redis::cmd("XGROUP");
    create.arg(&["CREATE", &name("tokens"), "workers", "0", "MKSTREAM"]);
    match create.query_async::<()>(connection).await {
        Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
        _ => Ok(()),
    }
}

async fn next_token(connection: &mut MultiplexedConnection) -> Result<Option<String>, QueueError> {
    let mut read = ::redis::cmd("XREADGROUP");
    read.arg(&["GROUP", "workers", "worker", "COUNT", "1", "BLOCK"])
        .arg(BLOCK.as_millis() as u64)
        .arg(&["STREAMS", &name("tokens"), ">"]);
    let reply: Option<StreamReadReply> = read.query_async(connection).await?;
    let mut entries = reply.into_iter().flat_map(|reply| reply.keys);
    Ok(entries
        .find_map(|key| key.ids.into_iter().next())
        .map(|entry| entry.id))
}

async fn bind(core: &Arc<Core>, token: String) -> Result<Option<Lease>, QueueError> {
    // Kept from before it is ours: what comes late to the list might be taken for abandoned.
    lock(&core.held).insert(token.clone());
    let bound: Result<Option<(String, String, u32)>, QueueError> =
        core.link.call("bind").arg(&token).ask().await;
    if !matches!(bound, Ok(Some(_))) {
        lock(&core.held).remove(&token);
    }
    core.changed.notify_one();
    let Some((id, job, deliveries)) = bound? else {
        return Ok(None);
    };
    let lease = LeaseId(token);
    match serde_json::from_str::<Job>(&job) {
        Ok(job) => Ok(Some(Lease {
            id: lease,
            job,
            deliveries,
        })),
        // Of another version: nobody here can do it.
        Err(error) => {
            tracing::error!(%error, id, "a job that can't be read is buried");
            core.bury(&lease, &error.to_string()).await?;
            Ok(None)
        }
    }
}
