//! The queue of jobs: what waits, what is leased and what was given up.

use async_trait::async_trait;
use letscode_model::{Job, JudgementKey, ShareHolder, SubmissionId, SystemStatus, UserId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::{JobFilter, QueueError, WaitingJob};

/// Jobs in lanes, each handed out to one worker at a time.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Reserves a place in the queue before the work is made durable, so that nothing is accepted
    /// that could not be queued. Dropping the permit gives the place back.
    ///
    /// The queue and the shares of one user and of one address are bounded: [`QueueError::Full`],
    /// [`QueueError::UserFull`], [`QueueError::ShareFull`]. The last tenth of the places is for
    /// addresses that have nothing waiting.
    async fn reserve(
        &self,
        user: &UserId,
        share: Option<&ShareHolder>,
    ) -> Result<Box<dyn Permit>, QueueError>;

    /// Reserves a place and uses it: [`JobQueue::reserve`] and [`Permit::push`] in one.
    async fn push(&self, job: Job) -> Result<u32, QueueError> {
        let permit = self.reserve(job.user_id(), job.share()).await?;
        permit.push(job).await
    }

    /// Queues work that was accepted before and must not be refused: recovery after a crash.
    /// Not held to the bounds. A job that waits or is leased already stays where it is.
    async fn readmit(&self, job: Job) -> Result<u32, QueueError>;

    /// Waits for the job whose turn it is. Turns go by address, then user, then lane, and are paid
    /// with slot time; the jobs of one lane are first in first out. Safe to cancel: a job is either
    /// handed out or still in its place.
    async fn lease(&self) -> Result<Lease, QueueError>;

    /// As [`JobQueue::lease`], but only a job of an address that has nothing running: for slots
    /// beyond the cores.
    async fn lease_for_newcomer(&self) -> Result<Lease, QueueError>;

    /// Ends a lease whose job is done: the job leaves the queue.
    async fn ack(&self, lease: LeaseId) -> Result<(), QueueError>;

    /// Ends a lease whose job is given up: it leaves the queue and is kept, with the reason, for
    /// operators.
    async fn bury(&self, lease: LeaseId, reason: &str) -> Result<(), QueueError>;

    /// Returns the last jobs that were given up, oldest first.
    async fn buried(&self) -> Result<Vec<BuriedJob>, QueueError>;

    /// Forgets the jobs of a user that were given up.
    async fn forget_buried(&self, user: &UserId) -> Result<(), QueueError>;

    /// Ends a lease and puts its job back, in front of all others and out of turn.
    async fn release(&self, lease: LeaseId, options: ReleaseOptions) -> Result<(), QueueError>;

    /// Lists jobs that wait and match, in the order of their turns: at most `limit`.
    async fn waiting(
        &self,
        filter: &JobFilter,
        limit: usize,
    ) -> Result<Vec<WaitingJob>, QueueError>;

    /// Takes jobs that wait and match out of the queue: at most `limit`. What became of them is the
    /// caller's to say.
    async fn cancel_waiting(
        &self,
        filter: &JobFilter,
        limit: usize,
    ) -> Result<Vec<WaitingJob>, QueueError>;

    /// Takes a judgement's job out of the queue if it waits, and sends the news that it was cancelled to
    /// all workers. Returns true if it waited. The store knows already: a worker asks it.
    async fn cancel_judgement(&self, key: JudgementKey) -> Result<bool, QueueError>;

    /// Follows the news of cancelled judgements from now on, for a worker that judges.
    fn cancel_news(&self) -> CancelNews;

    /// Waits until a place in the queue may have become free since the last call. For one waiter per
    /// process; may return without a reason, and does after some time. Safe to cancel.
    async fn place_freed(&self);

    /// Waits until the caller should look for open work in the store and [`JobQueue::readmit`] it:
    /// the queue is new, has lost its state, or the last look was some time ago. Of many callers
    /// that wait, one at a time is woken. Safe to cancel.
    async fn recovery_due(&self);

    /// Returns how many jobs wait and run, and how many the workers can run at once.
    async fn status(&self) -> Result<SystemStatus, QueueError>;

    /// Checks that the broker answers.
    async fn ping(&self) -> Result<(), QueueError>;
}

/// News of judgements that were cancelled.
pub struct CancelNews(Receiver<SubmissionId>);

impl CancelNews {
    /// Made by a backend.
    pub(crate) fn new(receiver: Receiver<SubmissionId>) -> Self {
        CancelNews(receiver)
    }

    /// Waits until a judgement of this submission may have been cancelled. Safe to cancel. News may be
    /// missed while the broker is out of reach.
    pub async fn of(&mut self, id: SubmissionId) {
        loop {
            match self.0.recv().await {
                Ok(cancelled) if cancelled != id => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// A reserved place in the queue.
#[async_trait]
pub trait Permit: Send {
    /// Queues a job of the user and address that the place was reserved for. Returns how many jobs
    /// will be handed out before it, if no others come and all take the same time; 0 means next.
    async fn push(self: Box<Self>, job: Job) -> Result<u32, QueueError>;
}

/// A job that was handed out to a worker, until it is acknowledged, buried or released.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    pub id: LeaseId,
    pub job: Job,
    /// Number of times the job was handed out, this one included.
    pub deliveries: u32,
    /// True if the job's address had no other, waiting or running, when this one was handed out.
    pub is_only_job: bool,
}

/// Identifies one hand-out of a job; the same job handed out again has another id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeaseId(String);

impl LeaseId {
    /// Wraps the id that a backend has chosen.
    pub fn new(id: impl Into<String>) -> Self {
        LeaseId(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for LeaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says how [`JobQueue::release`] accounts for the lease that it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// False when the failure was not the job's: [`Lease::deliveries`] is then as if the job had
    /// never been handed out.
    pub count_attempt: bool,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct BuriedJob {
    pub job: Job,
    pub reason: String,
}
