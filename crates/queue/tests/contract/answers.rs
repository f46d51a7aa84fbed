//! Promises of every `AnswerMemory`.

use letscode_queue::{AnswerClaim, AnswerSlot, Broker, StoredAnswer};

use crate::samples::{not_now, soon};

for_every_backend!(
    answers_are_remembered,
    one_request_at_a_time_answers,
    unanswered_claims_pass_on,
    owners_only_displace_their_own_answers,
);

fn answer(body: &str) -> StoredAnswer {
    StoredAnswer {
        request_hash: "of the body".to_owned(),
        status: 201,
        content_type: Some("application/json".to_owned()),
        location: None,
        body: body.to_owned(),
    }
}

async fn open_slot(broker: &Broker, key: &str) -> Box<dyn AnswerSlot> {
    match soon(broker.answers.claim_answer("ada", key)).await.unwrap() {
        AnswerClaim::Open(slot) => slot,
        AnswerClaim::Stored(answer) => panic!("{answer:?}"),
    }
}

async fn stored(broker: &Broker, key: &str) -> StoredAnswer {
    match soon(broker.answers.claim_answer("ada", key)).await.unwrap() {
        AnswerClaim::Open(_) => panic!("nothing is remembered"),
        AnswerClaim::Stored(answer) => *answer,
    }
}

async fn answers_are_remembered(broker: &Broker) {
    for body in ["one", "ä\n"] {
        let slot = open_slot(broker, body).await;
        slot.store(answer(body)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(stored(broker, body).await, answer(body));
        }
    }
    open_slot(broker, "another").await;
}

async fn one_request_at_a_time_answers(broker: &Broker) {
    let slot = open_slot(broker, "key").await;
    let second = broker.answers.claim_answer("ada", "key");
    let mut second = std::pin::pin!(second);
    not_now(second.as_mut()).await;
    open_slot(broker, "other key").await;
    slot.store(answer("first")).await.unwrap();
    match soon(second).await.unwrap() {
        AnswerClaim::Stored(found) => assert_eq!(*found, answer("first")),
        AnswerClaim::Open(_) => panic!("it was answered"),
    }
}

/// After a refusal for load, or a server that ended, the next request is answered.
async fn unanswered_claims_pass_on(broker: &Broker) {
    let slot = open_slot(broker, "key").await;
    let second = broker.answers.claim_answer("ada", "key");
    let mut second = std::pin::pin!(second);
    not_now(second.as_mut()).await;
    drop(slot);
    match soon(second).await.unwrap() {
        AnswerClaim::Open(slot) => slot.store(answer("second")).await.unwrap(),
        AnswerClaim::Stored(found) => panic!("{found:?}"),
    }
    assert_eq!(stored(broker, "key").await, answer("second"));
}

async fn keep(broker: &Broker, owner: &str, key: &str, body: &str) {
    match soon(broker.answers.claim_answer(owner, key)).await.unwrap() {
        AnswerClaim::Open(slot) => slot.store(answer(body)).await.unwrap(),
        AnswerClaim::Stored(found) => panic!("{found:?}"),
    }
}

async fn is_stored(broker: &Broker, key: &str) -> bool {
    let claim = soon(broker.answers.claim_answer("ada", key)).await.unwrap();
    matches!(claim, AnswerClaim::Stored(_))
}

/// The newest is always remembered, whoever else has filled the room.
async fn owners_only_displace_their_own_answers(broker: &Broker) {
    keep(broker, "ada", "of ada", "small").await;
    let large = "x".repeat(1 << 20);
    for number in 0..10 {
        keep(broker, "bob", &number.to_string(), &large).await;
    }
    assert!(is_stored(broker, "of ada").await);
    assert!(is_stored(broker, "9").await);
    assert!(!is_stored(broker, "0").await);
}
