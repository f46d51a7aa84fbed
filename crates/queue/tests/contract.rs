//! What every `Queue` promises. Each promise is an async function over a queue of 4 places, of which
//! one user may have 3, so another implementation joins by adding its name to the list at the end.
//! What it promises of hints is in `hints.rs`, of what happens again in `again.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod samples;

use std::time::Duration;

use letscode_model::{
    Event, JobId, Lane, LanguageId, LanguageInfo, LanguageStatus, SnippetOutcome, SnippetReport,
    StatusUpdate, SubmissionId, SubmissionStatus, UserId,
};
use letscode_queue::{
    Buried, Delivery, InProcessQueue, Queue, QueueError, QueueSettings, RedisQueue, WorkerInfo,
};
use samples::{
    ada, judge, judge_for, judge_in, next_event, not_now, snippet, soon, test_number, update,
};

async fn jobs_come_first_in_first_out_within_a_lane(queue: &dyn Queue) {
    let (first, second) = (judge(), judge());
    assert_eq!(queue.push(first.clone()).await, Ok(0));
    assert_eq!(queue.push(second.clone()).await, Ok(1));
    let id = JobId::random();
    let _watch = queue.watch_snippet(id).await.unwrap();
    assert_eq!(queue.push(snippet(id)).await, Ok(0), "the more urgent lane");
    for expected in [snippet(id), first, second] {
        let lease = soon(queue.lease()).await.unwrap();
        assert_eq!((lease.job, lease.deliveries), (expected, 1));
        queue.ack(lease.id).await.unwrap();
    }
    not_now(queue.lease()).await;
}

async fn lanes_go_by_urgency(queue: &dyn Queue) {
    let lanes = [Lane::Background, Lane::Normal, Lane::Interactive];
    let jobs = lanes.map(|lane| judge_in(lane, &ada()));
    for job in &jobs {
        assert_eq!(queue.push(job.clone()).await, Ok(0));
    }
    for expected in jobs.into_iter().rev() {
        assert_eq!(soon(queue.lease()).await.unwrap().job, expected);
    }
}

/// However much one user sent, another's first job is next but one.
async fn users_take_turns(queue: &dyn Queue) {
    let bob = UserId("bob".into());
    let hers = [(); 3].map(|()| judge());
    let his = [(); 2].map(|()| judge_for(&bob));
    for (position, job) in hers.iter().enumerate() {
        assert_eq!(queue.push(job.clone()).await, Ok(position as u32));
    }
    assert_eq!(queue.push(his[0].clone()).await, Ok(1));
    let mut order = vec![soon(queue.lease()).await.unwrap().job];
    // Her turn is over: what she has left comes after what he has now.
    assert_eq!(queue.push(his[1].clone()).await, Ok(2));
    for _ in 0..4 {
        order.push(soon(queue.lease()).await.unwrap().job);
    }
    let [h0, h1, h2] = hers;
    let [b0, b1] = his;
    assert_eq!(order, [h0, b0, h1, b1, h2]);
}

/// A queue of 4 places in which one user may have 3.
async fn one_user_leaves_room_for_others(queue: &dyn Queue) {
    for _ in 0..2 {
        queue.push(judge()).await.unwrap();
    }
    let permit = queue.reserve(&ada()).await.unwrap();
    let full = QueueError::UserFull { limit: 3 };
    assert_eq!(queue.push(judge()).await, Err(full.clone()));
    let bob = UserId("bob".into());
    queue.push(judge_for(&bob)).await.unwrap();
    drop(permit);
    push_when_there_is_room(queue).await;
    assert_eq!(
        queue.push(judge()).await,
        Err(QueueError::Full { limit: 4 }),
        "the queue's own bound holds for everybody"
    );
    let lease = soon(queue.lease()).await.unwrap();
    assert_eq!(lease.job.user_id(), &ada());
    queue
        .push(judge())
        .await
        .expect("what is worked on does not wait");
}

async fn a_worker_that_waits_is_woken(queue: &dyn Queue) {
    let two_workers = async { tokio::join!(queue.lease(), queue.lease()) };
    let two_jobs = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        queue.push(judge()).await.unwrap();
        queue.push(judge()).await.unwrap();
    };
    let ((one, other), ()) = soon(async { tokio::join!(two_workers, two_jobs) }).await;
    assert_ne!(one.unwrap().job, other.unwrap().job);
}

