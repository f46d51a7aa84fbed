//! What happens from time to time: leases are kept, those that nobody keeps are ended, and users are
//! told of their places.

use std::sync::Arc;
use std::time::Duration;

use super::Core;
use crate::QueueError;
use crate::events::lock;

const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Three times in a lease's life.
pub(super) async fn keep_leases(core: Arc<Core>) {
    let mut beats = tokio::time::interval(core.settings.lease / 3);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        if let Err(error) = beat(&core).await {
            tracing::warn!(%error, "leases could not be kept");
        }
    }
}

async fn beat(core: &Core) -> Result<(), QueueError> {
    let held: Vec<String> = lock(&core.held).iter().cloned().collect();
    if !held.is_empty() {
        let lost: Vec<String> = core.link.call("keep").arg(&held).ask().await?;
        for token in lost {
            tracing::warn!(token, "a lease is lost: its job went to another worker");
            lock(&core.held).remove(&token);
        }
    }
    let announced: Vec<_> = lock(&core.announced).values().cloned().collect();
    for worker in &announced {
        core.announce(worker).await?;
    }
    let age = core.settings.lease.as_millis() as u64;
    let ended: u32 = core.link.call("reclaim").arg(age).ask().await?;
    if ended > 0 {
        tracing::warn!(ended, "workers or leases were silent for too long");
        core.changed.notify_one();
    }
    Ok(())
}

/// After each change, and as seldom as the settings say: all processes on one queue share that.
pub(super) async fn tell_users(core: Arc<Core>) {
    let every = core.settings.tell_every;
    loop {
        core.changed.notified().await;
        loop {
            let asked = core
                .link
                .call("pulse")
                .arg(every.as_millis() as u64)
                .arg(core.settings.told_positions);
            match asked.ask::<u64>().await {
                Ok(0) => break,
                Ok(wait) => tokio::time::sleep(Duration::from_millis(wait)).await,
                Err(error) => {
                    tracing::warn!(%error, "positions could not be told");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
        tokio::time::sleep(every).await;
    }
}
