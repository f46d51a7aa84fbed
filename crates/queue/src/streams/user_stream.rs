use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use letscode_model::Event;
use tokio::sync::Notify;

use super::ring::{AppendResult, EventRing, RingRead};
use crate::sync::lock;

/// Number of events remembered per user.
pub const RING_EVENTS: usize = 1000;

/// The recent events of one user.
pub(crate) struct UserStream {
    ring: Mutex<EventRing>,
    /// Wakes the readers after an event was appended.
    pub appended: Notify,
    last_used: AtomicU64,
}

impl UserStream {
    pub fn starting_at(seq: u64) -> Self {
        UserStream {
            ring: Mutex::new(EventRing::starting_at(seq)),
            appended: Notify::new(),
            last_used: AtomicU64::new(seq),
        }
    }

    /// Appends an event and cuts the ring down to `limit`. Returns the event's number and how many
    /// old events were dropped.
    pub fn append(&self, event: Event, limit: usize) -> (u64, usize) {
        let result = lock(&self.ring).append(event, limit);
        self.appended.notify_waiters();
        result
    }

    /// Appends an event that was numbered elsewhere.
    pub fn append_numbered(&self, seq: u64, event: Event) -> AppendResult {
        let result = lock(&self.ring).append_numbered(seq, event, RING_EVENTS);
        self.appended.notify_waiters();
        result
    }

    /// Forgets all events and goes on after `seq`; readers at another position must resynchronise.
    pub fn restart_at(&self, seq: u64) {
        *lock(&self.ring) = EventRing::starting_at(seq);
        self.appended.notify_waiters();
    }

    /// Returns the number of the last event.
    pub fn newest(&self) -> u64 {
        lock(&self.ring).newest()
    }

    /// Returns the first event after `position`.
    pub fn after(&self, position: u64) -> RingRead {
        lock(&self.ring).after(position)
    }

    /// Returns the number of events in the ring.
    pub fn len(&self) -> usize {
        lock(&self.ring).len()
    }

    pub fn touch(&self, now: u64) {
        self.last_used.store(now, Ordering::Relaxed);
    }

    pub fn last_used(&self) -> u64 {
        self.last_used.load(Ordering::Relaxed)
    }
}
