//! Operators' commands on the queue.

use letscode_judge::internal_error;
use letscode_model::{Event, RunReport, StatusUpdate, SubmissionId, UserId};
use letscode_queue::{Broker, JobFilter, JobWork};
use letscode_store::Store;

use crate::error::WorkerError;

/// Jobs that are taken out of the queue at once.
const BATCH: usize = 100;
const REASON: &str = "an operator cancelled it";

/// Cancels the jobs that wait and match. Submissions end as Internal Error, and runs without a result.
/// Returns how many there were.
pub async fn cancel_waiting(
    store: &dyn Store,
    broker: &Broker,
    filter: &JobFilter,
) -> Result<usize, WorkerError> {
    let mut total = 0;
    loop {
        let cancelled = broker.jobs.cancel_waiting(filter, BATCH).await?;
        if cancelled.is_empty() {
            return Ok(total);
        }
        for job in &cancelled {
            match job.work {
                JobWork::Submission(id) => fail_submission(store, broker, id, &job.user_id).await?,
                JobWork::Run(id) => {
                    let report = RunReport::failed(format!("{REASON}\n"));
                    broker.replies.publish_report(id, report).await?;
                }
            }
        }
        total += cancelled.len();
    }
}

/// As after each judgement: durable first, then published.
async fn fail_submission(
    store: &dyn Store,
    broker: &Broker,
    id: SubmissionId,
    user: &UserId,
) -> Result<(), WorkerError> {
    let verdict = internal_error(REASON.to_owned());
    if store.finish(id, &verdict).await? {
        let event = Event::StatusUpdate(StatusUpdate {
            submission_id: id,
            status: verdict.verdict.status.final_status(),
            current_test: None,
            test_result: None,
            verdict: Some(verdict.verdict),
        });
        broker.events.publish(user, event).await?;
    }
    Ok(())
}
