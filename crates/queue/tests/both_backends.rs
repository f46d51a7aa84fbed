//! Order and bounds of the queue, compared between both backends.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::FutureExt as _;
use letscode_model::{
    ClientAddress, Event, Job, Lane, ShareHolder, SubmissionId, TurnTerms, UserId,
};
use letscode_queue::{
    Broker, InProcessBroker, JobFilter, JobQueue, QueueError, QueueSettings, RedisBroker,
    ReleaseOptions, StreamItem, WaitingJob,
};
use letscode_test_servers::RedisServer;

fn settings() -> QueueSettings {
    QueueSettings {
        notify_interval: Duration::from_millis(20),
        ..Default::default()
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("in time")
}

/// The rules are written twice, once per backend: the same calls have the same results in both.
#[tokio::test]
async fn turns_are_the_same_in_both_backends() {
    let server = RedisServer::start();
    // So long that the time which the test takes changes no turn.
    let settings = QueueSettings {
        turn_quantum: Duration::from_secs(600),
        ..settings()
    };
    let redis = RedisBroker::connect(&server.url(), settings.clone())
        .await
        .unwrap();
    let in_process = InProcessBroker::new(settings);
    let mut dice = 7_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (dice >> 33) % sides
    };
    let counted = ReleaseOptions {
        count_attempt: true,
    };
    let [first, second, third] = ["192.0.2.1", "192.0.2.2", "2001:db8::1"].map(|text| {
        let address: std::net::IpAddr = text.parse().unwrap();
        Some(ShareHolder::from(ClientAddress::from(address)))
    });
    let shares = [None, first, second, third];
    let mut waiting = 0;
    let mut held = Vec::new();
    for step in 0..600 {
        match roll(12) {
            9..11 if !held.is_empty() => {
                let (redis_id, in_process_id) = held.remove(0);
                redis.ack(redis_id).await.unwrap();
                in_process.ack(in_process_id).await.unwrap();
            }
            0..5 => {
                // Names may share what their share's cap allows.
                let caps_share = roll(4) == 0;
                let lane = [Lane::Interactive, Lane::Normal, Lane::Background][roll(3) as usize];
                let job = Job::Judge {
                    submission_id: SubmissionId::random(),
                    judgement: 1,
                    user_id: UserId(format!("user-{}", roll(6))),
                    terms: TurnTerms {
                        share: shares[roll(4) as usize].clone(),
                        max_running: NonZeroU32::new(roll(4) as u32),
                        caps_share,
                        ..TurnTerms::default()
                    },
                    lane,
                };
                let expected = in_process.push(job.clone()).await;
                assert_eq!(redis.push(job).await, expected, "step {step}");
                waiting += 1;
            }
            5..9 if waiting > 0 => {
                // Those that wait may all be held back by caps.
                let Some(expected) = in_process.lease().now_or_never() else {
                    continue;
                };
                let expected = expected.unwrap();
                let actual = soon(redis.lease()).await.unwrap();
                assert_eq!(actual.job, expected.job, "step {step}");
                assert_eq!(actual.deliveries, expected.deliveries);
                waiting -= 1;
                held.push((actual.id, expected.id));
            }
            _ if !held.is_empty() => {
                let (redis_id, in_process_id) = held.swap_remove(roll(held.len() as u64) as usize);
                redis.release(redis_id, counted).await.unwrap();
                in_process.release(in_process_id, counted).await.unwrap();
                waiting += 1;
            }
            _ => {}
        }
        if step % 10 == 0 {
            assert_eq!(
                everything(&redis).await,
                everything(&in_process).await,
                "step {step}"
            );
        }
    }
}

/// Lists all jobs that wait, those that a cap holds back too.
async fn everything(queue: &dyn JobQueue) -> Vec<WaitingJob> {
    queue.waiting(&JobFilter::default(), 1000).await.unwrap()
}

