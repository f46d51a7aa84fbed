use std::time::Duration;

use letscode_model::{
    Event, JudgementKey, PartialResults, StatusUpdate, SubmissionStatus, TestResult,
};
use letscode_queue::LeaseId;
use tokio::time::Instant;

use crate::worker::Worker;

/// Least time between two writes of the results so far.
const WRITE_INTERVAL: Duration = Duration::from_millis(100);

/// Publishes the progress of a judgement, for as long as its lease is held: after that another worker
/// does.
pub(crate) struct ProgressReporter<'a> {
    worker: &'a Worker,
    key: JudgementKey,
    lease: &'a LeaseId,
    results: PartialResults,
    /// Time at which results that were not written yet are due.
    write_due: Option<Instant>,
    last_write: Option<Instant>,
}

impl<'a> ProgressReporter<'a> {
    pub fn new(worker: &'a Worker, key: JudgementKey, lease: &'a LeaseId) -> Self {
        ProgressReporter {
            worker,
            key,
            lease,
            results: PartialResults {
                judgement: key.number,
                total_tests: 0,
                test_results: Vec::new(),
            },
            write_due: None,
            last_write: None,
        }
    }

    /// Stores and publishes a status. Failing to is no reason to stop judging.
    pub async fn status(&self, status: SubmissionStatus) {
        let store = &self.worker.store;
        let id = self.key.submission_id;
        if let Err(error) = store.set_status(id, status).await {
            tracing::warn!(%error, %id, "a status could not be stored");
        }
        self.publish(StatusUpdate::new(self.key, status)).await;
    }

    /// Publishes that the tests begin.
    pub async fn running(&mut self, total_tests: u32) {
        self.results.total_tests = total_tests;
        self.write_due = Some(Instant::now());
        self.status(SubmissionStatus::Running).await;
    }

    /// Publishes a result. It is written with those that come shortly after it.
    pub async fn tested(&mut self, result: TestResult) {
        let now = Instant::now();
        self.results.test_results.push(result.clone());
        let earliest = self.last_write.map_or(now, |last| last + WRITE_INTERVAL);
        self.write_due.get_or_insert(earliest.max(now));
        let update = StatusUpdate {
            current_test: Some(result.test_case_number),
            test_result: Some(result),
            ..StatusUpdate::new(self.key, SubmissionStatus::Running)
        };
        self.publish(update).await;
    }

    /// Waits until results are to be written; for ever if there are none.
    pub async fn write_due(&self) {
        match self.write_due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// Writes the results so far. Returns false if the judgement is not open any more.
    pub async fn write(&mut self) -> bool {
        self.write_due = None;
        self.last_write = Some(Instant::now());
        let (store, id) = (&self.worker.store, self.key.submission_id);
        match store.record_results(id, &self.results).await {
            Ok(is_open) => is_open,
            Err(error) => {
                tracing::warn!(%error, %id, "results so far could not be stored");
                true
            }
        }
    }

    async fn publish(&self, update: StatusUpdate) {
        let event = Event::StatusUpdate(update);
        let events = &self.worker.broker.events;
        if let Err(error) = events.publish_for_lease(self.lease, event).await {
            tracing::warn!(%error, judgement = %self.key, "progress could not be published");
        }
    }
}
