//! Promises of the broker in Redis alone: lease timeouts, outages, several processes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use letscode_model::{
    Event, Job, JobId, Lane, RunReport, RunSpec, StatusUpdate, SubmissionId, SubmissionStatus,
    TurnTerms, UserId,
};
use letscode_queue::{
    EventStream, JobQueue, Lagged, QueueError, QueueSettings, RedisBroker, Replies, StreamItem,
    Subscription, WorkerInfo, WorkerRegistry,
};
use letscode_test_servers::{FakeClock, RedisServer};

const LEASE_TIMEOUT: Duration = Duration::from_millis(600);

fn settings() -> QueueSettings {
    QueueSettings {
        lease_timeout: LEASE_TIMEOUT,
        notify_interval: Duration::from_millis(20),
        ..Default::default()
    }
}

/// Connects as another process would.
async fn process(server: &RedisServer) -> RedisBroker {
    RedisBroker::connect(&server.url(), settings())
        .await
        .unwrap()
}

fn ada() -> UserId {
    UserId("ada: {x}*".into())
}

fn judge() -> Job {
    Job::Judge {
        submission_id: SubmissionId::random(),
        judgement: 1,
        user_id: ada(),
        lane: Lane::Normal,
        terms: TurnTerms::default(),
    }
}

fn update(number: u32) -> Event {
    Event::StatusUpdate(StatusUpdate {
        submission_id: SubmissionId::random(),
        judgement: 1,
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

/// Repeats an attempt until it succeeds.
async fn retry<T>(mut attempt: impl AsyncFnMut() -> Result<T, QueueError>) -> T {
    soon(async {
        loop {
            match attempt().await {
                Ok(value) => return value,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
}

async fn next(subscription: &mut Subscription) -> Result<(u64, Option<Event>), Lagged> {
    loop {
        match soon(subscription.next()).await? {
            StreamItem::Event { seq, event } => return Ok((seq, Some((*event).clone()))),
            StreamItem::Resync { seq } => return Ok((seq, None)),
            StreamItem::System { .. } => {}
        }
    }
}

#[tokio::test]
async fn jobs_of_a_dead_worker_go_to_another() {
    let server = RedisServer::start();
    let (dead, living) = (process(&server).await, process(&server).await);
    let job = judge();
    living.push(job.clone()).await.unwrap();
    let lost = soon(dead.lease()).await.unwrap();
    // Ends its tasks, as if its process had been killed.
    drop(dead);
    let again = soon(living.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (job, 2));
    assert_eq!(
        living.ack(lost.id.clone()).await,
        Err(QueueError::LeaseLost)
    );
    assert_eq!(
        living.publish_for_lease(&lost.id, update(1)).await,
        Err(QueueError::LeaseLost)
    );
    living.ack(again.id).await.unwrap();
    let status = living.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 0));
}

/// Redis measures leases and lifetimes by the wall clock.
#[tokio::test]
async fn a_clock_set_back_delays_nothing() {
    let clock = FakeClock::new();
    let server = RedisServer::start_with_clock(&clock);
    let (dead, living) = (process(&server).await, process(&server).await);
    soon(living.recovery_due()).await;
    let mut subscription = living.subscribe(&ada(), None).await.unwrap();
    let [job, other] = [(); 2].map(|()| judge());
    living.push(job.clone()).await.unwrap();
    soon(dead.lease()).await.unwrap();
    drop(dead);
    let mut last = next(&mut subscription).await.unwrap().0;
    clock.set_offset(-3600);
    let again = soon(living.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (job, 2));
    soon(living.recovery_due()).await;
    // Positions are published, with the next numbers.
    for job in [other, judge()] {
        living.push(job).await.unwrap();
        last += 1;
        assert_eq!(next(&mut subscription).await.unwrap().0, last);
    }
    living
        .ack(soon(living.lease()).await.unwrap().id)
        .await
        .unwrap();
    let (seq, event) = next(&mut subscription).await.unwrap();
    assert_eq!(seq, last + 1);
    assert!(matches!(
        event,
        Some(Event::QueuePosition { position: 0, .. })
    ));
}

#[tokio::test]
async fn a_clock_set_forward_loses_nothing() {
    let clock = FakeClock::new();
    let server = RedisServer::start_with_clock(&clock);
    let (first, second) = (process(&server).await, process(&server).await);
    first.push(judge()).await.unwrap();
    let lease = soon(first.lease()).await.unwrap();
    clock.set_offset(3600);
    tokio::time::sleep(LEASE_TIMEOUT).await;
    assert_eq!(first.ack(lease.id).await, Ok(()));
    let status = second.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 0));
}

#[tokio::test]
async fn renewed_leases_last() {
    let server = RedisServer::start();
    let (worker, other) = (process(&server).await, process(&server).await);
    worker.push(judge()).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    let taken = tokio::time::timeout(LEASE_TIMEOUT * 4, other.lease()).await;
    assert!(taken.is_err(), "{taken:?}");
    worker.ack(lease.id).await.unwrap();
}

#[tokio::test]
async fn nothing_is_published_after_the_verdict() {
    let server = RedisServer::start();
    let queue = process(&server).await;
    let job = judge();
    let Job::Judge { submission_id, .. } = job else {
        unreachable!()
    };
    queue.push(job).await.unwrap();
    let lease = soon(queue.lease()).await.unwrap();
    queue.publish_for_lease(&lease.id, update(1)).await.unwrap();
    // Published by a worker that had the job before.
    let verdict = Event::StatusUpdate(StatusUpdate {
        submission_id,
        judgement: 1,
        status: SubmissionStatus::Completed,
        current_test: None,
        test_result: None,
        verdict: None,
    });
    queue.publish(&ada(), verdict).await.unwrap();
    let late = queue.publish_for_lease(&lease.id, update(2)).await;
    assert_eq!(late, Err(QueueError::LeaseLost));
}

#[tokio::test]
async fn silent_workers_are_not_counted() {
    let server = RedisServer::start();
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
    let server = RedisServer::start();
    let [first, second, third] = [
        process(&server).await,
        process(&server).await,
        process(&server).await,
    ];
    let mut reader = first.subscribe(&ada(), None).await.unwrap();
    let mut other_reader = second.subscribe(&ada(), None).await.unwrap();
    let start = reader.position();
    assert_eq!(other_reader.position(), start);
    for number in 0..50 {
        let publisher = [&first, &second, &third][number as usize % 3];
        publisher.publish(&ada(), update(number)).await.unwrap();
    }
    let mut events = Vec::new();
    for number in 1..=50 {
        let event = next(&mut reader).await.unwrap();
        assert_eq!(event.0, start + number);
        assert_eq!(next(&mut other_reader).await.unwrap(), event);
        events.push(event);
    }
    // In a process that has not followed this user so far.
    let mut resumed = third.subscribe(&ada(), Some(start + 20)).await.unwrap();
    for event in &events[20..] {
        assert_eq!(&next(&mut resumed).await.unwrap(), event);
    }
}

#[tokio::test]
async fn concurrent_publishers_share_one_sequence() {
    let server = RedisServer::start();
    let (first, second) = (process(&server).await, process(&server).await);
    let mut subscription = first.subscribe(&ada(), None).await.unwrap();
    let start = subscription.position();
    let publishing = (0..200).map(|number| {
        let queue = if number % 2 == 0 { &first } else { &second };
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
async fn reports_reach_the_process_that_watches() {
    let server = RedisServer::start();
    let (api, worker) = (process(&server).await, process(&server).await);
    let mut spec = RunSpec::of_source("python", "1");
    spec.stdin = vec![0, 0xff].into();
    let spec = Arc::new(spec);
    let run = |id| Job::Run {
        id,
        user_id: ada(),
        spec: spec.clone(),
        terms: TurnTerms::default(),
    };
    let id = JobId::random();
    let watch = api.watch_run(id).await.unwrap();
    api.push(run(id)).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    assert_eq!(lease.job, run(id));
    let report = RunReport::failed("\0".repeat(100_000));
    worker.publish_report(id, report.clone()).await.unwrap();
    worker.ack(lease.id).await.unwrap();
    assert_eq!(soon(watch.report()).await, Some(report));

    let id = JobId::random();
    let watch = api.watch_run(id).await.unwrap();
    api.push(run(id)).await.unwrap();
    drop(watch);
    soon(async {
        while api.status().await.unwrap().queued > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Of many processes that are back at once, most come before the one that has the lease.
#[tokio::test]
async fn a_lease_survives_an_outage_that_is_longer() {
    let mut server = RedisServer::start();
    let worker = process(&server).await;
    let mut processes = Vec::new();
    for _ in 0..8 {
        processes.push(process(&server).await);
    }
    worker.push(judge()).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    server.kill();
    tokio::time::sleep(LEASE_TIMEOUT * 2).await;
    server.start_again();
    let held = retry(async || {
        processes[0].status().await?;
        // Time for every process to have looked for leases without heartbeats.
        tokio::time::sleep(LEASE_TIMEOUT).await;
        Ok(worker.ack(lease.id.clone()).await)
    });
    assert_eq!(held.await, Ok(()));
}

/// Redis comes back with its data.
#[tokio::test]
async fn a_restart_is_survived() {
    let mut server = RedisServer::start();
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
    let seq = retry(async || worker.publish_for_lease(&lease.id, update(1)).await).await;
    assert_eq!(seq, before + 1);
    let next_job = judge();
    retry(async || api.push(next_job.clone()).await).await;
    assert_eq!(soon(waiting).await.unwrap().job, next_job);
    assert_eq!(
        next(&mut subscription).await.unwrap().0,
        seq,
        "no event was lost"
    );
    worker.ack(lease.id).await.unwrap();
}

/// The worker sends no heartbeats for it any more.
#[tokio::test]
async fn a_lease_that_could_not_be_ended_times_out() {
    let mut server = RedisServer::start();
    let worker = process(&server).await;
    let job = judge();
    worker.push(job.clone()).await.unwrap();
    let lease = soon(worker.lease()).await.unwrap();
    server.kill();
    let result = worker.ack(lease.id).await;
    assert!(matches!(result, Err(QueueError::Unavailable(_))));
    server.start_again();
    let again = soon(worker.lease()).await.unwrap();
    assert_eq!((again.job, again.deliveries), (job, 2));
}

/// Redis comes back without its data.
#[tokio::test]
async fn lost_jobs_are_recovered() {
    let mut server = RedisServer::start();
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
    retry(async || api.readmit(open.clone()).await).await;
    let again = soon(worker.lease()).await.unwrap();
    assert_eq!(again.job, open);
    assert_eq!(worker.ack(lost.id).await, Err(QueueError::LeaseLost));
    worker.ack(again.id).await.unwrap();
    // The stream is a new one, and its readers learn that.
    assert_eq!(next(&mut subscription).await, Err(Lagged));
    let (seq, event) = next(&mut subscription).await.unwrap();
    assert!(seq > before && event.is_none());
}

#[tokio::test]
async fn unused_streams_are_evicted() {
    let server = RedisServer::start();
    let bounded = QueueSettings {
        max_streams: 8,
        ..settings()
    };
    let queue = RedisBroker::connect(&server.url(), bounded).await.unwrap();
    let user = |number: u32| UserId(format!("user-{number}"));
    let mut ends = Vec::new();
    for number in 0..50 {
        ends.push(queue.publish(&user(number), update(number)).await.unwrap());
    }
    let mut recent = queue
        .subscribe(&user(49), Some(ends[49] - 1))
        .await
        .unwrap();
    assert_eq!(next(&mut recent).await.unwrap().0, ends[49]);
    let mut evicted = queue.subscribe(&user(0), Some(ends[0])).await.unwrap();
    let (seq, event) = next(&mut evicted).await.unwrap();
    assert!(seq > ends[0] && event.is_none(), "must resynchronise");
}

#[tokio::test]
async fn an_unreachable_redis_is_an_error() {
    for url in ["redis://127.0.0.1:1", "http://127.0.0.1"] {
        let refused = soon(RedisBroker::connect(url, settings())).await;
        assert!(refused.is_err(), "{url}");
    }
}

/// A worker of a version without caps ends its lease, and counts nobody out: the place is given back, to
/// one that comes and to one that waits for it.
#[tokio::test]
async fn places_of_jobs_that_are_gone_are_given_back() {
    let server = RedisServer::start();
    let broker = process(&server).await;
    let client = ::redis::Client::open(server.url()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let key = |name: &str| format!("{{letscode}}:{name}");
    let capped = || match judge() {
        Job::Judge {
            submission_id,
            judgement,
            user_id,
            lane,
            ..
        } => Job::Judge {
            submission_id,
            judgement,
            user_id,
            lane,
            terms: TurnTerms {
                max_running: std::num::NonZeroU32::new(1),
                ..TurnTerms::default()
            },
        },
        run @ Job::Run { .. } => run,
    };
    let mut end_as_before = async |lease: letscode_queue::Lease| {
        let Job::Judge { submission_id, .. } = &lease.job else {
            panic!("a judgement");
        };
        let (job, lease) = (key(&format!("job:s:{submission_id}")), lease.id.as_str());
        let mut end = ::redis::pipe();
        end.cmd("DEL").arg(job);
        end.cmd("HDEL").arg(key("leased")).arg(lease);
        end.cmd("XACK").arg(key("tokens")).arg("workers").arg(lease);
        end.query_async::<()>(&mut redis).await.unwrap();
    };
    broker.push(capped()).await.unwrap();
    end_as_before(soon(broker.lease()).await.unwrap()).await;
    // One that comes finds the place free.
    broker.push(capped()).await.unwrap();
    let second = soon(broker.lease()).await.unwrap();
    // One that waits already gets it before long.
    let waiting = capped();
    broker.push(waiting.clone()).await.unwrap();
    end_as_before(second).await;
    assert_eq!(soon(broker.lease()).await.unwrap().job, waiting);
}
