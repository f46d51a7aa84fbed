//! All parts of one broker together.

use std::sync::Arc;

use crate::{AnswerMemory, EventStream, Hints, JobQueue, RateCounter, Replies, WorkerRegistry};

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
}
