use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{InfluxSettings, MetricPoint, PointCounts};

/// A point and its time in nanoseconds.
pub(crate) struct TimedPoint {
    pub point: MetricPoint,
    pub at: i64,
}

/// Points that wait for the sender, and the counts.
pub(crate) struct PointBuffer {
    pub settings: InfluxSettings,
    waiting: Mutex<BufferState>,
    changed: Condvar,
    written: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Default)]
struct BufferState {
    points: VecDeque<TimedPoint>,
    /// Deadline of the last send; set when the client finishes.
    deadline: Option<Instant>,
}

impl PointBuffer {
    pub fn new(settings: InfluxSettings) -> Self {
        PointBuffer {
            settings,
            waiting: Mutex::default(),
            changed: Condvar::new(),
            written: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    pub fn push(&self, timed: TimedPoint) {
        let mut waiting = lock(&self.waiting);
        if waiting.deadline.is_some() {
            return self.dropped(1);
        }
        if waiting.points.len() >= self.settings.max_waiting {
            waiting.points.pop_front();
            self.dropped(1);
        }
        waiting.points.push_back(timed);
        if waiting.points.len() == self.settings.batch {
            self.changed.notify_one();
        }
    }

    pub fn counts(&self) -> PointCounts {
        let waiting = lock(&self.waiting).points.len() as u64;
        PointCounts {
            written: self.written.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            waiting,
        }
    }

    pub fn finish(&self) {
        let mut waiting = lock(&self.waiting);
        let deadline = Instant::now() + self.settings.flush_timeout;
        waiting.deadline.get_or_insert(deadline);
        self.changed.notify_all();
    }

    /// Waits for a full batch, at most for the interval, and takes up to a batch. The points no longer
    /// count as waiting: the caller reports them as written or dropped, or puts them back.
    pub fn take(&self) -> (Vec<TimedPoint>, Option<Instant>) {
        let is_too_few = |waiting: &mut BufferState| {
            waiting.deadline.is_none() && waiting.points.len() < self.settings.batch
        };
        let (mut waiting, _) = self
            .changed
            .wait_timeout_while(lock(&self.waiting), self.settings.interval, is_too_few)
            .unwrap_or_else(PoisonError::into_inner);
        let count = waiting.points.len().min(self.settings.batch);
        (waiting.points.drain(..count).collect(), waiting.deadline)
    }

    /// Puts back points that could not be sent, as far as there is room, and pauses. Returns the
    /// deadline.
    pub fn put_back(&self, points: Vec<TimedPoint>, pause: Duration) -> Option<Instant> {
        let mut waiting = lock(&self.waiting);
        let room = self.settings.max_waiting - waiting.points.len();
        let surplus = points.len().saturating_sub(room);
        self.dropped(surplus);
        for timed in points.into_iter().skip(surplus).rev() {
            waiting.points.push_front(timed);
        }
        let (waiting, _) = self
            .changed
            .wait_timeout_while(waiting, pause, |waiting| waiting.deadline.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        waiting.deadline
    }

    /// Drops all points that wait.
    pub fn drop_all(&self) {
        let mut waiting = lock(&self.waiting);
        self.dropped(waiting.points.len());
        waiting.points.clear();
    }

    pub fn dropped(&self, count: usize) {
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub fn written(&self, count: usize) {
        self.written.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// Locks a mutex, also after a panic: no state here is left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
