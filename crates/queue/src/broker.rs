//! All parts of one broker together.

use std::sync::Arc;

use letscode_model::UserId;

use crate::{
    AnswerMemory, EventStream, Hints, JobFilter, JobQueue, QueueError, RateCounter, Replies,
    WorkerRegistry,
};

/// Jobs that are taken out of the queue at once.
const BATCH: usize = 100;

/// The seven parts of a broker. Cheap to clone: all clones share the backend.
///
/// The parts may come from different backends; [`Broker::new`] takes all from one.
#[derive(Clone)]
pub struct Broker {
    pub jobs: Arc<dyn JobQueue>,
    pub events: Arc<dyn EventStream>,
    pub workers: Arc<dyn WorkerRegistry>,
    pub hints: Arc<dyn Hints>,
    pub replies: Arc<dyn Replies>,
    pub answers: Arc<dyn AnswerMemory>,
    pub rates: Arc<dyn RateCounter>,
}

impl Broker {
    /// Makes a broker whose parts all are `backend`.
    pub fn new<B>(backend: B) -> Self
    where
        B: JobQueue
            + EventStream
            + WorkerRegistry
            + Hints
            + Replies
            + AnswerMemory
            + RateCounter
            + 'static,
    {
        let backend = Arc::new(backend);
        Broker {
            jobs: backend.clone(),
            events: backend.clone(),
            workers: backend.clone(),
            hints: backend.clone(),
            replies: backend.clone(),
            answers: backend.clone(),
            rates: backend,
        }
    }

    /// Cancels what a user has waiting and running, and forgets runs that are kept or were given up,
    /// hints and events. Whatever
    /// has begun leaves nothing. Judgements that go on are the store's to cancel before.
    pub async fn forget_user(&self, user: &UserId) -> Result<(), QueueError> {
        self.replies.cancel_runs(user).await?;
        let filter = JobFilter {
            user_id: Some(user.clone()),
            share: None,
        };
        while !self.jobs.cancel_waiting(&filter, BATCH).await?.is_empty() {}
        self.jobs.forget_buried(user).await?;
        self.hints.forget_hint(user).await?;
        self.replies.forget_runs(user).await?;
        self.events.forget_events(user).await
    }
}
