//! What every `Queue` promises of what happens again: a job that comes back, a verdict that is told twice.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod samples;

use letscode_model::{Event, StatusUpdate, SubmissionId, SubmissionStatus};
use letscode_queue::{InProcessQueue, Queue, QueueError, QueueSettings, RedisQueue};
use letscode_test_servers::Redis;
use samples::{ada, judge, next_event, not_now, soon};

/// An outage says nothing about the job that met it.
async fn a_job_that_was_handed_back_counts_as_never_handed_out(queue: &dyn Queue) {
    let job = judge();
    queue.push(job.clone()).await.unwrap();
    for _ in 0..3 {
        let lease = soon(queue.lease()).await.unwrap();
        assert_eq!((&lease.job, lease.deliveries), (&job, 1));
        queue.hand_back(lease.id).await.unwrap();
    }
    let lease = soon(queue.lease()).await.unwrap();
    queue.release(lease.id).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    assert_eq!(lease.deliveries, 2);
    queue.hand_back(lease.id.clone()).await.unwrap();
    assert_eq!(queue.hand_back(lease.id).await, Err(QueueError::LeaseLost));
}

/// Who finds that it has one already may tell it again, for whoever was first may have died before.
async fn a_verdict_is_told_once(queue: &dyn Queue) {
    let verdict = |id| {
        Event::StatusUpdate(StatusUpdate {
            submission_id: SubmissionId(id),
            status: SubmissionStatus::Completed,
            current_test: None,
            test_result: None,
            verdict: None,
        })
    };
    let [first, second] = [(); 2].map(|()| verdict(uuid::Uuid::new_v4()));
    let mut subscription = queue.subscribe(&ada(), None).await.unwrap();
    let told = queue.publish(&ada(), first.clone()).await.unwrap();
    assert_eq!(queue.publish(&ada(), first.clone()).await, Ok(told));
    queue.publish(&ada(), second.clone()).await.unwrap();
    queue.publish(&ada(), first.clone()).await.unwrap();
    assert_eq!(next_event(&mut subscription).await, (told, first));
    assert_eq!(next_event(&mut subscription).await, (told + 1, second));
    not_now(next_event(&mut subscription)).await;
}

async fn redis(server: &Redis) -> RedisQueue {
    let connected = RedisQueue::connect(&server.url(), QueueSettings::default()).await;
    connected.unwrap()
}

#[tokio::test]
async fn in_one_process() {
    a_job_that_was_handed_back_counts_as_never_handed_out(&InProcessQueue::default()).await;
    a_verdict_is_told_once(&InProcessQueue::default()).await;
}

#[tokio::test]
async fn in_redis() {
    let server = Redis::start();
    a_job_that_was_handed_back_counts_as_never_handed_out(&redis(&server).await).await;
    let server = Redis::start();
    a_verdict_is_told_once(&redis(&server).await).await;
}
