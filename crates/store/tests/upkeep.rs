//! Attempts after crashes and the deletion of old submissions, of every backend.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
mod samples;

mod audit;

use letscode_model::Verdict;
use letscode_store::{ClientVerdict, Store, StoreError, SubmissionFilter};
use samples::{Package, judgement, submission};

/// After all that a test inserts.
const FUTURE: i64 = 4_000_000_000_000;

async fn with_problem(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
}

async fn count(store: &dyn Store) -> usize {
    let page = store.list_submissions(&SubmissionFilter::default()).await;
    page.unwrap().submissions.len()
}

async fn attempts_are_counted(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    for expected in 1..=3 {
        assert_eq!(store.count_attempt(new.id).await.unwrap(), expected);
    }
    store.discount_attempt(new.id).await.unwrap();
    assert_eq!(store.count_attempt(new.id).await.unwrap(), 3);
    let unknown = store.count_attempt(submission("ada").id).await;
    assert!(
        matches!(unknown, Err(StoreError::UnknownSubmission(_))),
        "{unknown:?}"
    );
}

async fn old_submissions_are_deleted_in_batches(store: &dyn Store) {
    with_problem(store).await;
    let all: Vec<_> = (0..5).map(|_| submission("ada")).collect();
    for new in &all {
        store.insert_submission(new).await.unwrap();
    }
    // The second stays open.
    for new in [&all[0], &all[2], &all[3], &all[4]] {
        store
            .finish(new.id, &judgement(Verdict::Accepted))
            .await
            .unwrap();
    }
    assert_eq!(
        store
            .delete_submissions(1_700_000_000_000, 9)
            .await
            .unwrap(),
        0
    );
    assert_eq!(store.delete_submissions(FUTURE, 3).await.unwrap(), 3);
    assert_eq!(store.delete_submissions(FUTURE, 3).await.unwrap(), 1);
    assert_eq!(store.delete_submissions(FUTURE, 3).await.unwrap(), 0);
    assert_eq!(count(store).await, 1);
    assert_eq!(store.new_submission(all[0].id).await.unwrap(), None);
    assert!(store.judge_input(all[1].id).await.unwrap().is_some());
}

/// The reason for a lost trust is kept, and the trust stays lost.
async fn reasons_of_lost_trust_are_kept(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("liar");
    let claimed = ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict);
    store.insert_client_result(&new, &claimed).await.unwrap();
    store
        .finish(new.id, &judgement(Verdict::WrongAnswer))
        .await
        .unwrap();
    let honest = submission("ada");
    store.insert_client_result(&honest, &claimed).await.unwrap();
    store
        .finish(honest.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    assert_eq!(store.delete_submissions(FUTURE, 9).await.unwrap(), 1);
    assert!(!store.is_trusted(&new.user_id).await.unwrap());
    assert!(store.submission(new.id).await.unwrap().is_some());
}

contract!(
    attempts_are_counted,
    old_submissions_are_deleted_in_batches,
    reasons_of_lost_trust_are_kept,
);
