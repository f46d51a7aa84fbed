//! Promises of every `JobQueue`, over a broker of 4 places, of which one user may have 3.

use std::time::Duration;

use letscode_model::{Job, JobId, JudgementKey, Lane, UserId};
use letscode_queue::{Broker, BuriedJob, QueueError};

use crate::samples::{COUNTED, UNCOUNTED, ada, judge, judge_for, not_now, run, soon};

for_every_backend!(
    a_lane_is_first_in_first_out,
    users_take_turns,
    one_user_cannot_fill_the_queue,
    the_queue_is_bounded,
    waiting_workers_are_woken,
    a_cancelled_lease_loses_no_job,
    released_jobs_are_next,
    uncounted_attempts_leave_no_trace,
    known_jobs_are_not_readmitted,
    recovery_is_due_once,
    buried_jobs_are_listed,
    cancelled_judgements_never_run,
    cancellation_reaches_the_worker,
    judgements_of_one_submission_are_different_jobs,
    freed_places_wake_the_waiter,
);

async fn a_lane_is_first_in_first_out(broker: &Broker) {
    let (first, second) = (judge(), judge());
    assert_eq!(broker.jobs.push(first.clone()).await, Ok(0));
    assert_eq!(broker.jobs.push(second.clone()).await, Ok(1));
    let id = JobId::random();
    let _watch = broker.replies.watch_run(id).await.unwrap();
    assert_eq!(broker.jobs.push(run(id)).await, Ok(1), "lanes take turns");
    for expected in [first, run(id), second] {
        let lease = soon(broker.jobs.lease()).await.unwrap();
        assert_eq!((lease.job, lease.deliveries), (expected, 1));
        broker.jobs.ack(lease.id).await.unwrap();
    }
    not_now(broker.jobs.lease()).await;
}

/// The first job of another user is second, however many jobs one user has.
async fn users_take_turns(broker: &Broker) {
    let bob = UserId("bob".into());
    let of_ada = [(); 3].map(|()| judge());
    let of_bob = [(); 2].map(|()| judge_for(&bob));
    for (position, job) in of_ada.iter().enumerate() {
        assert_eq!(broker.jobs.push(job.clone()).await, Ok(position as u32));
    }
    assert_eq!(broker.jobs.push(of_bob[0].clone()).await, Ok(1));
    let mut order = vec![soon(broker.jobs.lease()).await.unwrap().job];
    // Ada's turn is over: her other jobs come after Bob's first.
    assert_eq!(broker.jobs.push(of_bob[1].clone()).await, Ok(2));
    for _ in 0..4 {
        order.push(soon(broker.jobs.lease()).await.unwrap().job);
    }
    let [a0, a1, a2] = of_ada;
    let [b0, b1] = of_bob;
    assert_eq!(order, [a0, b0, a1, b1, a2]);
}

/// A queue of 4 places in which one user may have 3.
async fn one_user_cannot_fill_the_queue(broker: &Broker) {
    for _ in 0..2 {
        broker.jobs.push(judge()).await.unwrap();
    }
    let permit = broker.jobs.reserve(&ada(), None).await.unwrap();
    let full = QueueError::UserFull { limit: 3 };
    assert_eq!(broker.jobs.push(judge()).await, Err(full.clone()));
    let bob = UserId("bob".into());
    broker.jobs.push(judge_for(&bob)).await.unwrap();
    drop(permit);
    push_when_there_is_room(broker).await;
    assert_eq!(
        broker.jobs.push(judge()).await,
        Err(QueueError::Full { limit: 4 }),
        "the bound of the whole queue"
    );
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(lease.job.user_id(), &ada());
    broker
        .jobs
        .push(judge())
        .await
        .expect("leased jobs do not wait");
}

async fn the_queue_is_bounded(broker: &Broker) {
    for user in ["eve", "eve", "bob"] {
        broker
            .jobs
            .push(judge_for(&UserId(user.into())))
            .await
            .unwrap();
    }
    let permit = broker.jobs.reserve(&ada(), None).await.unwrap();
    let full = QueueError::Full { limit: 4 };
    assert_eq!(broker.jobs.push(judge()).await, Err(full.clone()));
    assert_eq!(
        broker.jobs.reserve(&ada(), None).await.err(),
        Some(full.clone())
    );
    assert_eq!(
        permit.push(judge()).await,
        Ok(2),
        "a reserved place stays reserved"
    );

    assert_eq!(
        broker.jobs.readmit(judge()).await,
        Ok(4),
        "accepted work is never refused"
    );
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(broker.jobs.push(judge()).await, Err(full));
    broker.jobs.ack(lease.id).await.unwrap();
    soon(broker.jobs.lease()).await.unwrap();
    drop(broker.jobs.reserve(&ada(), None).await.unwrap());
    push_when_there_is_room(broker).await;
}

