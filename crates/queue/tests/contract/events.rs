//! Promises of every `EventStream`.

use letscode_model::{
    Event, Job, Lane, StatusUpdate, SubmissionId, SubmissionStatus, TurnTerms, UserId,
};
use letscode_queue::{Broker, QueueError, StreamItem};

use crate::samples::{
    COUNTED, ada, judge, judge_for, next_event, not_now, soon, test_number, update,
};

for_every_backend!(
    only_lease_holders_may_publish,
    nothing_follows_a_final_event,
    verdicts_are_published_once,
    streams_count_by_one_and_resume,
    unknown_positions_are_resynchronised,
    slow_readers_lag_and_delay_nobody,
    slow_readers_get_every_verdict,
    readers_get_the_load,
    positions_move_up,
);

async fn only_lease_holders_may_publish(broker: &Broker) {
    broker.jobs.push(judge()).await.unwrap();
    let mut subscription = broker.events.subscribe(&ada(), None).await.unwrap();
    let lost = soon(broker.jobs.lease()).await.unwrap().id;
    let seq = broker
        .events
        .publish_for_lease(&lost, update(1))
        .await
        .unwrap();
    assert_eq!(next_event(&mut subscription).await, (seq, update(1)));
    broker.jobs.release(lost.clone(), COUNTED).await.unwrap();
    let held = soon(broker.jobs.lease()).await.unwrap().id;
    let late = broker.events.publish_for_lease(&lost, update(2)).await;
    assert_eq!(late, Err(QueueError::LeaseLost));
    broker
        .events
        .publish_for_lease(&held, update(3))
        .await
        .unwrap();
    loop {
        // A position may come in between.
        let (_, event) = next_event(&mut subscription).await;
        if let Some(number) = test_number(&event) {
            assert_eq!(number, 3);
            break;
        }
    }
}

/// A judgement that is cancelled while a worker is at it.
async fn nothing_follows_a_final_event(broker: &Broker) {
    let status = |status| {
        Event::StatusUpdate(StatusUpdate {
            submission_id: SubmissionId(uuid::Uuid::nil()),
            judgement: 1,
            status,
            current_test: None,
            test_result: None,
            verdict: None,
        })
    };
    let job = Job::Judge {
        submission_id: SubmissionId(uuid::Uuid::nil()),
        judgement: 1,
        user_id: ada(),
        lane: Lane::Normal,
        terms: TurnTerms::default(),
    };
    broker.jobs.push(job).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap().id;
    let cancelled = status(SubmissionStatus::Cancelled);
    broker.events.publish(&ada(), cancelled).await.unwrap();
    let late = status(SubmissionStatus::Running);
    let late = broker.events.publish_for_lease(&lease, late).await;
    assert_eq!(late, Err(QueueError::LeaseLost));
}

/// A worker that finds a verdict may publish it again: the first one may have died before.
async fn verdicts_are_published_once(broker: &Broker) {
    let verdict = |id, judgement| {
        Event::StatusUpdate(StatusUpdate {
            submission_id: SubmissionId(id),
            judgement,
            status: SubmissionStatus::Completed,
            current_test: None,
            test_result: None,
            verdict: None,
        })
    };
    // The second is that of a rejudge.
    let id = uuid::Uuid::new_v4();
    let [first, second] = [1, 2].map(|judgement| verdict(id, judgement));
    let mut subscription = broker.events.subscribe(&ada(), None).await.unwrap();
    let seq = broker.events.publish(&ada(), first.clone()).await.unwrap();
    assert_eq!(broker.events.publish(&ada(), first.clone()).await, Ok(seq));
    broker.events.publish(&ada(), second.clone()).await.unwrap();
    broker.events.publish(&ada(), first.clone()).await.unwrap();
    assert_eq!(next_event(&mut subscription).await, (seq, first));
    assert_eq!(next_event(&mut subscription).await, (seq + 1, second));
    not_now(next_event(&mut subscription)).await;
}

async fn streams_count_by_one_and_resume(broker: &Broker) {
    let mut live = broker.events.subscribe(&ada(), None).await.unwrap();
    let start = live.position();
    assert!(start > 1_700_000_000_000_000, "Unix microseconds");
    for number in 1..=10 {
        let seq = broker.events.publish(&ada(), update(number)).await.unwrap();
        assert_eq!(seq, start + u64::from(number));
    }
    broker
        .events
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
    let mut resumed = broker
        .events
        .subscribe(&ada(), Some(start + 4))
        .await
        .unwrap();
    for number in 5..=10 {
        assert_eq!(test_number(&next_event(&mut resumed).await.1), Some(number));
    }
    let mut from_now = broker.events.subscribe(&ada(), None).await.unwrap();
    broker.events.publish(&ada(), update(11)).await.unwrap();
    assert_eq!(test_number(&next_event(&mut from_now).await.1), Some(11));
}

