use std::time::Duration;

use letscode_judge::EngineError;
use letscode_package::PackageError;
use letscode_queue::QueueError;
use letscode_store::StoreError;

/// Pause before a failed step is tried again.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// An error that kept a job from being finished; the job stays open.
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
    /// True if the store or the queue is out of reach: the job is tried until it works.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            WorkerError::Store(error) => error.is_outage(),
            WorkerError::Queue(error) => matches!(error, QueueError::Unavailable(_)),
            _ => false,
        }
    }
}
