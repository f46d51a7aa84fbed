//! What every `Queue` promises of hints, over one of 4 places for jobs and 2 for hints: the other half
//! of `contract.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod samples;

use letscode_model::{Draft, Hint, LanguageId, ProblemId, UserId};
use letscode_queue::{InProcessQueue, Queue, QueueSettings, RedisQueue, WorkerInfo};
use samples::{ada, judge_for, not_now, soon};

async fn one_worker(queue: &dyn Queue) {
    let worker = WorkerInfo {
        id: "a".into(),
        languages: vec![],
        capacity: 1,
    };
    queue.announce(worker).await.unwrap();
}

fn hint(user: &str, code: &str) -> Hint {
    Hint {
        user_id: UserId(user.into()),
        language: LanguageId("cpp".into()),
        draft: Some(Draft {
            problem_id: ProblemId::parse("aplusb").unwrap(),
            code: code.into(),
        }),
    }
}

async fn of_hints_the_newest_of_a_user_is_given_out_once(queue: &dyn Queue) {
    one_worker(queue).await;
    for (user, code) in [("ada", "int"), ("bob", "main"), ("ada", "int main")] {
        queue.hint(hint(user, code)).await.unwrap();
    }
    let mut given = Vec::new();
    for _ in 0..2 {
        given.push(soon(queue.next_hint()).await.unwrap());
    }
    assert_eq!(given, [hint("bob", "main"), hint("ada", "int main")]);
    not_now(queue.next_hint()).await;
    for user in ["ada", "bob", "eve"] {
        queue.hint(hint(user, "")).await.unwrap();
    }
    assert_eq!(
        soon(queue.next_hint()).await,
        Ok(hint("bob", "")),
        "there is room for two"
    );
}

async fn hints_are_for_an_idle_queue(queue: &dyn Queue) {
    queue.hint(hint("ada", "")).await.unwrap();
    not_now(queue.next_hint()).await;
    one_worker(queue).await;
    queue.push(judge_for(&ada())).await.unwrap();
    not_now(queue.next_hint()).await;
    let lease = soon(queue.lease()).await.unwrap();
    not_now(queue.next_hint()).await;
    let (given, acked) = soon(async { tokio::join!(queue.next_hint(), queue.ack(lease.id)) }).await;
    acked.unwrap();
    assert_eq!(given, Ok(hint("ada", "")));
    for _ in 0..2 {
        queue.push(judge_for(&ada())).await.unwrap();
    }
    assert_eq!(
        queue.hint(hint("ada", "")).await,
        Ok(()),
        "and take nobody's place"
    );
    let bob = UserId("bob".into());
    for _ in 0..2 {
        queue.push(judge_for(&bob)).await.unwrap();
    }
}

async fn a_cancelled_wait_loses_no_hint(queue: &dyn Queue) {
    one_worker(queue).await;
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = queue.next_hint() => panic!("there was none"),
            given = async { tokio::task::yield_now().await; queue.hint(hint("ada", "")).await } => { given.unwrap(); }
        }
        soon(queue.next_hint()).await.unwrap();
    }
}

macro_rules! contract {
    ($($promise:ident),+ $(,)?) => {
        mod in_process {
            use super::*;
            $(#[tokio::test]
            async fn $promise() {
                let settings = QueueSettings {
                    max_waiting: 4,
                    max_hints: 2,
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
                    max_hints: 2,
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
    of_hints_the_newest_of_a_user_is_given_out_once,
    hints_are_for_an_idle_queue,
    a_cancelled_wait_loses_no_hint,
);
