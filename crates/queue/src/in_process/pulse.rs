//! Tells users of their places in the queue and everybody how busy the service is, at most once
//! per [`QueueSettings::tell_every`](crate::QueueSettings), and not at all while nothing changes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::{Shared, lock};

pub(super) fn start(shared: &Arc<Shared>) {
    let changed = shared.changed.clone();
    let tell_every = shared.settings.tell_every;
    tokio::spawn(beat(Arc::downgrade(shared), changed, tell_every));
}

async fn beat(shared: Weak<Shared>, changed: Arc<Notify>, tell_every: Duration) {
    loop {
        changed.notified().await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.tell();
        drop(shared);
        tokio::time::sleep(tell_every).await;
    }
}

impl Shared {
    fn tell(&self) {
        lock(&self.jobs).tell_positions(self.settings.told_positions, |owner, event| {
            self.hub.publish(owner, event);
        });
        self.hub.tell_system(self.status());
    }
}
