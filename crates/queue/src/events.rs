//! Streams of events: one ring per user, readers that keep a position in it.
//!
//! A reader owns no buffer. It remembers a number and reads the shared ring from there, so memory
//! does not grow with readers, and one that stops reading costs nothing until it is overtaken. One
//! that is merely slow is spared what later events make superfluous.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use letscode_model::{Event, SystemStatus, UserId};
use tokio::sync::{Notify, watch};

use crate::Subscription;
use crate::ring::{Found, Received, Ring};

/// How many events of one user are remembered.
pub(crate) const RING_EVENTS: usize = 1000;
/// What a ring is cut down to while all rings together hold more than [`ALL_EVENTS`].
const RING_EVENTS_UNDER_PRESSURE: usize = 100;
/// Some 100 MB of events.
const ALL_EVENTS: usize = 400_000;

/// A panic while a lock was held can't leave these maps half-written in a way that matters.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct EventHub {
    streams: Mutex<HashMap<UserId, Arc<UserStream>>>,
    /// Streams that nobody follows are forgotten beyond this many, the least recently used first.
    max_streams: usize,
    /// Events in all rings together.
    remembered: AtomicUsize,
    system: watch::Sender<SystemStatus>,
    clock: SequenceClock,
}

impl EventHub {
    pub fn new(max_streams: usize) -> Self {
        let idle = SystemStatus {
            queued: 0,
            running: 0,
            capacity: 0,
        };
        EventHub {
            streams: Mutex::default(),
            max_streams,
            remembered: AtomicUsize::new(0),
            system: watch::Sender::new(idle),
            clock: SequenceClock::start(),
        }
    }

    pub fn publish(&self, user: &UserId, event: Event) -> u64 {
        let stream = self.stream(user);
        let crowded = self.remembered.load(Ordering::Relaxed) > ALL_EVENTS;
        let keep = if crowded {
            RING_EVENTS_UNDER_PRESSURE
        } else {
            RING_EVENTS
        };
        let (seq, dropped) = stream.append(event, keep);
        self.remembered.fetch_add(1, Ordering::Relaxed);
        self.remembered.fetch_sub(dropped, Ordering::Relaxed);
        seq
    }

    pub fn newest(&self, user: &UserId) -> u64 {
        self.stream(user).newest()
    }

    pub fn subscribe(&self, user: &UserId, after: Option<u64>) -> Subscription {
        Subscription::new(self.stream(user), self.system.subscribe(), after)
    }

    /// Tells every reader, unless nothing changed.
    pub fn tell_system(&self, status: SystemStatus) {
        self.system.send_if_modified(|current| {
            let changed = *current != status;
            *current = status;
            changed
        });
    }

    fn stream(&self, user: &UserId) -> Arc<UserStream> {
        let now = self.clock.now();
        let mut streams = lock(&self.streams);
        if let Some(stream) = streams.get(user) {
            stream.last_used.store(now, Ordering::Relaxed);
            return stream.clone();
        }
        if streams.len() >= self.max_streams {
            self.forget_idle(&mut streams);
        }
        let stream = Arc::new(UserStream::starting_at(now));
        streams.insert(user.clone(), stream.clone());
        stream
    }

    /// Forgets an eighth of the streams that nobody follows, so that the search for them is paid
    /// by the many insertions until the next one.
    fn forget_idle(&self, streams: &mut HashMap<UserId, Arc<UserStream>>) {
        let mut idle: Vec<(u64, UserId)> = streams
            .iter()
            .filter(|(_, stream)| Arc::strong_count(stream) == 1)
            .map(|(user, stream)| (stream.last_used.load(Ordering::Relaxed), user.clone()))
            .collect();
        idle.sort_unstable_by_key(|(last_used, _)| *last_used);
        for (_, user) in idle.iter().take(self.max_streams / 8 + 1) {
            if let Some(stream) = streams.remove(user) {
                let events = lock(&stream.ring).len();
                self.remembered.fetch_sub(events, Ordering::Relaxed);
            }
        }
    }
}

/// One user's stream.
pub(crate) struct UserStream {
    ring: Mutex<Ring>,
    /// Wakes the readers after an event was appended.
    pub grown: Notify,
    last_used: AtomicU64,
}

impl UserStream {
    pub fn starting_at(seq: u64) -> Self {
        UserStream {
            ring: Mutex::new(Ring::starting_at(seq)),
            grown: Notify::new(),
            last_used: AtomicU64::new(seq),
        }
    }

    /// Answers the event's number and how many old events went.
    fn append(&self, event: Event, keep: usize) -> (u64, usize) {
        let appended = lock(&self.ring).append(event, keep);
        self.grown.notify_waiters();
        appended
    }

    /// Takes an event that was numbered elsewhere.
    pub fn receive(&self, seq: u64, event: Event) -> Received {
        let received = lock(&self.ring).receive(seq, event, RING_EVENTS);
        self.grown.notify_waiters();
        received
    }

    /// Forgets everything and goes on after `seq`: whoever stands elsewhere is told.
    pub fn restart_at(&self, seq: u64) {
        *lock(&self.ring) = Ring::starting_at(seq);
        self.grown.notify_waiters();
    }

    pub fn newest(&self) -> u64 {
        lock(&self.ring).newest()
    }

    /// The first event behind `position`.
    pub fn after(&self, position: u64) -> Found {
        lock(&self.ring).after(position)
    }
}

/// Unix time in microseconds that never goes back while the process lives, even if the wall
/// clock does: a stream that is forgotten and made again starts beyond where it ended.
struct SequenceClock {
    started: Instant,
    started_at: u64,
}

impl SequenceClock {
    fn start() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        SequenceClock {
            started: Instant::now(),
            started_at: since_epoch.as_micros() as u64,
        }
    }

    fn now(&self) -> u64 {
        self.started_at + self.started.elapsed().as_micros() as u64
    }
}
