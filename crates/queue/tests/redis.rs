//! What is particular to the queue of many machines: leases end, Redis goes away, several processes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use letscode_model::{
    Event, Job, JobId, Lane, LanguageId, Snippet, SnippetOutcome, SnippetReport, StatusUpdate,
    SubmissionId, SubmissionStatus, UserId,
};
use letscode_queue::{
    Delivery, InProcessQueue, Lagged, Queue, QueueError, QueueSettings, RedisQueue, Subscription,
    WorkerInfo,
};
use letscode_test_servers::{Clock, Redis};

const LEASE: Duration = Duration::from_millis(600);

fn settings() -> QueueSettings {
    QueueSettings {
        lease: LEASE,
        tell_every: Duration::from_millis(20),
        ..Default::default()
    }
}

/// A queue as another process has it.
async fn process(server: &Redis) -> RedisQueue {
    RedisQueue::connect(&server.url(), settings())
        .await
        .unwrap()
}

fn ada() -> UserId {
    UserId("ada: {x}*".into())
}

fn judge() -> Job {
    Job::Judge {
        submission_id: SubmissionId::random(),
        user_id: ada(),
        lane: Lane::Normal,
    }
}

fn update(number: u32) -> Event {
    Event::StatusUpdate(StatusUpdate {
        submission_id: SubmissionId::random(),
        status: SubmissionStatus::Running,
        current_test: Some(number),
        test_result: None,
        verdict: None,
    })
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("in time")
}

/// Until it works again.
async fn insist<T>(mut attempt: impl AsyncFnMut() -> Result<T, QueueError>) -> T {
    soon(async {
        loop {
            match attempt().await {
                Ok(done) => return done,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
}

async fn next(subscription: &mut Subscription) -> Result<(u64, Option<Event>), Lagged> {
    loop {
        match soon(subscription.next()).await? {
            Delivery::Event { seq, event } => return Ok((seq, Some((*event).clone()))),
            Delivery::Resync { seq } => return Ok((seq, None)),
            Delivery::System { .. } => {}
        }
    }
}

#[tokio::test]
async fn a_dead_worker_s_jobs_go_to_another() {
    let server = Redis::start();
    let (dead, living) = (process(&server).await, process(&server).await);
    let job = judge();
    living.push(job.clone()).await.unwrap();
    let lost = soon(dead.lease()).await.unwrap();
    // As if its process had been killed: nothing in it goes on.
    drop(dead);
    let again = soon(living.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (job, 2));
    assert_eq!(
        living.ack(lost.id.clone()).await,
        Err(QueueError::LeaseLost)
    );
    assert_eq!(
        living.tell(&lost.id, update(1)).await,
        Err(QueueError::LeaseLost)
    );
    living.ack(again.id).await.unwrap();
    let status = living.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 0));
}

/// Redis measures leases, and whatever it forgets in time, by the wall clock.
#[tokio::test]
async fn a_clock_that_is_set_back_delays_nothing() {
    let clock = Clock::new();
    let server = Redis::start_by(&clock);
    let (dead, living) = (process(&server).await, process(&server).await);
    soon(living.recovery_due()).await;
    let mut subscription = living.subscribe(&ada(), None).await.unwrap();
    let [job, other] = [(); 2].map(|()| judge());
    living.push(job.clone()).await.unwrap();
    soon(dead.lease()).await.unwrap();
    drop(dead);
    let mut last = next(&mut subscription).await.unwrap().0;
    clock.set_wrong_by(-3600);
    let again = soon(living.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (job, 2));
    soon(living.recovery_due()).await;
    // Places are told, with the next numbers.
    for job in [other, judge()] {
        living.push(job).await.unwrap();
        last += 1;
        assert_eq!(next(&mut subscription).await.unwrap().0, last);
    }
    living
        .ack(soon(living.lease()).await.unwrap().id)
        .await
        .unwrap();
    let (seq, place) = next(&mut subscription).await.unwrap();
    assert_eq!(seq, last + 1);
    assert!(matches!(
        place,
        Some(Event::QueuePosition { position: 0, .. })
    ));
}

#[tokio::test]
async fn a_clock_that_is_set_forward_loses_nothing() {
    let clock = Clock::new();
    let server = Redis::start_by(&clock);
    let (one, other) = (process(&server).await, process(&server).await);
    let job = judge();
    one.push(job.clone()).await.unwrap();
    let lease = soon(one.lease()).await.unwrap();
    clock.set_wrong_by(3600);
    tokio::time::sleep(LEASE).await;
    // Whoever looked first after that: the one who keeps it, or another.
    if one.ack(lease.id).await == Err(QueueError::LeaseLost) {
        let again = soon(other.lease()).await.unwrap();
        assert_eq!((again.job, again.deliveries), (job, 2));
        other.ack(again.id).await.unwrap();
    }
    let status = other.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 0));
}

