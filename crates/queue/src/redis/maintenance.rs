//! Periodic tasks: heartbeats for the leases of this process, the end of leases without heartbeats,
//! and the publication of positions.

use std::sync::Arc;
use std::time::Duration;

use super::core::BrokerCore;
use crate::QueueError;
use crate::sync::lock;

const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Sends heartbeats until it is stopped: three per lease timeout.
pub(super) async fn send_heartbeats(core: Arc<BrokerCore>) {
    let mut ticks = tokio::time::interval(core.settings.lease_timeout / 3);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = heartbeat(&core).await {
            tracing::warn!(%error, "could not send heartbeats");
        }
    }
}

/// Renews the leases and workers of this process, and ends those without heartbeats, of any process.
async fn heartbeat(core: &BrokerCore) -> Result<(), QueueError> {
    let held: Vec<String> = lock(&core.held_tokens).iter().cloned().collect();
    if !held.is_empty() {
        let lost: Vec<String> = core.client.call("renew").arg(&held).run().await?;
        for token in lost {
            tracing::warn!(token, "lost a lease: its job went to another worker");
            lock(&core.held_tokens).remove(&token);
        }
    }
    let workers: Vec<_> = lock(&core.own_workers).values().cloned().collect();
    for worker in &workers {
        core.announce(worker).await?;
    }
    let age = core.settings.lease_timeout.as_millis() as u64;
    let expired: u32 = core.client.call("reclaim").arg(age).run().await?;
    if expired > 0 {
        tracing::warn!(expired, "workers or leases timed out");
        core.changed.notify_one();
    }
    Ok(())
}

/// Publishes positions and the load after each change, until it is stopped. All processes on one Redis
/// share the interval.
pub(super) async fn notify_users(core: Arc<BrokerCore>) {
    let interval = core.settings.notify_interval;
    loop {
        core.changed.notified().await;
        loop {
            let call = core
                .client
                .call("notify")
                .arg(interval.as_millis() as u64)
                .arg(core.settings.exact_positions)
                .arg(core.settings.position_interval_millis());
            match call.run::<i64>().await {
                Ok(0) => break,
                // Some positions are left for later.
                Ok(-1) => {
                    core.changed.notify_one();
                    break;
                }
                Ok(wait) => tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await,
                Err(error) => {
                    tracing::warn!(%error, "could not publish positions");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
        tokio::time::sleep(interval).await;
    }
}
