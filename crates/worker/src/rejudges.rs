//! Rejudges that were requested for a whole problem: they wait in the store, and come into the queue a
//! few at a time.

use letscode_queue::Broker;
use letscode_store::Store;

use crate::error::WorkerError;
use crate::worker::Worker;

impl Worker {
    /// Queues the rejudges that there is room for, after a judgement has ended.
    pub(crate) async fn queue_next_rejudges(&self) {
        queue_next(&*self.store, &self.broker).await;
    }
}

/// Queues the rejudges that there is room for. An error is logged: the next recovery tries again.
pub(crate) async fn queue_next(store: &dyn Store, broker: &Broker) {
    if let Err(error) = try_queue_next(store, broker).await {
        tracing::warn!(%error, "rejudges could not be queued");
    }
}

async fn try_queue_next(store: &dyn Store, broker: &Broker) -> Result<(), WorkerError> {
    for submission in store.next_rejudges().await? {
        let event = submission.begin_event();
        broker.events.publish(&submission.user_id, event).await?;
        broker.jobs.readmit(submission.to_job()).await?;
    }
    Ok(())
}
