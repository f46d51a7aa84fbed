//! Tells the submission's owner how judging goes on, while it goes on.

use letscode_judge::Observer;
use letscode_model::{
    Event, Judgement, StatusUpdate, SubmissionId, SubmissionStatus, TestResult, UserId,
};
use letscode_queue::LeaseId;
use tokio::runtime::Handle;

use crate::{Worker, WorkerError};

/// Publishes in the order in which things happen, from the judging thread: the walk does not come to
/// the next test before the event of the last one is in the stream, which costs microseconds and keeps
/// the order without a second queue.
pub struct Narrator {
    pub worker: Worker,
    pub runtime: Handle,
    pub submission_id: SubmissionId,
    pub user_id: UserId,
    /// Without it there is nothing to tell: another worker does.
    pub lease: LeaseId,
    /// What became of telling the verdict.
    pub told: Option<Result<(), WorkerError>>,
}

impl Narrator {
    /// Whether the judgement is durable and told.
    pub fn told(self) -> Result<(), WorkerError> {
        self.told.unwrap_or(Err(WorkerError::Undecided))
    }

    fn status(&self, status: SubmissionStatus) {
        let store = &self.worker.store;
        let kept = self
            .runtime
            .block_on(store.set_status(self.submission_id, status));
        if let Err(error) = kept {
            tracing::warn!(%error, id = %self.submission_id, "could not keep a status");
        }
        self.publish(self.update(status));
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
        let events = &self.worker.broker.events;
        let told = self
            .runtime
            .block_on(events.publish_for_lease(&self.lease, event));
        if let Err(error) = told {
            tracing::warn!(%error, id = %self.submission_id, "could not tell of an event");
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

    fn judged(&mut self, judgement: &Judgement) {
        let telling = self
            .worker
            .finish(self.submission_id, &self.user_id, judgement);
        self.told = Some(self.runtime.block_on(telling));
    }
}