/// Jobs that a cap holds back are behind all others, in the order in which they came, and are told so.
#[tokio::test]
async fn positions_of_held_jobs_are_the_same_in_both_backends() {
    let server = RedisServer::start();
    let settings = QueueSettings {
        position_interval: Duration::ZERO,
        ..settings()
    };
    let redis = RedisBroker::connect(&server.url(), settings.clone())
        .await
        .unwrap();
    let brokers = [
        Broker::new(redis),
        Broker::new(InProcessBroker::new(settings)),
    ];
    let job = |user: &str, max_running| Job::Judge {
        submission_id: SubmissionId::random(),
        judgement: 1,
        user_id: UserId(user.into()),
        lane: Lane::Normal,
        terms: TurnTerms {
            max_running: NonZeroU32::new(max_running),
            ..TurnTerms::default()
        },
    };
    let mut observations = Vec::new();
    for broker in brokers {
        let mut events = Vec::new();
        for user in ["eve", "mallory"] {
            let user = UserId(user.into());
            events.push(broker.events.subscribe(&user, None).await.unwrap());
        }
        let jobs = ["eve", "mallory", "eve", "mallory", "eve"].map(|user| job(user, 1));
        for job in &jobs {
            broker.jobs.push(job.clone()).await.unwrap();
        }
        for _ in 0..3 {
            broker.jobs.push(job("bob", 0)).await.unwrap();
        }
        let mut latest = HashMap::new();
        let mut positions = Vec::new();
        for _ in 0..3 {
            for events in &mut events {
                while let Ok(item) =
                    tokio::time::timeout(Duration::from_millis(500), events.next()).await
                {
                    if let StreamItem::Event { event, .. } = item.unwrap()
                        && let Event::QueuePosition {
                            submission_id,
                            position,
                        } = *event
                    {
                        latest.insert(submission_id, position);
                    }
                }
            }
            let shown_positions = jobs.iter().map(|job| match job {
                Job::Judge { submission_id, .. } => latest.get(submission_id).copied(),
                Job::Run { .. } => None,
            });
            positions.push(shown_positions.collect::<Vec<_>>());
            let lease = soon(broker.jobs.lease()).await.unwrap();
            broker.jobs.ack(lease.id).await.unwrap();
        }
        let list = broker
            .jobs
            .waiting(&JobFilter::default(), 10)
            .await
            .unwrap();
        let users: Vec<String> = list.into_iter().map(|job| job.user_id.0).collect();
        observations.push((positions, users));
    }
    assert_eq!(observations[0], observations[1]);
    let first = [0, 1, 5, 6, 7].map(Some);
    assert_eq!(
        observations[0].0[0], first,
        "bob's three are before those that are held"
    );
}

/// The last tenth of the places is for addresses that have nothing waiting.
#[tokio::test]
async fn the_last_places_are_for_newcomers() {
    let server = RedisServer::start();
    let settings = QueueSettings {
        max_waiting: 20,
        ..settings()
    };
    let redis = RedisBroker::connect(&server.url(), settings.clone())
        .await
        .unwrap();
    let queues: [&dyn JobQueue; 2] = [&redis, &InProcessBroker::new(settings)];
    for queue in queues {
        let push = |host: u8| {
            let address = std::net::IpAddr::from([192, 0, 2, host]);
            queue.push(Job::Judge {
                submission_id: SubmissionId::random(),
                judgement: 1,
                user_id: UserId(format!("user-{}", uuid::Uuid::new_v4())),
                lane: Lane::Normal,
                terms: TurnTerms::of_share(ClientAddress::from(address)),
            })
        };
        for _ in 0..18 {
            push(1).await.unwrap();
        }
        let full = Err(QueueError::Full { limit: 20 });
        assert_eq!(push(1).await, full);
        push(2).await.unwrap();
        assert_eq!(push(2).await, full);
        push(3).await.unwrap();
        assert_eq!(push(4).await, full);
    }
}

/// Beside the first position of each submission, and that one is next, a user gets one in the interval.
#[tokio::test]
async fn positions_are_coalesced_in_both_backends() {
    let server = RedisServer::start();
    let settings = QueueSettings {
        position_interval: Duration::from_secs(600),
        ..settings()
    };
    let redis = RedisBroker::connect(&server.url(), settings.clone())
        .await
        .unwrap();
    let brokers = [
        Broker::new(redis),
        Broker::new(InProcessBroker::new(settings)),
    ];
    for broker in brokers {
        let user = UserId("ada".into());
        let mut events = broker.events.subscribe(&user, None).await.unwrap();
        let mut positions = Vec::new();
        for _ in 0..6 {
            let job = Job::Judge {
                submission_id: SubmissionId::random(),
                judgement: 1,
                user_id: user.clone(),
                lane: Lane::Normal,
                terms: TurnTerms::default(),
            };
            broker.jobs.push(job).await.unwrap();
        }
        for _ in 0..4 {
            while let Ok(item) =
                tokio::time::timeout(Duration::from_millis(300), events.next()).await
            {
                if let StreamItem::Event { event, .. } = item.unwrap()
                    && let Event::QueuePosition { position, .. } = *event
                {
                    positions.push(position);
                }
            }
            soon(broker.jobs.lease()).await.unwrap();
        }
        let (first, later) = positions.split_at(6);
        assert_eq!(first, [0, 1, 2, 3, 4, 5]);
        let next = later.iter().filter(|position| **position == 0);
        assert_eq!((next.count(), later.len()), (3, 4), "{later:?}");
    }
}
