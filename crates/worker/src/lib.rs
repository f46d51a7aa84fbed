//! Lease, judge, store, publish. Nothing else.
//!
//! Beside that it looks after what the queue may have lost (`recovery.rs`).
//!
//! A worker has as many *hands* as it works on jobs at once. Each hand waits for a lease, judges on
//! a thread of its own (judging blocks), makes the verdict durable, and only then acknowledges. A
//! worker that dies in between leaves the submission open in the store, and it is judged again.
//!
//! One hand more does what nobody waits for: it has drafts compiled while the others have nothing to do.
//!
//! Absent on purpose: no decision about verdicts (the judge's), no HTTP, no retry loop (the
//! queue's).

mod figures;
mod hint;
mod narrator;
mod packages;
mod recovery;
mod snippet;
mod submission;

use std::sync::Arc;
use std::time::Duration;

use letscode_judge::{Engine, EngineError};
use letscode_model::{Job, JobId};
use letscode_package::PackageError;
use letscode_queue::{Broker, Lease, QueueError, ReleaseOptions, WorkerInfo};
use letscode_store::{Store, StoreError};
use packages::Packages;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often a job is handed out before it is given up: its worker died each time, or judging
/// panicked. While the store or the queue is out of reach it waits for as long as that takes. Faults that the judge can name end as Internal Error at once.
const MAX_DELIVERIES: u32 = 5;
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// A fault of ours that kept a job from being finished; the job stays open.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error("the jail helper is gone")]
    Jail,
    #[error("the judge came to no judgement")]
    Undecided,
    #[error("judging it ended its worker {0} times")]
    Deadly(u32),
    #[error("the judging thread ended unexpectedly: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

impl WorkerError {
    /// Nothing that the job could be blamed for: it is to be tried until it works.
    fn is_outage(&self) -> bool {
        match self {
            WorkerError::Store(error) => error.is_outage(),
            WorkerError::Queue(error) => matches!(error, QueueError::Unavailable(_)),
            _ => false,
        }
    }
}

/// Judges what the queue hands out.
#[derive(Clone)]
pub struct Worker {
    engine: Arc<Engine>,
    store: Arc<dyn Store>,
    broker: Broker,
    packages: Packages,
    id: String,
    capacity: u32,
}

impl Worker {
    /// `capacity` is how many jobs are worked on at once; more than there are cores makes measured
    /// times worse and nothing faster.
    pub fn new(engine: Arc<Engine>, store: Arc<dyn Store>, broker: Broker, capacity: u32) -> Self {
        Worker {
            engine,
            store,
            broker,
            packages: Packages::default(),
            // Other machines have workers as well, and the same process ids.
            id: format!("worker-{}", JobId::random().0),
            capacity: capacity.max(1),
        }
    }

    /// Tells the queue what this worker can do.
    pub async fn prepare(&self) -> Result<(), WorkerError> {
        let engine = self.engine.clone();
        let languages = tokio::task::spawn_blocking(move || engine.probe_languages()).await?;
        for language in &languages {
            tracing::info!(language = %language.id, version = language.version, status = ?language.status);
        }
        let info = WorkerInfo {
            id: self.id.clone(),
            languages,
            capacity: self.capacity,
        };
        Ok(self.broker.workers.announce(info).await?)
    }

    /// Works until `stop` becomes true; then finishes what is in hand.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let recovering = tokio::spawn(recovery::watch_over(
            self.store.clone(),
            self.broker.jobs.clone(),
        ));
        let watching = tokio::spawn(figures::watch_hands(self.capacity));
        let mut hands = JoinSet::new();
        for _ in 0..self.capacity {
            hands.spawn(self.clone().hand(stop.clone()));
        }
        hands.spawn(self.clone().anticipate(stop));
        while hands.join_next().await.is_some() {}
        recovering.abort();
        watching.abort();
        if let Err(error) = self.broker.workers.withdraw(&self.id).await {
            tracing::warn!(%error, "could not take leave of the queue");
        }
    }

    async fn hand(self, mut stop: watch::Receiver<bool>) {
        loop {
            let leased = tokio::select! {
                // First, or a hand goes on as long as there is work.
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                leased = self.broker.jobs.lease() => leased,
            };
            match leased {
                Ok(lease) => self.work(lease).await,
                Err(error) => {
                    tracing::error!(%error, "the queue gives no work");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn work(&self, lease: Lease) {
        let _busy = figures::Busy::begin();
        let done = match lease.job.clone() {
            // Nobody has said what is wrong: whoever had it died of it, or was killed each time.
            _ if lease.deliveries > MAX_DELIVERIES => Err(WorkerError::Deadly(MAX_DELIVERIES)),
            Job::Judge {
                submission_id,
                user_id,
                ..
            } => self.judge(submission_id, user_id, &lease.id).await,
            Job::RunSnippet { id, snippet, .. } => self.run_snippet(id, snippet).await,
        };
        figures::compiled(self.engine.compile_counts());
        let returned = match done {
            Ok(()) => self.broker.jobs.ack(lease.id).await,
            Err(error) if error.is_outage() => {
                tracing::warn!(%error, job = ?lease.job, "a job waits for the end of an outage");
                tokio::time::sleep(RETRY_PAUSE).await;
                let options = ReleaseOptions {
                    count_attempt: false,
                };
                self.broker.jobs.release(lease.id, options).await
            }
            Err(error) if lease.deliveries < MAX_DELIVERIES => {
                tracing::error!(%error, job = ?lease.job, "a job failed and will be tried again");
                tokio::time::sleep(RETRY_PAUSE).await;
                let options = ReleaseOptions {
                    count_attempt: true,
                };
                self.broker.jobs.release(lease.id, options).await
            }
            Err(error) => {
                tracing::error!(%error, job = ?lease.job, "a job failed for the last time");
                self.give_up(lease, &error).await
            }
        };
        match returned {
            // The store knows who was first; nothing is lost.
            Err(QueueError::LeaseLost) => tracing::warn!("a job went to another worker meanwhile"),
            Err(error) => tracing::error!(%error, "a job could not be returned to the queue"),
            Ok(()) => {}
        }
    }
}