async fn waiting_workers_are_woken(broker: &Broker) {
    let two_workers = async { tokio::join!(broker.jobs.lease(), broker.jobs.lease()) };
    let two_jobs = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        broker.jobs.push(judge()).await.unwrap();
        broker.jobs.push(judge()).await.unwrap();
    };
    let ((first, second), ()) = soon(async { tokio::join!(two_workers, two_jobs) }).await;
    assert_ne!(first.unwrap().job, second.unwrap().job);
}

async fn a_cancelled_lease_loses_no_job(broker: &Broker) {
    for _ in 0..20 {
        let job = judge();
        // Cancelled when the push returns: the job may be on its way here by then.
        tokio::select! {
            biased;
            pushed = async { tokio::task::yield_now().await; broker.jobs.push(job.clone()).await } => { pushed.unwrap(); }
            lease = broker.jobs.lease() => {
                broker.jobs.ack(lease.unwrap().id).await.unwrap();
                continue;
            }
        }
        let lease = soon(broker.jobs.lease()).await.unwrap();
        assert_eq!((lease.job, lease.deliveries), (job, 1));
        broker.jobs.ack(lease.id).await.unwrap();
    }
}

async fn released_jobs_are_next(broker: &Broker) {
    let (first, second) = (judge(), judge());
    broker.jobs.push(first.clone()).await.unwrap();
    broker.jobs.push(second).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    broker
        .jobs
        .release(lease.id.clone(), COUNTED)
        .await
        .unwrap();
    assert_eq!(
        broker.jobs.ack(lease.id.clone()).await,
        Err(QueueError::LeaseLost)
    );
    assert_eq!(
        broker.jobs.release(lease.id, COUNTED).await,
        Err(QueueError::LeaseLost)
    );
    let again = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (first, 2));
}

/// An outage is not the job's fault.
async fn uncounted_attempts_leave_no_trace(broker: &Broker) {
    let job = judge();
    broker.jobs.push(job.clone()).await.unwrap();
    for _ in 0..3 {
        let lease = soon(broker.jobs.lease()).await.unwrap();
        assert_eq!((&lease.job, lease.deliveries), (&job, 1));
        broker.jobs.release(lease.id, UNCOUNTED).await.unwrap();
    }
    let lease = soon(broker.jobs.lease()).await.unwrap();
    broker.jobs.release(lease.id, COUNTED).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(lease.deliveries, 2);
    broker
        .jobs
        .release(lease.id.clone(), UNCOUNTED)
        .await
        .unwrap();
    assert_eq!(
        broker.jobs.release(lease.id, UNCOUNTED).await,
        Err(QueueError::LeaseLost)
    );
}

async fn known_jobs_are_not_readmitted(broker: &Broker) {
    let (waits, is_leased) = (judge(), judge());
    broker.jobs.push(is_leased.clone()).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    broker.jobs.push(waits.clone()).await.unwrap();
    for job in [&waits, &is_leased] {
        broker.jobs.readmit(job.clone()).await.unwrap();
    }
    assert_eq!(broker.jobs.status().await.unwrap().queued, 1);
    broker.jobs.ack(lease.id).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(lease.job, waits);
    broker.jobs.ack(lease.id).await.unwrap();
    broker.jobs.readmit(waits.clone()).await.unwrap();
    let again = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(
        (again.job, again.deliveries),
        (waits, 1),
        "it was done before"
    );
}

/// A new broker has no state: one of its processes recovers it.
async fn recovery_is_due_once(broker: &Broker) {
    soon(broker.jobs.recovery_due()).await;
    not_now(broker.jobs.recovery_due()).await;
}

async fn buried_jobs_are_listed(broker: &Broker) {
    let jobs = [judge(), judge()];
    for job in &jobs {
        broker.jobs.push(job.clone()).await.unwrap();
        let lease = soon(broker.jobs.lease()).await.unwrap();
        broker
            .jobs
            .bury(lease.id.clone(), "it fails")
            .await
            .unwrap();
        let again = broker.jobs.bury(lease.id, "").await;
        assert_eq!(again, Err(QueueError::LeaseLost));
    }
    let reason = "it fails".to_owned();
    let expected = jobs.map(|job| BuriedJob {
        job,
        reason: reason.clone(),
    });
    assert_eq!(broker.jobs.buried().await.unwrap(), expected);
    let status = broker.jobs.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 0));
    let nobody = UserId("nobody".into());
    broker.forget_user(&nobody).await.unwrap();
    assert_eq!(broker.jobs.buried().await.unwrap(), expected);
    broker.forget_user(expected[0].job.user_id()).await.unwrap();
    assert_eq!(broker.jobs.buried().await.unwrap(), []);
}

