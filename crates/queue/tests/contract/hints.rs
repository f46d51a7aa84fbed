//! Promises of every `Hints`, over a broker with room for 2.

use letscode_model::{Draft, Hint, LanguageId, ProblemId, UserId};
use letscode_queue::{Broker, WorkerInfo};

use crate::samples::{ada, judge_for, not_now, soon};

for_every_backend!(
    the_newest_hint_of_a_user_is_handed_out_once,
    hints_wait_for_an_idle_queue,
    a_cancelled_wait_loses_no_hint,
    hints_of_forgotten_users_are_dropped,
);

async fn one_worker(broker: &Broker) {
    let worker = WorkerInfo {
        id: "a".into(),
        languages: vec![],
        capacity: 1,
    };
    broker.workers.announce(worker).await.unwrap();
}

fn hint(user: &str, code: &str) -> Hint {
    Hint {
        user_id: UserId(user.into()),
        language: LanguageId("cpp".into()),
        draft: Some(Draft {
            problem_id: ProblemId::parse("aplusb").unwrap(),
            code: code.into(),
        }),
        offered_at: 0,
    }
}

async fn the_newest_hint_of_a_user_is_handed_out_once(broker: &Broker) {
    one_worker(broker).await;
    for (user, code) in [("ada", "int"), ("bob", "main"), ("ada", "int main")] {
        broker.hints.offer_hint(hint(user, code)).await.unwrap();
    }
    let mut hints = Vec::new();
    for _ in 0..2 {
        hints.push(soon(broker.hints.next_hint()).await.unwrap());
    }
    assert_eq!(hints, [hint("bob", "main"), hint("ada", "int main")]);
    not_now(broker.hints.next_hint()).await;
    for user in ["ada", "bob", "eve"] {
        broker.hints.offer_hint(hint(user, "")).await.unwrap();
    }
    assert_eq!(
        soon(broker.hints.next_hint()).await,
        Ok(hint("bob", "")),
        "there is room for two"
    );
}

async fn hints_wait_for_an_idle_queue(broker: &Broker) {
    broker.hints.offer_hint(hint("ada", "")).await.unwrap();
    not_now(broker.hints.next_hint()).await;
    one_worker(broker).await;
    broker.jobs.push(judge_for(&ada())).await.unwrap();
    not_now(broker.hints.next_hint()).await;
    let lease = soon(broker.jobs.lease()).await.unwrap();
    not_now(broker.hints.next_hint()).await;
    let (next, acked) =
        soon(async { tokio::join!(broker.hints.next_hint(), broker.jobs.ack(lease.id)) }).await;
    acked.unwrap();
    assert_eq!(next, Ok(hint("ada", "")));
    for _ in 0..2 {
        broker.jobs.push(judge_for(&ada())).await.unwrap();
    }
    assert_eq!(
        broker.hints.offer_hint(hint("ada", "")).await,
        Ok(()),
        "hints take no room from jobs"
    );
    let bob = UserId("bob".into());
    for _ in 0..2 {
        broker.jobs.push(judge_for(&bob)).await.unwrap();
    }
}

async fn a_cancelled_wait_loses_no_hint(broker: &Broker) {
    one_worker(broker).await;
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = broker.hints.next_hint() => panic!("there was none"),
            offered = async { tokio::task::yield_now().await; broker.hints.offer_hint(hint("ada", "")).await } => { offered.unwrap(); }
        }
        soon(broker.hints.next_hint()).await.unwrap();
    }
}

async fn hints_of_forgotten_users_are_dropped(broker: &Broker) {
    one_worker(broker).await;
    for user in ["ada", "bob"] {
        broker.hints.offer_hint(hint(user, "")).await.unwrap();
    }
    broker.forget_user(&ada()).await.unwrap();
    assert_eq!(soon(broker.hints.next_hint()).await, Ok(hint("bob", "")));
    not_now(broker.hints.next_hint()).await;
    broker.hints.offer_hint(hint("ada", "")).await.unwrap();
    assert_eq!(soon(broker.hints.next_hint()).await, Ok(hint("ada", "")));
}
