//! Notifies users of their queue positions and everybody of the load: at most once per
//! [`QueueSettings::notify_interval`](crate::QueueSettings), and only after a change.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::state::BrokerState;

/// Starts the task, which ends with the broker.
pub(super) fn start(state: &Arc<BrokerState>) {
    let changed = state.changed.clone();
    let interval = state.settings.notify_interval;
    tokio::spawn(run(Arc::downgrade(state), changed, interval));
}

async fn run(state: Weak<BrokerState>, changed: Arc<Notify>, interval: Duration) {
    loop {
        changed.notified().await;
        let Some(state) = state.upgrade() else {
            return;
        };
        if state.notify_users() {
            changed.notify_one();
        }
        drop(state);
        tokio::time::sleep(interval).await;
    }
}
