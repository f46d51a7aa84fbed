//! Operators' commands on the queue.

use letscode_model::{
    AuditAction, AuditEvent, Event, JudgementKey, RunReport, StatusUpdate, SubmissionId,
    SubmissionStatus, UserId,
};
use letscode_queue::{Broker, JobFilter, JobWork};
use letscode_store::{CancelledJudgement, Store};

use crate::error::WorkerError;
use crate::rejudges;

/// Jobs that are taken out of the queue at once.
const BATCH: usize = 100;
const REASON: &str = "an operator cancelled it";

/// Cancels the jobs that wait and match. Submissions end as `Cancelled`, and runs without a result.
/// Returns how many there were. Rejudges that had no place in the queue yet come next, and are not
/// cancelled.
pub async fn cancel_waiting(
    store: &dyn Store,
    broker: &Broker,
    filter: &JobFilter,
) -> Result<usize, WorkerError> {
    let cancelled = cancel_all(store, broker, filter).await;
    if let Ok(count @ 1..) = cancelled {
        let event = AuditEvent::new(AuditAction::Cancel, AuditEvent::OPERATOR)
            .on("queue")
            .with("jobs", count);
        store.record_audit(&event).await?;
    }
    rejudges::queue_next(store, broker).await;
    cancelled
}

async fn cancel_all(
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
                JobWork::Submission(id) => {
                    cancel_submission(store, broker, id, &job.user_id).await?
                }
                JobWork::Run(id) => {
                    let report = RunReport::failed(format!("{REASON}\n"));
                    broker.replies.publish_report(id, report).await?;
                }
            }
        }
        total += cancelled.len();
    }
}

/// Cancels what a user has waiting and running, and forgets runs that are kept and events: before the
/// store erases the user, and once more after it.
pub async fn forget_user(
    store: &dyn Store,
    broker: &Broker,
    user: &UserId,
) -> Result<(), WorkerError> {
    for open in store.open_submissions().await? {
        if open.user_id == *user {
            cancel_submission(store, broker, open.id, user).await?;
            broker.jobs.cancel_judgement(open.key()).await?;
        }
    }
    Ok(broker.forget_user(user).await?)
}

/// As after each judgement: durable first, then published.
async fn cancel_submission(
    store: &dyn Store,
    broker: &Broker,
    id: SubmissionId,
    user: &UserId,
) -> Result<(), WorkerError> {
    if let CancelledJudgement::Cancelled(number) = store.cancel_judgement(id).await? {
        let key = JudgementKey {
            submission_id: id,
            number,
        };
        let update = StatusUpdate::new(key, SubmissionStatus::Cancelled);
        broker
            .events
            .publish(user, Event::StatusUpdate(update))
            .await?;
    }
    Ok(())
}
