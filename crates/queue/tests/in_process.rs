//! Promises of the broker of one machine alone.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use letscode_model::{
    Event, Job, JobId, Lane, RunSpec, StatusUpdate, SubmissionId, SubmissionStatus, TurnTerms,
    UserId,
};
use letscode_queue::{EventStream, InProcessBroker, JobQueue, QueueSettings, Replies, StreamItem};

fn user(number: usize) -> UserId {
    UserId(format!("user-{number}"))
}

fn update() -> Event {
    Event::StatusUpdate(StatusUpdate {
        submission_id: SubmissionId::random(),
        judgement: 1,
        status: SubmissionStatus::Running,
        current_test: None,
        test_result: None,
        verdict: None,
    })
}

#[tokio::test]
async fn streams_without_readers_are_evicted() {
    let queue = InProcessBroker::new(QueueSettings {
        max_streams: 8,
        ..Default::default()
    });
    let followed = queue.subscribe(&user(0), None).await.unwrap();
    let mut ends = Vec::new();
    for number in 0..100 {
        ends.push(queue.publish(&user(number), update()).await.unwrap());
    }
    let mut resumed = queue.subscribe(&user(1), Some(ends[1])).await.unwrap();
    let first = resumed.next().await.unwrap();
    let StreamItem::Resync { seq } = first else {
        panic!("{first:?}")
    };
    assert!(seq > ends[1], "a new stream starts beyond the old one");
    let again = queue.publish(&user(0), update()).await.unwrap();
    assert_eq!(again, ends[0] + 1, "a stream with a reader stays");
    drop(followed);
}

#[tokio::test]
async fn unwatched_runs_are_removed() {
    let queue = InProcessBroker::default();
    let id = JobId::random();
    let watch = queue.watch_run(id).await.unwrap();
    let job = Job::Run {
        id,
        user_id: user(0),
        spec: Arc::new(RunSpec::of_source("python", "1")),
        terms: TurnTerms::default(),
    };
    queue.push(job).await.unwrap();
    assert_eq!(queue.status().await.unwrap().queued, 1);
    drop(watch);
    assert_eq!(queue.status().await.unwrap().queued, 0);
}

#[tokio::test]
async fn positions_are_not_published_too_often() {
    let queue = InProcessBroker::new(QueueSettings {
        exact_positions: 5,
        notify_interval: Duration::from_secs(60),
        ..Default::default()
    });
    let mut subscriptions = Vec::new();
    for number in 0..20 {
        subscriptions.push(queue.subscribe(&user(number), None).await.unwrap());
        let job = Job::Judge {
            submission_id: SubmissionId::random(),
            judgement: 1,
            user_id: user(number),
            lane: Lane::Normal,
            terms: TurnTerms::default(),
        };
        queue.push(job).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    for _ in 0..10 {
        queue.lease().await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The pushes used up the notification of this minute.
    for (number, subscription) in subscriptions.iter().enumerate() {
        let newest = queue.publish(&user(number), update()).await.unwrap();
        assert_eq!(newest - subscription.position(), 2, "user {number}");
    }
}

/// Far back a position is published every tenth of the way.
#[tokio::test]
async fn distant_positions_are_published_by_tenths() {
    let queue = InProcessBroker::new(QueueSettings {
        exact_positions: 5,
        notify_interval: Duration::from_millis(1),
        position_interval: Duration::ZERO,
        ..Default::default()
    });
    let mut last = queue.subscribe(&user(299), None).await.unwrap();
    for number in 0..300 {
        let job = Job::Judge {
            submission_id: SubmissionId::random(),
            judgement: 1,
            user_id: user(number),
            lane: Lane::Normal,
            terms: TurnTerms::default(),
        };
        queue.push(job).await.unwrap();
    }
    for _ in 0..299 {
        queue.lease().await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut positions = Vec::new();
    while positions.last() != Some(&0) {
        if let StreamItem::Event { event, .. } = last.next().await.unwrap()
            && let Event::QueuePosition { position, .. } = &*event
        {
            positions.push(*position);
        }
    }
    assert!(positions.is_sorted_by(|a, b| a > b), "{positions:?}");
    assert!((10..50).contains(&positions.len()), "{positions:?}");
}

#[tokio::test]
async fn the_background_task_ends_with_the_broker() {
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = alive();
    let queue = InProcessBroker::default();
    assert_eq!(alive(), before + 1);
    drop(queue);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(alive(), before);
}