#[tokio::test]
async fn a_lease_that_is_kept_lasts() {
    let server = Redis::start();
    let (worker, other) = (process(&server).await, process(&server).await);
    worker.push(judge()).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    let taken = tokio::time::timeout(LEASE * 4, other.lease()).await;
    assert!(taken.is_err(), "{taken:?}");
    worker.ack(lease.id).await.unwrap();
}

#[tokio::test]
async fn nothing_more_is_told_once_there_is_a_verdict() {
    let server = Redis::start();
    let queue = process(&server).await;
    let job = judge();
    let Job::Judge { submission_id, .. } = job else {
        unreachable!()
    };
    queue.push(job).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    queue.tell(&lease.id, update(1)).await.unwrap();
    // By whoever had the job before, and was faster in the end.
    let verdict = Event::StatusUpdate(StatusUpdate {
        submission_id,
        status: SubmissionStatus::Completed,
        current_test: None,
        test_result: None,
        verdict: None,
    });
    queue.publish(&ada(), verdict).await.unwrap();
    let late = queue.tell(&lease.id, update(2)).await;
    assert_eq!(late, Err(QueueError::LeaseLost));
}

#[tokio::test]
async fn a_worker_that_is_silent_is_not_counted() {
    let server = Redis::start();
    let (dead, living) = (process(&server).await, process(&server).await);
    let worker = |id: &str| WorkerInfo {
        id: id.into(),
        languages: vec![],
        capacity: 3,
    };
    dead.announce(worker("dead")).await.unwrap();
    living.announce(worker("living")).await.unwrap();
    assert_eq!(living.status().await.unwrap().capacity, 6);
    drop(dead);
    soon(async {
        while living.workers().await.unwrap().len() > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(living.workers().await.unwrap(), [worker("living")]);
    assert_eq!(living.status().await.unwrap().capacity, 3);
}

#[tokio::test]
async fn events_reach_every_process_in_one_order() {
    let server = Redis::start();
    let [one, other, third] = [
        process(&server).await,
        process(&server).await,
        process(&server).await,
    ];
    let mut here = one.subscribe(&ada(), None).await.unwrap();
    let mut there = other.subscribe(&ada(), None).await.unwrap();
    let start = here.position();
    assert_eq!(there.position(), start);
    for number in 0..50 {
        let publisher = [&one, &other, &third][number as usize % 3];
        publisher.publish(&ada(), update(number)).await.unwrap();
    }
    let mut told = Vec::new();
    for number in 1..=50 {
        let event = next(&mut here).await.unwrap();
        assert_eq!(event.0, start + number);
        assert_eq!(next(&mut there).await.unwrap(), event);
        told.push(event);
    }
    // Where nobody has followed her so far.
    let mut resumed = third.subscribe(&ada(), Some(start + 20)).await.unwrap();
    for event in &told[20..] {
        assert_eq!(&next(&mut resumed).await.unwrap(), event);
    }
}

#[tokio::test]
async fn many_publish_at_once_and_no_number_is_missing_or_doubled() {
    let server = Redis::start();
    let (one, other) = (process(&server).await, process(&server).await);
    let mut subscription = one.subscribe(&ada(), None).await.unwrap();
    let start = subscription.position();
    let publishing = (0..200).map(|number| {
        let queue = if number % 2 == 0 { &one } else { &other };
        async move { queue.publish(&ada(), update(number)).await.unwrap() }
    });
    let mut numbers = futures_util::future::join_all(publishing).await;
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(start + 1..=start + 200));
    for seq in numbers {
        assert_eq!(next(&mut subscription).await.unwrap().0, seq);
    }
}

#[tokio::test]
async fn a_report_reaches_the_process_that_waits_for_it() {
    let server = Redis::start();
    let (api, worker) = (process(&server).await, process(&server).await);
    let snippet = |id| Job::RunSnippet {
        id,
        user_id: ada(),
        snippet: Snippet {
            code: "1".into(),
            input: "\0".into(),
            language: LanguageId("python".into()),
        },
    };
    let id = JobId::random();
    let watch = api.watch_snippet(id).await.unwrap();
    api.push(snippet(id)).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    assert_eq!(lease.job, snippet(id));
    let report = SnippetReport {
        outcome: SnippetOutcome::Exited,
        exit_code: Some(0),
        signal: None,
        stdout: "\0".repeat(100_000),
        stderr: String::new(),
        execution_time: 1.5,
        wall_time: 2.5,
        memory_used: 4096,
    };
    worker.publish_snippet(id, report.clone()).await.unwrap();
    worker.ack(lease.id).await.unwrap();
    assert_eq!(soon(watch.report()).await, Some(report));

    let id = JobId::random();
    let watch = api.watch_snippet(id).await.unwrap();
    api.push(snippet(id)).await.unwrap();
    drop(watch);
    soon(async {
        while api.status().await.unwrap().queued > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Redis comes back with what it had.
#[tokio::test]
async fn a_restart_is_waited_for() {
    let mut server = Redis::start();
    let (api, worker) = (process(&server).await, process(&server).await);
    let mut subscription = api.subscribe(&ada(), None).await.unwrap();
    let leased = judge();
    api.push(leased.clone()).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    let before = next(&mut subscription).await.unwrap().0;
    server.kill();
    assert!(matches!(
        api.push(judge()).await,
        Err(QueueError::Unavailable(_))
    ));
    let waiting = tokio::spawn({
        let worker = worker.clone();
        async move { worker.lease().await.unwrap() }
    });
    server.start_again();
    let seq = insist(async || worker.tell(&lease.id, update(1)).await).await;
    assert_eq!(seq, before + 1);
    let next_job = judge();
    insist(async || api.push(next_job.clone()).await).await;
    assert_eq!(soon(waiting).await.unwrap().job, next_job);
    assert_eq!(
        next(&mut subscription).await.unwrap().0,
        seq,
        "nothing was missed"
    );
    worker.ack(lease.id).await.unwrap();
}

/// Its worker has done with it, whatever Redis heard of that.
#[tokio::test]
async fn a_lease_that_could_not_be_ended_ends_by_itself() {
    let mut server = Redis::start();
    let worker = process(&server).await;
    let job = judge();
    worker.push(job.clone()).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    server.kill();
    let ended = worker.ack(lease.id).await;
    assert!(matches!(ended, Err(QueueError::Unavailable(_))));
    server.start_again();
    let again = soon(worker.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (job, 2));
}

/// Redis comes back with nothing.
#[tokio::test]
async fn what_was_lost_is_asked_for_again() {
    let mut server = Redis::start();
    let (api, worker) = (process(&server).await, process(&server).await);
    soon(api.recovery_due()).await;
    let mut subscription = api.subscribe(&ada(), None).await.unwrap();
    let open = judge();
    api.push(open.clone()).await.unwrap();
    let lost = soon(worker.lease()).await.unwrap();
    let before = next(&mut subscription).await.unwrap().0;
    server.kill();
    server.start_again_empty();
    soon(worker.recovery_due()).await;
    insist(async || api.readmit(open.clone()).await).await;
    let again = soon(worker.lease()).await.unwrap();
    assert_eq!(again.job, open);
    assert_eq!(worker.ack(lost.id).await, Err(QueueError::LeaseLost));
    worker.ack(again.id).await.unwrap();
    // Its stream is another now, and whoever follows is told so.
    assert_eq!(next(&mut subscription).await, Err(Lagged));
    let (seq, event) = next(&mut subscription).await.unwrap();
    assert!(seq > before && event.is_none());
}

#[tokio::test]
async fn streams_that_nobody_needs_are_forgotten() {
    let server = Redis::start();
    let bounded = QueueSettings {
        max_streams: 8,
        ..settings()
    };
    let queue = RedisQueue::connect(&server.url(), bounded).await.unwrap();
    let user = |number: u32| UserId(format!("user-{number}"));
    let mut ends = Vec::new();
    for number in 0..50 {
        ends.push(queue.publish(&user(number), update(number)).await.unwrap());
    }
    let mut kept = queue
        .subscribe(&user(49), Some(ends[49] - 1))
        .await
        .unwrap();
    assert_eq!(next(&mut kept).await.unwrap().0, ends[49]);
    let mut gone = queue.subscribe(&user(0), Some(ends[0])).await.unwrap();
    let (seq, event) = next(&mut gone).await.unwrap();
    assert!(seq > ends[0] && event.is_none(), "told to look");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_said() {
    for url in ["redis://127.0.0.1:1", "http://127.0.0.1"] {
        let refused = soon(RedisQueue::connect(url, settings())).await;
        assert!(refused.is_err(), "{url}");
    }
}

/// The rules are written twice, once for each queue: the same story has the same course in both.
#[tokio::test]
async fn turns_are_the_same_as_in_one_process() {
    let server = Redis::start();
    let redis = process(&server).await;
    let one_process = InProcessQueue::new(settings());
    let mut dice = 7_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (dice >> 33) % sides
    };
    let mut waiting = 0;
    let mut held = Vec::new();
    for step in 0..600 {
        match roll(10) {
            0..5 => {
                let lane = [Lane::Interactive, Lane::Normal, Lane::Background][roll(3) as usize];
                let job = Job::Judge {
                    submission_id: SubmissionId::random(),
                    user_id: UserId(format!("user-{}", roll(6))),
                    lane,
                };
                let expected = one_process.push(job.clone()).await;
                assert_eq!(redis.push(job).await, expected, "step {step}");
                waiting += 1;
            }
            5..9 if waiting > 0 => {
                let expected = soon(one_process.lease()).await.unwrap();
                let found = soon(redis.lease()).await.unwrap();
                assert_eq!(found.job, expected.job, "step {step}");
                assert_eq!(found.deliveries, expected.deliveries);
                waiting -= 1;
                held.push((found.id, expected.id));
            }
            _ if !held.is_empty() => {
                let (there, here) = held.swap_remove(roll(held.len() as u64) as usize);
                redis.release(there).await.unwrap();
                one_process.release(here).await.unwrap();
                waiting += 1;
            }
            _ => {}
        }
    }
}
