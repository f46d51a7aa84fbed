use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::clock::unique_now;
use crate::sender::Sender;
use crate::{Figure, Target};

/// How much is kept and sent at once. The defaults lose nothing in an outage of minutes at a
/// hundred figures a second, for a few megabytes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tells apart the processes that write to one server.
    pub instance: String,
    /// As many figures are sent without waiting for more.
    pub batch: usize,
    /// So long a figure waits for more at the most.
    pub interval: Duration,
    /// So many figures wait for the server; the oldest give way.
    pub max_waiting: usize,
    /// For one request, from connecting to the answer.
    pub request_timeout: Duration,
    /// After a failure, twice as long after each further one.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// For what is left at the end.
    pub flush_timeout: Duration,
}

impl Settings {
    pub fn new(instance: impl Into<String>) -> Self {
        Settings {
            instance: instance.into(),
            batch: 1_000,
            interval: Duration::from_secs(1),
            max_waiting: 20_000,
            request_timeout: Duration::from_secs(5),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            flush_timeout: Duration::from_secs(5),
        }
    }
}

/// What became of the figures so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Taken by the server.
    pub written: u64,
    /// Given up: too many waited, or the server refused them.
    pub dropped: u64,
    /// On their way.
    pub waiting: u64,
}

/// A place for figures, and the thread that sends them on. All clones are the same.
#[derive(Clone)]
pub struct Influx {
    shared: Arc<Shared>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Influx {
    /// Does not ask whether the server is there: it may come later.
    pub fn start(target: Target, settings: Settings) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(settings));
        let sender = Sender::new(target, shared.clone());
        let thread = std::thread::Builder::new()
            .name("influx".to_owned())
            .spawn(move || sender.work())?;
        Ok(Influx {
            shared,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    /// Never waits for the server.
    pub fn record(&self, figure: Figure) {
        self.shared.push(Recorded {
            figure,
            at: unique_now(),
        });
    }

    pub fn counts(&self) -> Counts {
        self.shared.counts()
    }

    /// Sends what is left, within [`Settings::flush_timeout`] and the request that is under way;
    /// the rest counts as dropped. Blocks; what is recorded later is dropped.
    pub fn finish(&self) {
        self.shared.finish();
        let thread = lock(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends figures panicked");
        }
    }
}

pub(crate) struct Recorded {
    pub figure: Figure,
    pub at: i64,
}

pub(crate) struct Shared {
    pub settings: Settings,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    written: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    figures: VecDeque<Recorded>,
    /// By when it all has to end.
    deadline: Option<Instant>,
}

impl Shared {
    fn new(settings: Settings) -> Self {
        Shared {
            settings,
            waiting: Mutex::default(),
            changed: Condvar::new(),
            written: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    fn push(&self, recorded: Recorded) {
        let mut waiting = lock(&self.waiting);
        if waiting.deadline.is_some() {
            return self.dropped(1);
        }
        if waiting.figures.len() >= self.settings.max_waiting {
            waiting.figures.pop_front();
            self.dropped(1);
        }
        waiting.figures.push_back(recorded);
        if waiting.figures.len() == self.settings.batch {
            self.changed.notify_one();
        }
    }

    fn counts(&self) -> Counts {
        let waiting = lock(&self.waiting).figures.len() as u64;
        Counts {
            written: self.written.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            waiting,
        }
    }

    fn finish(&self) {
        let mut waiting = lock(&self.waiting);
        let deadline = Instant::now() + self.settings.flush_timeout;
        waiting.deadline.get_or_insert(deadline);
        self.changed.notify_all();
    }

    /// Waits until there is a batch, or for the interval, and takes what is there. They stay counted
    /// as waiting no longer: whoever takes them says what became of them.
    pub(crate) fn take(&self) -> (Vec<Recorded>, Option<Instant>) {
        let is_little = |waiting: &mut Waiting| {
            waiting.deadline.is_none() && waiting.figures.len() < self.settings.batch
        };
        let (mut waiting, _) = self
            .changed
            .wait_timeout_while(lock(&self.waiting), self.settings.interval, is_little)
            .unwrap_or_else(PoisonError::into_inner);
        let count = waiting.figures.len().min(self.settings.batch);
        (waiting.figures.drain(..count).collect(), waiting.deadline)
    }

    /// Puts back what could not be sent, as far as there is room, and waits. Answers the deadline.
    pub(crate) fn put_back(&self, figures: Vec<Recorded>, pause: Duration) -> Option<Instant> {
        let mut waiting = lock(&self.waiting);
        let room = self.settings.max_waiting - waiting.figures.len();
        let surplus = figures.len().saturating_sub(room);
        self.dropped(surplus);
        for recorded in figures.into_iter().skip(surplus).rev() {
            waiting.figures.push_front(recorded);
        }
        let (waiting, _) = self
            .changed
            .wait_timeout_while(waiting, pause, |waiting| waiting.deadline.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        waiting.deadline
    }

    /// Gives up all that wait.
    pub(crate) fn drop_all(&self) {
        let mut waiting = lock(&self.waiting);
        self.dropped(waiting.figures.len());
        waiting.figures.clear();
    }

    pub(crate) fn dropped(&self, count: usize) {
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn written(&self, count: usize) {
        self.written.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// Nothing here is left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
