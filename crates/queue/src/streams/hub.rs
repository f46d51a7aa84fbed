use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use letscode_model::{Event, SystemStatus, UserId};
use tokio::sync::watch;

use super::reader::RingReader;
use super::user_stream::{RING_EVENTS, UserStream};
use crate::Subscription;
use crate::sync::lock;

/// Events per user while all rings together hold more than [`MAX_EVENTS`].
const RING_EVENTS_UNDER_PRESSURE: usize = 100;
/// Events in all rings together: some 100 MB.
const MAX_EVENTS: usize = 400_000;

/// The event streams of all users of one process.
pub(crate) struct EventHub {
    streams: Mutex<HashMap<UserId, Arc<UserStream>>>,
    /// Bound on the streams; beyond it those without a reader are evicted, least recently used first.
    max_streams: usize,
    /// Events in all rings together.
    event_count: AtomicUsize,
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
            event_count: AtomicUsize::new(0),
            system: watch::Sender::new(idle),
            clock: SequenceClock::start(),
        }
    }

    pub fn publish(&self, user: &UserId, event: Event) -> u64 {
        let stream = self.stream(user);
        let under_pressure = self.event_count.load(Ordering::Relaxed) > MAX_EVENTS;
        let limit = if under_pressure {
            RING_EVENTS_UNDER_PRESSURE
        } else {
            RING_EVENTS
        };
        let (seq, dropped) = stream.append(event, limit);
        self.event_count.fetch_add(1, Ordering::Relaxed);
        self.event_count.fetch_sub(dropped, Ordering::Relaxed);
        seq
    }

    /// Forgets a user's stream; whoever reads it gets nothing more.
    pub fn forget(&self, user: &UserId) {
        if let Some(stream) = lock(&self.streams).remove(user) {
            self.event_count.fetch_sub(stream.len(), Ordering::Relaxed);
        }
    }

    pub fn newest(&self, user: &UserId) -> u64 {
        self.stream(user).newest()
    }

    pub fn subscribe(&self, user: &UserId, after: Option<u64>) -> Subscription {
        let reader = RingReader::new(self.stream(user), self.system.subscribe(), after);
        Subscription::new(reader)
    }

    /// Sends the load of the service to every reader, unless nothing changed.
    pub fn publish_status(&self, status: SystemStatus) {
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
            stream.touch(now);
            return stream.clone();
        }
        if streams.len() >= self.max_streams {
            self.evict_idle(&mut streams);
        }
        let stream = Arc::new(UserStream::starting_at(now));
        streams.insert(user.clone(), stream.clone());
        stream
    }

    /// Evicts an eighth of the streams without a reader: the cost of the search is shared by the
    /// many insertions until the next one.
    fn evict_idle(&self, streams: &mut HashMap<UserId, Arc<UserStream>>) {
        let mut idle: Vec<(u64, UserId)> = streams
            .iter()
            .filter(|(_, stream)| Arc::strong_count(stream) == 1)
            .map(|(user, stream)| (stream.last_used(), user.clone()))
            .collect();
        idle.sort_unstable_by_key(|(last_used, _)| *last_used);
        for (_, user) in idle.iter().take(self.max_streams / 8 + 1) {
            if let Some(stream) = streams.remove(user) {
                self.event_count.fetch_sub(stream.len(), Ordering::Relaxed);
            }
        }
    }
}

/// Unix time in microseconds that never goes back while the process lives, even if the wall
/// clock does: a stream that is evicted and made again starts beyond where it ended.
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
