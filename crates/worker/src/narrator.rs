//! Tells the submission's owner how judging goes on, while it goes on.

use std::sync::Arc;

use letscode_judge::Observer;
use letscode_model::{
    Event, StatusUpdate, SubmissionId, SubmissionStatus, TestResult, UserId, VerdictSummary,
};
use letscode_queue::Queue;
use letscode_store::Store;
use tokio::runtime::Handle;

/// Publishes in the order in which things happen, from the judging thread: the next test does not
/// start before the event of the last one is in the stream, which costs microseconds and keeps
/// the order without a second queue.
pub struct Narrator {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn Queue>,
    pub runtime: Handle,
    pub submission_id: SubmissionId,
    pub user_id: UserId,
}

impl Narrator {
    fn status(&self, status: SubmissionStatus) {
        let kept = self
            .runtime
            .block_on(self.store.set_status(self.submission_id, status));
        if let Err(error) = kept {
            tracing::warn!(%error, id = %self.submission_id, "could not keep a status");
        }
        self.publish(self.update(status));
    }

    /// The last update, with the verdict.
    pub fn finished(&self, status: SubmissionStatus, verdict: VerdictSummary) {
        self.publish(StatusUpdate {
            verdict: Some(verdict),
            ..self.update(status)
        });
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

    fn publish(&self, update: StatusUpdate) {
        let event = Event::StatusUpdate(update);
        let published = self
            .runtime
            .block_on(self.queue.publish(&self.user_id, event));
        if let Err(error) = published {
            tracing::warn!(%error, id = %self.submission_id, "could not publish an event");
        }
    }
}

impl Observer for Narrator {
    fn compiling(&mut self) {
        self.status(SubmissionStatus::Compiling);
    }

    fn running(&mut self) {
        self.status(SubmissionStatus::Running);
    }

    fn tested(&mut self, result: &TestResult) {
        self.publish(StatusUpdate {
            current_test: Some(result.test_case_number),
            test_result: Some(result.clone()),
            ..self.update(SubmissionStatus::Running)
        });
    }
}
