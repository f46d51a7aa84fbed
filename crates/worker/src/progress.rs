use letscode_model::{Event, StatusUpdate, SubmissionId, SubmissionStatus, TestResult};
use letscode_queue::LeaseId;

use crate::worker::Worker;

/// Publishes the progress of a submission while it is judged, for as long as its lease is held:
/// after that another worker does.
pub(crate) struct ProgressReporter<'a> {
    pub worker: &'a Worker,
    pub submission_id: SubmissionId,
    pub lease: &'a LeaseId,
}

impl ProgressReporter<'_> {
    /// Stores and publishes a status. Failing to is no reason to stop judging.
    pub async fn status(&self, status: SubmissionStatus) {
        let store = &self.worker.store;
        if let Err(error) = store.set_status(self.submission_id, status).await {
            tracing::warn!(%error, id = %self.submission_id, "a status could not be stored");
        }
        self.publish(self.update(status)).await;
    }

    pub async fn tested(&self, result: TestResult) {
        let update = StatusUpdate {
            current_test: Some(result.test_case_number),
            test_result: Some(result),
            ..self.update(SubmissionStatus::Running)
        };
        self.publish(update).await;
    }

    fn update(&self, status: SubmissionStatus) -> StatusUpdate {
        StatusUpdate {
            submission_id: self.submission_id,
            status,
            current_test: None,
            test_result: None,
            verdict: None,
        }
    }

    async fn publish(&self, update: StatusUpdate) {
        let event = Event::StatusUpdate(update);
        let events = &self.worker.broker.events;
        if let Err(error) = events.publish_for_lease(self.lease, event).await {
            tracing::warn!(%error, id = %self.submission_id, "progress could not be published");
        }
    }
}
