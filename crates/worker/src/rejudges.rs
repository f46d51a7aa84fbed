//! Rejudges that were requested for a whole problem: they wait in the store, and come into the queue a
//! few at a time.

use letscode_queue::Broker;
use letscode_store::Store;

use crate::worker::Worker;

impl Worker {
    /// Queues the rejudges that there is room for, after a judgement has ended.
    pub(crate) async fn queue_next_rejudges(&self) {
        queue_next(&*self.store, &self.broker).await;
    }
}

/// Queues the rejudges that there is room for. An error is logged: the next recovery tries again.
pub(crate) async fn queue_next(store: &dyn Store, broker: &Broker) {
    let opened = match store.next_rejudges().await {
        Ok(opened) => opened,
        Err(error) => return tracing::warn!(%error, "rejudges could not be opened"),
    };
    // One that fails holds up no other: all of them are open now.
    for submission in opened {
        let event = submission.begin_event();
        let published = broker.events.publish(&submission.user_id, event).await;
        let queued = broker.jobs.readmit(submission.to_job()).await;
        if let Err(error) = published.and(queued.map(u64::from)) {
            tracing::warn!(submission = %submission.id, %error, "a rejudge could not be queued");
        }
    }
}