async fn unknown_positions_are_resynchronised(broker: &Broker) {
    let newest = broker.events.publish(&ada(), update(1)).await.unwrap();
    for unknown in [0, newest - 2, newest + 1, u64::MAX] {
        let mut resumed = broker
            .events
            .subscribe(&ada(), Some(unknown))
            .await
            .unwrap();
        let first = soon(resumed.next()).await.unwrap();
        assert_eq!(first, StreamItem::Resync { seq: newest }, "after {unknown}");
    }
}

async fn slow_readers_lag_and_delay_nobody(broker: &Broker) {
    let mut slow = broker.events.subscribe(&ada(), None).await.unwrap();
    let mut quick = broker.events.subscribe(&ada(), None).await.unwrap();
    for number in 1..=5000 {
        broker.events.publish(&ada(), update(number)).await.unwrap();
        assert_eq!(test_number(&next_event(&mut quick).await.1), Some(number));
    }
    let lagged = async {
        loop {
            match slow.next().await {
                Ok(StreamItem::System { .. }) => {}
                item => break item,
            }
        }
    };
    assert!(soon(lagged).await.is_err());
    let position = quick.position();
    assert_eq!(
        soon(slow.next()).await,
        Ok(StreamItem::Resync { seq: position })
    );
}

/// More events than are remembered: progress is dropped, verdicts are not.
async fn slow_readers_get_every_verdict(broker: &Broker) {
    let mut slow = broker.events.subscribe(&ada(), None).await.unwrap();
    let ids = [(); 100].map(|()| SubmissionId::random());
    for id in ids {
        for position in (0..20).rev() {
            let submission_id = id;
            let moved = Event::QueuePosition {
                submission_id,
                position,
            };
            broker.events.publish(&ada(), moved).await.unwrap();
        }
        for status in [SubmissionStatus::Running, SubmissionStatus::Completed] {
            let update = StatusUpdate {
                submission_id: id,
                judgement: 1,
                status,
                current_test: None,
                test_result: None,
                verdict: None,
            };
            let event = Event::StatusUpdate(update);
            broker.events.publish(&ada(), event).await.unwrap();
        }
    }
    let mut last = slow.position();
    let mut verdicts = Vec::new();
    while verdicts.len() < ids.len() {
        let (seq, event) = next_event(&mut slow).await;
        assert!(seq > last, "numbers grow");
        last = seq;
        if let Event::StatusUpdate(update) = event
            && update.status.is_final()
        {
            verdicts.push(update.submission_id);
        }
    }
    assert_eq!(verdicts, ids);
}

async fn readers_get_the_load(broker: &Broker) {
    let mut subscription = broker.events.subscribe(&ada(), None).await.unwrap();
    let start = subscription.position();
    let first = soon(subscription.next()).await.unwrap();
    assert!(
        matches!(first, StreamItem::System { .. }),
        "at the start: {first:?}"
    );
    broker
        .jobs
        .push(judge_for(&UserId("bob".into())))
        .await
        .unwrap();
    loop {
        let StreamItem::System { seq, status } = soon(subscription.next()).await.unwrap() else {
            panic!("ada has no events");
        };
        assert_eq!(seq, start, "takes no number");
        if status.queued == 1 {
            break;
        }
    }
    assert_eq!(broker.jobs.status().await.unwrap().queued, 1);
}

async fn positions_move_up(broker: &Broker) {
    let mut subscription = broker.events.subscribe(&ada(), None).await.unwrap();
    broker
        .jobs
        .push(judge_for(&UserId("bob".into())))
        .await
        .unwrap();
    broker.jobs.push(judge()).await.unwrap();
    let position = |event: Event| match event {
        Event::QueuePosition { position, .. } => position,
        event => panic!("{event:?}"),
    };
    assert_eq!(position(next_event(&mut subscription).await.1), 1);
    soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(position(next_event(&mut subscription).await.1), 0);
    not_now(async { next_event(&mut subscription).await }).await;
}