async fn a_cancelled_wait_loses_no_job(queue: &dyn Queue) {
    for _ in 0..20 {
        let job = judge();
        // Cancelled when the push is answered: the job may be on its way here by then.
        tokio::select! {
            biased;
            pushed = async { tokio::task::yield_now().await; queue.push(job.clone()).await } => { pushed.unwrap(); }
            lease = queue.lease() => {
                queue.ack(lease.unwrap().id).await.unwrap();
                continue;
            }
        }
        let lease = soon(queue.lease()).await.unwrap();
        assert_eq!((lease.job, lease.deliveries), (job, 1));
        queue.ack(lease.id).await.unwrap();
    }
}

async fn a_released_job_is_next_again(queue: &dyn Queue) {
    let (first, second) = (judge(), judge());
    queue.push(first.clone()).await.unwrap();
    queue.push(second).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    queue.release(lease.id.clone()).await.unwrap();
    assert_eq!(
        queue.ack(lease.id.clone()).await,
        Err(QueueError::LeaseLost)
    );
    assert_eq!(queue.release(lease.id).await, Err(QueueError::LeaseLost));
    let again = soon(queue.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (first, 2));
}

/// An unused permit gives its place back, in a moment.
async fn push_when_there_is_room(queue: &dyn Queue) {
    soon(async {
        while queue.push(judge()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn the_queue_is_bounded(queue: &dyn Queue) {
    for user in ["eve", "eve", "bob"] {
        queue.push(judge_for(&UserId(user.into()))).await.unwrap();
    }
    let permit = queue.reserve(&ada()).await.unwrap();
    let full = QueueError::Full { limit: 4 };
    assert_eq!(queue.push(judge()).await, Err(full.clone()));
    assert_eq!(queue.reserve(&ada()).await.err(), Some(full.clone()));
    assert_eq!(
        permit.push(judge()).await,
        Ok(2),
        "a reserved place is kept"
    );

    assert_eq!(
        queue.readmit(judge()).await,
        Ok(4),
        "accepted work is never refused"
    );
    let lease = soon(queue.lease()).await.unwrap();
    assert_eq!(queue.push(judge()).await, Err(full));
    queue.ack(lease.id).await.unwrap();
    soon(queue.lease()).await.unwrap();
    drop(queue.reserve(&ada()).await.unwrap());
    push_when_there_is_room(queue).await;
}

async fn what_is_known_is_not_readmitted(queue: &dyn Queue) {
    let (waits, is_leased) = (judge(), judge());
    queue.push(is_leased.clone()).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    queue.push(waits.clone()).await.unwrap();
    for job in [&waits, &is_leased] {
        queue.readmit(job.clone()).await.unwrap();
    }
    assert_eq!(queue.status().await.unwrap().queued, 1);
    queue.ack(lease.id).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    assert_eq!(lease.job, waits);
    queue.ack(lease.id).await.unwrap();
    queue.readmit(waits.clone()).await.unwrap();
    let again = soon(queue.lease()).await.unwrap();
    assert_eq!(
        (again.job, again.deliveries),
        (waits, 1),
        "it was done before"
    );
}

/// A new queue knows of nothing; one of those who ask is to look for all.
async fn who_comes_first_looks_for_what_is_open(queue: &dyn Queue) {
    soon(queue.recovery_due()).await;
    not_now(queue.recovery_due()).await;
}

async fn what_is_given_up_is_kept_for_whoever_looks(queue: &dyn Queue) {
    let jobs = [judge(), judge()];
    for job in &jobs {
        queue.push(job.clone()).await.unwrap();
        let lease = soon(queue.lease()).await.unwrap();
        queue.bury(lease.id.clone(), "it fails").await.unwrap();
        let again = queue.bury(lease.id, "").await;
        assert_eq!(again, Err(QueueError::LeaseLost));
    }
    let reason = "it fails".to_owned();
    let expected = jobs.map(|job| Buried {
        job,
        reason: reason.clone(),
    });
    assert_eq!(queue.buried().await.unwrap(), expected);
    let status = queue.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 0));
}

async fn only_who_holds_the_lease_may_tell(queue: &dyn Queue) {
    queue.push(judge()).await.unwrap();
    let mut subscription = queue.subscribe(&ada(), None).await.unwrap();
    let lost = soon(queue.lease()).await.unwrap().id;
    let seq = queue.tell(&lost, update(1)).await.unwrap();
    assert_eq!(next_event(&mut subscription).await, (seq, update(1)));
    queue.release(lost.clone()).await.unwrap();
    let held = soon(queue.lease()).await.unwrap().id;
    let late = queue.tell(&lost, update(2)).await;
    assert_eq!(late, Err(QueueError::LeaseLost));
    queue.tell(&held, update(3)).await.unwrap();
    loop {
        // It may have been told of its place in between.
        let (_, event) = next_event(&mut subscription).await;
        if let Some(number) = test_number(&event) {
            assert_eq!(number, 3);
            break;
        }
    }
}

async fn a_stream_counts_by_one_and_resumes(queue: &dyn Queue) {
    let mut live = queue.subscribe(&ada(), None).await.unwrap();
    let start = live.position();
    assert!(start > 1_700_000_000_000_000, "Unix microseconds");
    for number in 1..=10 {
        let seq = queue.publish(&ada(), update(number)).await.unwrap();
        assert_eq!(seq, start + u64::from(number));
    }
    queue
        .publish(&UserId("bob".into()), update(99))
        .await
        .unwrap();
    for number in 1..=10 {
        let (seq, event) = next_event(&mut live).await;
        assert_eq!(
            (seq, test_number(&event)),
            (start + u64::from(number), Some(number))
        );
    }
    let mut resumed = queue.subscribe(&ada(), Some(start + 4)).await.unwrap();
    for number in 5..=10 {
        assert_eq!(test_number(&next_event(&mut resumed).await.1), Some(number));
    }
    let mut from_now = queue.subscribe(&ada(), None).await.unwrap();
    queue.publish(&ada(), update(11)).await.unwrap();
    assert_eq!(test_number(&next_event(&mut from_now).await.1), Some(11));
}

async fn what_the_stream_does_not_remember_is_said(queue: &dyn Queue) {
    let newest = queue.publish(&ada(), update(1)).await.unwrap();
    for unknown in [0, newest - 2, newest + 1, u64::MAX] {
        let mut resumed = queue.subscribe(&ada(), Some(unknown)).await.unwrap();
        let first = soon(resumed.next()).await.unwrap();
        assert_eq!(first, Delivery::Resync { seq: newest }, "after {unknown}");
    }
}

async fn a_slow_reader_is_told_and_delays_nobody(queue: &dyn Queue) {
    let mut slow = queue.subscribe(&ada(), None).await.unwrap();
    let mut quick = queue.subscribe(&ada(), None).await.unwrap();
    for number in 1..=5000 {
        queue.publish(&ada(), update(number)).await.unwrap();
        assert_eq!(test_number(&next_event(&mut quick).await.1), Some(number));
    }
    let lagged = async {
        loop {
            match slow.next().await {
                Ok(Delivery::System { .. }) => {}
                other => break other,
            }
        }
    };
    assert!(soon(lagged).await.is_err());
    let position = quick.position();
    assert_eq!(
        soon(slow.next()).await,
        Ok(Delivery::Resync { seq: position })
    );
}

/// Far more happens than is remembered, and nothing that counts is lost.
async fn a_slow_reader_gets_every_verdict(queue: &dyn Queue) {
    let mut slow = queue.subscribe(&ada(), None).await.unwrap();
    let ids = [(); 100].map(|()| SubmissionId::random());
    for id in ids {
        for position in (0..20).rev() {
            let submission_id = id;
            let moved = Event::QueuePosition {
                submission_id,
                position,
            };
            queue.publish(&ada(), moved).await.unwrap();
        }
        for status in [SubmissionStatus::Running, SubmissionStatus::Completed] {
            let update = StatusUpdate {
                submission_id: id,
                status,
                current_test: None,
                test_result: None,
                verdict: None,
            };
            let event = Event::StatusUpdate(update);
            queue.publish(&ada(), event).await.unwrap();
        }
    }
    let mut last = slow.position();
    let mut final_ones = Vec::new();
    while final_ones.len() < ids.len() {
        let (seq, event) = next_event(&mut slow).await;
        assert!(seq > last, "numbers grow");
        last = seq;
        if let Event::StatusUpdate(update) = event
            && update.status.is_final()
        {
            final_ones.push(update.submission_id);
        }
    }
    assert_eq!(final_ones, ids);
}

async fn everybody_hears_how_busy_it_is(queue: &dyn Queue) {
    let mut subscription = queue.subscribe(&ada(), None).await.unwrap();
    let start = subscription.position();
    let first = soon(subscription.next()).await.unwrap();
    assert!(
        matches!(first, Delivery::System { .. }),
        "at the start: {first:?}"
    );
    queue.push(judge_for(&UserId("bob".into()))).await.unwrap();
    loop {
        let Delivery::System { seq, status } = soon(subscription.next()).await.unwrap() else {
            panic!("nothing else happened to ada");
        };
        assert_eq!(seq, start, "takes no number");
        if status.queued == 1 {
            break;
        }
    }
    assert_eq!(queue.status().await.unwrap().queued, 1);
}

async fn positions_move_up(queue: &dyn Queue) {
    let mut subscription = queue.subscribe(&ada(), None).await.unwrap();
    queue.push(judge_for(&UserId("bob".into()))).await.unwrap();
    queue.push(judge()).await.unwrap();
    let position = |event: Event| match event {
        Event::QueuePosition { position, .. } => position,
        other => panic!("{other:?}"),
    };
    assert_eq!(position(next_event(&mut subscription).await.1), 1);
    soon(queue.lease()).await.unwrap();
    assert_eq!(position(next_event(&mut subscription).await.1), 0);
    not_now(async { next_event(&mut subscription).await }).await;
}

async fn a_snippet_answers_whoever_watches(queue: &dyn Queue) {
    let id = JobId::random();
    let watch = queue.watch_snippet(id).await.unwrap();
    queue.push(snippet(id)).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    let report = SnippetReport {
        outcome: SnippetOutcome::Exited,
        exit_code: Some(0),
        signal: None,
        stdout: "1\n".into(),
        stderr: String::new(),
        execution_time: 1.5,
        wall_time: 2.5,
        memory_used: 4096,
    };
    queue.publish_snippet(id, report.clone()).await.unwrap();
    queue.ack(lease.id).await.unwrap();
    assert_eq!(soon(watch.report()).await, Some(report.clone()));
    queue
        .publish_snippet(id, report)
        .await
        .expect("nobody watches: no harm");
}

async fn workers_say_what_they_can(queue: &dyn Queue) {
    let python = |status| LanguageInfo {
        id: LanguageId("python".into()),
        name: "Python".into(),
        version: "3".into(),
        status,
        extensions: vec!["py".into()],
        detail: None,
    };
    let worker = |id: &str, status| WorkerInfo {
        id: id.into(),
        languages: vec![python(status)],
        capacity: 2,
    };
    assert_eq!(queue.languages().await.unwrap(), []);
    queue
        .announce(worker("a", LanguageStatus::Available))
        .await
        .unwrap();
    queue
        .announce(worker("b", LanguageStatus::Missing))
        .await
        .unwrap();
    assert_eq!(
        queue.languages().await.unwrap(),
        [python(LanguageStatus::Available)]
    );
    assert_eq!(queue.status().await.unwrap().capacity, 4);
    queue.withdraw("a").await.unwrap();
    queue.withdraw("b").await.unwrap();
    assert_eq!(queue.workers().await.unwrap(), []);
    assert_eq!(
        queue.languages().await.unwrap().len(),
        1,
        "languages stay known"
    );
}

macro_rules! contract {
    ($($promise:ident),+ $(,)?) => {
        mod in_process {
            use super::*;
            $(#[tokio::test]
            async fn $promise() {
                let settings = QueueSettings {
                    max_waiting: 4,
                    max_waiting_of_user: 3,
                    ..Default::default()
                };
                super::$promise(&InProcessQueue::new(settings)).await;
            })+
        }
        mod redis {
            use super::*;
            $(#[tokio::test]
            async fn $promise() {
                let settings = QueueSettings {
                    max_waiting: 4,
                    max_waiting_of_user: 3,
                    ..Default::default()
                };
                let server = letscode_test_servers::Redis::start();
                let queue = RedisQueue::connect(&server.url(), settings).await.unwrap();
                super::$promise(&queue).await;
            })+
        }
    };
}

contract!(
    jobs_come_first_in_first_out_within_a_lane,
    lanes_go_by_urgency,
    users_take_turns,
    one_user_leaves_room_for_others,
    a_slow_reader_gets_every_verdict,
    a_worker_that_waits_is_woken,
    a_cancelled_wait_loses_no_job,
    a_released_job_is_next_again,
    the_queue_is_bounded,
    what_is_known_is_not_readmitted,
    who_comes_first_looks_for_what_is_open,
    what_is_given_up_is_kept_for_whoever_looks,
    only_who_holds_the_lease_may_tell,
    a_stream_counts_by_one_and_resumes,
    what_the_stream_does_not_remember_is_said,
    a_slow_reader_is_told_and_delays_nobody,
    everybody_hears_how_busy_it_is,
    positions_move_up,
    a_snippet_answers_whoever_watches,
    workers_say_what_they_can,
);
