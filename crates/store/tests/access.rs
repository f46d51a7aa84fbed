//! The contract of a store about who else may see or change things.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
mod samples;

use letscode_model::{ProblemId, RandomSecret, ShareHolder, SubmissionId};
use letscode_store::Store;
use samples::{Package, submission};

fn setter(name: &str) -> ShareHolder {
    ShareHolder::Key(name.to_owned())
}

async fn problems_belong_to_who_adds_them_first(store: &dyn Store) {
    let sums = ProblemId::parse("sums").unwrap();
    let [ada, bob] = [setter("ada"), setter("bob")];
    assert!(!store.is_setter(&sums, &ada).await.unwrap());
    assert!(store.claim_problem(&sums, &ada).await.unwrap());
    assert!(store.claim_problem(&sums, &ada).await.unwrap());
    assert!(!store.claim_problem(&sums, &bob).await.unwrap());
    assert!(store.is_setter(&sums, &ada).await.unwrap());
    store.forget_unused_access().await.unwrap();
    assert!(
        store.is_setter(&sums, &ada).await.unwrap(),
        "it may be on its way"
    );
}

/// Those that the operator has added are the operator's, also when they were removed.
async fn existing_problems_cannot_be_claimed(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let id = ProblemId::parse("aplusb").unwrap();
    assert!(!store.claim_problem(&id, &setter("ada")).await.unwrap());
    store.insert_submission(&submission("ada")).await.unwrap();
    store.remove_problem(&id).await.unwrap();
    assert!(!store.claim_problem(&id, &setter("ada")).await.unwrap());
}

/// A setter who removes a problem has no claim to one of that id that comes later.
async fn claims_end_with_their_problem(store: &dyn Store) {
    let id = ProblemId::parse("aplusb").unwrap();
    let ada = setter("ada");
    assert!(store.claim_problem(&id, &ada).await.unwrap());
    Package::of("aplusb").import(store).await;
    store.release_claim(&id).await.unwrap();
    assert!(store.is_setter(&id, &ada).await.unwrap());
    store.insert_submission(&submission("eve")).await.unwrap();
    store.remove_problem(&id).await.unwrap();
    store.release_claim(&id).await.unwrap();
    assert!(!store.is_setter(&id, &ada).await.unwrap());
    assert!(!store.claim_problem(&id, &ada).await.unwrap());
}

async fn links_open_their_own_submission_until_they_end(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    let [link, other] = [(); 2].map(|()| RandomSecret::new().hash());
    assert!(store.add_link(new.id, &link).await.unwrap());
    assert!(store.has_link(new.id, &link).await.unwrap());
    assert!(!store.has_link(new.id, &other).await.unwrap());
    let foreign = SubmissionId::random();
    assert!(!store.has_link(foreign, &link).await.unwrap());
    assert!(store.add_link(foreign, &other).await.unwrap());
    store.forget_unused_access().await.unwrap();
    assert!(store.has_link(new.id, &link).await.unwrap());
    assert!(!store.has_link(foreign, &other).await.unwrap());
    assert_eq!(store.end_links(new.id).await.unwrap(), 1);
    assert!(!store.has_link(new.id, &link).await.unwrap());
}

async fn links_are_bounded(store: &dyn Store) {
    let id = SubmissionId::random();
    for number in 0..25 {
        let secret = RandomSecret::new().hash();
        assert_eq!(store.add_link(id, &secret).await.unwrap(), number < 20);
    }
}

contract!(
    problems_belong_to_who_adds_them_first,
    existing_problems_cannot_be_claimed,
    claims_end_with_their_problem,
    links_open_their_own_submission_until_they_end,
    links_are_bounded,
);
