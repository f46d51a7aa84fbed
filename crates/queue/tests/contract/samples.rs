//! Sample jobs and events, and bounded waiting.

use std::sync::Arc;
use std::time::Duration;

use letscode_model::{
    ClientAddress, Event, Job, JobId, Lane, RunSpec, ShareHolder, StatusUpdate, SubmissionId,
    SubmissionStatus, TurnTerms, UserId,
};
use letscode_queue::{ReleaseOptions, StreamItem, Subscription};

pub const COUNTED: ReleaseOptions = ReleaseOptions {
    count_attempt: true,
};
pub const UNCOUNTED: ReleaseOptions = ReleaseOptions {
    count_attempt: false,
};

pub fn ada() -> UserId {
    UserId("ada".into())
}

pub fn judge() -> Job {
    judge_for(&ada())
}

pub fn judge_for(user: &UserId) -> Job {
    judge_in(Lane::Normal, user)
}

pub fn judge_in(lane: Lane, user: &UserId) -> Job {
    Job::Judge {
        submission_id: SubmissionId::random(),
        judgement: 1,
        user_id: user.clone(),
        lane,
        terms: TurnTerms::default(),
    }
}

/// A job of a user at the address 192.0.2.`host`.
pub fn judge_from(host: u8, user: &str) -> Job {
    Job::Judge {
        submission_id: SubmissionId::random(),
        judgement: 1,
        user_id: UserId(user.into()),
        lane: Lane::Normal,
        terms: TurnTerms::of_share(address(host)),
    }
}

pub fn address(host: u8) -> ShareHolder {
    let address = std::net::IpAddr::from([192, 0, 2, host]);
    ShareHolder::Address(ClientAddress::from(address))
}

pub fn run(id: JobId) -> Job {
    run_of("ada", id)
}

pub fn run_of(user: &str, id: JobId) -> Job {
    Job::Run {
        id,
        user_id: UserId(user.into()),
        spec: Arc::new(RunSpec::of_source("python", "print(1)")),
        terms: TurnTerms::default(),
    }
}

pub fn update(number: u32) -> Event {
    Event::StatusUpdate(StatusUpdate {
        submission_id: SubmissionId(uuid::Uuid::nil()),
        judgement: 1,
        status: SubmissionStatus::Running,
        current_test: Some(number),
        test_result: None,
        verdict: None,
    })
}

pub fn test_number(event: &Event) -> Option<u32> {
    match event {
        Event::StatusUpdate(update) => update.current_test,
        _ => None,
    }
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), future)
        .await
        .expect("in time")
}

pub async fn not_now<T>(future: impl Future<Output = T>) {
    let waited = tokio::time::timeout(Duration::from_millis(50), future).await;
    assert!(waited.is_err(), "nothing should be ready");
}

/// Returns the next event of the user; the load is skipped.
pub async fn next_event(subscription: &mut Subscription) -> (u64, Event) {
    loop {
        match soon(subscription.next()).await.unwrap() {
            StreamItem::Event { seq, event } => return (seq, (*event).clone()),
            StreamItem::System { .. } => {}
            StreamItem::Resync { seq } => panic!("resync at {seq}"),
        }
    }
}
