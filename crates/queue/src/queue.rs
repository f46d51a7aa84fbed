use async_trait::async_trait;
use letscode_model::{Event, Hint, Job, JobId, LanguageInfo, SnippetReport, SystemStatus, UserId};
use serde::{Deserialize, Serialize};

use crate::{QueueError, SnippetWatch, Subscription};

/// Lanes of jobs for the workers, and streams of events for the users.
#[async_trait]
pub trait Queue: Send + Sync {
    // ---- jobs, from the side that asks -----------------------------------------------------

    /// Takes a place in the queue before the work is made durable, so that nothing is accepted
    /// that could not be queued. Dropping the permit gives the place back.
    ///
    /// Both the queue and what one user has in it are bounded: [`QueueError::Full`],
    /// [`QueueError::UserFull`].
    async fn reserve(&self, user: &UserId) -> Result<Box<dyn Permit>, QueueError>;

    /// [`Queue::reserve`] and [`Permit::push`] in one.
    async fn push(&self, job: Job) -> Result<u32, QueueError> {
        self.reserve(job.user_id()).await?.push(job).await
    }

    /// Queues work that was accepted before and must not be refused: recovery after a crash.
    /// Not held to the bound. What waits or is worked on already stays as it is.
    async fn readmit(&self, job: Job) -> Result<u32, QueueError>;

    // ---- jobs, from the side that works ----------------------------------------------------

    /// Waits for a job: the most urgent lane first. Within a lane users take turns, and what one
    /// user sent comes first in first out. Safe to cancel: a job is either handed out or still in
    /// its place.
    async fn lease(&self) -> Result<Lease, QueueError>;

    /// The job is done and leaves the queue.
    async fn ack(&self, lease: LeaseId) -> Result<(), QueueError>;

    /// The job is given up: it leaves the queue, and is kept with the reason for whoever looks.
    async fn bury(&self, lease: LeaseId, reason: &str) -> Result<(), QueueError>;

    /// The last jobs that were given up, the oldest first.
    async fn buried(&self) -> Result<Vec<Buried>, QueueError>;

    /// Waits until the caller is to look for work that the store knows of and the queue may not, and
    /// to [`Queue::readmit`] it: the queue is new, or has lost what it knew, or it is time to look
    /// whether it lacks something. Of many who wait one is called at a time. Safe to cancel.
    async fn recovery_due(&self);

    /// Gives the job back, in front of its lane and out of turn.
    async fn release(&self, lease: LeaseId) -> Result<(), QueueError>;

    /// As [`Queue::release`], and as if it had never been handed out: what went wrong was not about it.
    async fn hand_back(&self, lease: LeaseId) -> Result<(), QueueError>;

    /// A worker says that it is there and what it can do; again whenever that changes.
    async fn announce(&self, worker: WorkerInfo) -> Result<(), QueueError>;

    /// A worker leaves. Its languages stay known, so that work is accepted while workers restart.
    async fn withdraw(&self, worker_id: &str) -> Result<(), QueueError>;

    async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError>;

    /// Every language that a worker has announced, by id; available when one worker has it.
    async fn languages(&self) -> Result<Vec<LanguageInfo>, QueueError>;

    // ---- events ----------------------------------------------------------------------------

    /// Appends to the stream of a job's user, as long as the lease is held and nobody else has told the
    /// job's verdict: a worker whose job went to another has nothing more to say about it.
    async fn tell(&self, lease: &LeaseId, event: Event) -> Result<u64, QueueError>;

    /// Appends to a user's stream and answers the event's number. A submission's verdict is told once:
    /// to tell it again changes nothing, and the answer is the number of the last event.
    async fn publish(&self, user: &UserId, event: Event) -> Result<u64, QueueError>;

    /// Follows a user's stream from now on, or from just after the event numbered `after`.
    async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError>;

    /// Whether the queue answers.
    async fn ping(&self) -> Result<(), QueueError>;

    /// How busy the service is right now.
    async fn status(&self) -> Result<SystemStatus, QueueError>;

    // ---- hints -----------------------------------------------------------------------------

    /// Tells whoever works what a user may ask for soon. It takes the place of that user's hint that
    /// waits, and where too many wait, of the one that has waited longest. No job has to wait for
    /// room because of it.
    async fn hint(&self, hint: Hint) -> Result<(), QueueError>;

    /// Waits for a hint, which is given out once and only while the queue is idle: no job waits, and
    /// a worker could take one. Safe to cancel.
    async fn next_hint(&self) -> Result<Hint, QueueError>;

    // ---- snippets --------------------------------------------------------------------------

    /// Waits for a snippet's report. To be called before the job is pushed. Dropping the watch
    /// says that nobody cares any more: the job may then be skipped.
    async fn watch_snippet(&self, id: JobId) -> Result<SnippetWatch, QueueError>;

    /// Hands the report to whoever watches; nothing happens when nobody does.
    async fn publish_snippet(&self, id: JobId, report: SnippetReport) -> Result<(), QueueError>;
}

/// A place in the queue that nobody else can take.
#[async_trait]
pub trait Permit: Send {
    /// Puts the job there, which must be the user's that the place was taken for, and answers how many
    /// jobs of its lane come before it if no others are sent; 0 means next.
    async fn push(self: Box<Self>, job: Job) -> Result<u32, QueueError>;
}

/// A job in a worker's hands, until it is acknowledged or given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    pub id: LeaseId,
    pub job: Job,
    /// How often the job was handed out, this time included.
    pub deliveries: u32,
}

/// Names one handing-out of a job; the same job handed out again has another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeaseId(pub(crate) String);

impl std::fmt::Display for LeaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct Buried {
    pub job: Job,
    pub reason: String,
}

/// What a worker says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// Unique among the workers.
    pub id: String,
    pub languages: Vec<LanguageInfo>,
    /// How many jobs it works on at once.
    pub capacity: u32,
}