/// Pushes once the place of a dropped permit is free again.
async fn push_when_there_is_room(broker: &Broker) {
    soon(async {
        while broker.jobs.push(judge()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn key_of(job: &Job) -> JudgementKey {
    match job {
        Job::Judge {
            submission_id,
            judgement,
            ..
        } => JudgementKey {
            submission_id: *submission_id,
            number: *judgement,
        },
        Job::Run { .. } => panic!("a run has no judgement"),
    }
}

/// The next judgement of the same submission.
fn rejudge_of(job: &Job) -> Job {
    let mut job = job.clone();
    if let Job::Judge {
        judgement, lane, ..
    } = &mut job
    {
        *judgement += 1;
        *lane = Lane::Background;
    }
    job
}

async fn cancelled_judgements_never_run(broker: &Broker) {
    let jobs = [(); 3].map(|()| judge());
    for job in &jobs {
        broker.jobs.push(job.clone()).await.unwrap();
    }
    let cancel = || broker.jobs.cancel_judgement(key_of(&jobs[1]));
    assert_eq!(cancel().await, Ok(true));
    assert_eq!(cancel().await, Ok(false));
    assert_eq!(broker.jobs.status().await.unwrap().queued, 2);
    for expected in [&jobs[0], &jobs[2]] {
        let lease = soon(broker.jobs.lease()).await.unwrap();
        assert_eq!(lease.job, *expected);
        broker.jobs.ack(lease.id).await.unwrap();
    }
    not_now(broker.jobs.lease()).await;
    // Its place is free, and the job may come again.
    assert_eq!(broker.jobs.push(jobs[1].clone()).await, Ok(0));
}

async fn cancellation_reaches_the_worker(broker: &Broker) {
    let job = judge();
    let key = key_of(&job);
    broker.jobs.push(job).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    let mut news = broker.jobs.cancel_news();
    let mut news_elsewhere = broker.jobs.cancel_news();
    let unknown = key_of(&judge());
    assert_eq!(broker.jobs.cancel_judgement(unknown).await, Ok(false));
    soon(news_elsewhere.of(unknown.submission_id)).await;
    not_now(news.of(key.submission_id)).await;
    assert_eq!(broker.jobs.cancel_judgement(key).await, Ok(false));
    soon(news.of(key.submission_id)).await;
    broker.jobs.ack(lease.id).await.unwrap();
}

async fn judgements_of_one_submission_are_different_jobs(broker: &Broker) {
    let first = judge();
    let second = rejudge_of(&first);
    broker.jobs.push(first.clone()).await.unwrap();
    for _ in 0..2 {
        broker.jobs.readmit(second.clone()).await.unwrap();
    }
    assert_eq!(broker.jobs.status().await.unwrap().queued, 2);
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(lease.job, first);
    assert_eq!(
        broker.jobs.cancel_judgement(key_of(&first)).await,
        Ok(false)
    );
    assert_eq!(
        broker.jobs.cancel_judgement(key_of(&second)).await,
        Ok(true)
    );
}

async fn freed_places_wake_the_waiter(broker: &Broker) {
    let bob = UserId("bob".into());
    let place = broker.jobs.reserve(&bob, None).await.unwrap();
    broker.jobs.push(judge()).await.unwrap();
    // What was freed before does not matter.
    let _ = tokio::time::timeout(Duration::from_millis(50), broker.jobs.place_freed()).await;
    let freed = async {
        let begin = std::time::Instant::now();
        broker.jobs.place_freed().await;
        begin.elapsed()
    };
    let (took, ()) = tokio::join!(freed, async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(place);
    });
    assert!(took >= Duration::from_millis(95), "{took:?}");
    assert!(took < Duration::from_millis(400), "{took:?}");
    let (took, _lease) = tokio::join!(
        async {
            let begin = std::time::Instant::now();
            broker.jobs.place_freed().await;
            begin.elapsed()
        },
        async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            soon(broker.jobs.lease()).await.unwrap()
        }
    );
    assert!(took < Duration::from_millis(400), "{took:?}");
}
