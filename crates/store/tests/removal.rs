//! The part of the contract about adding, listing and removing problems.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
mod samples;

use letscode_model::{ProblemId, Verdict};
use letscode_store::{Store, StoreError};
use samples::{Package, detail, judgement, submission};

fn aplusb() -> ProblemId {
    ProblemId::parse("aplusb").unwrap()
}

async fn problems_are_added_once(store: &dyn Store) {
    let package = Package::of("aplusb");
    let added = store.add_problem(&package.path(), &detail("aplusb")).await;
    let added = added.unwrap();
    package.write("data/secret/1.in", "another");
    let again = store.add_problem(&package.path(), &detail("aplusb")).await;
    assert!(matches!(again, Err(StoreError::ProblemExists(id)) if id == aplusb()));
    let package = store.problem_package(&aplusb()).await.unwrap().unwrap();
    assert_eq!(package.digest, added);
}

async fn records_count_bytes_and_submissions(store: &dyn Store) {
    let package = Package::of("aplusb");
    let digest = package.import(store).await;
    for user in ["ada", "bob"] {
        store.insert_submission(&submission(user)).await.unwrap();
    }
    let records = store.problem_records().await.unwrap();
    let [record] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(
        (&record.summary, record.submissions),
        (&detail("aplusb").summary, 2)
    );
    assert_eq!((&record.digest, record.bytes), (&digest, 16));
    assert!(record.imported_at > 1_700_000_000_000, "Unix milliseconds");
}

async fn removed_problems_keep_their_submissions(store: &dyn Store) {
    let package = Package::of("aplusb");
    let digest = package.import(store).await;
    let (open, finished) = (submission("ada"), submission("ada"));
    store.insert_submission(&open).await.unwrap();
    store.insert_submission(&finished).await.unwrap();
    let verdict = judgement(Verdict::Accepted);
    store.finish(finished.id, &verdict).await.unwrap();

    assert!(store.remove_problem(&aplusb()).await.unwrap());
    assert!(!store.remove_problem(&aplusb()).await.unwrap());
    assert_eq!(store.problem(&aplusb()).await.unwrap(), None);
    assert_eq!(store.problem_package(&aplusb()).await.unwrap(), None);
    assert!(store.problems().await.unwrap().is_empty());
    assert!(store.problem_records().await.unwrap().is_empty());

    let stored = store.submission(finished.id).await.unwrap().unwrap();
    assert_eq!(stored.verdict.unwrap().status, Verdict::Accepted);
    let input = store.judge_input(open.id).await.unwrap().unwrap();
    assert_eq!(input.package.digest, digest);
    assert!(input.package.dir.join("problem.yaml").exists());
    assert!(store.finish(open.id, &verdict).await.unwrap());

    // Unchanged, and back all the same.
    assert_eq!(
        store
            .add_problem(&package.path(), &detail("aplusb"))
            .await
            .unwrap(),
        digest
    );
    assert_eq!(
        store.problem(&aplusb()).await.unwrap(),
        Some(detail("aplusb"))
    );
    assert_eq!(store.problem_records().await.unwrap()[0].submissions, 2);
}

async fn problems_without_submissions_are_forgotten(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    assert!(store.remove_problem(&aplusb()).await.unwrap());
    let refused = store.insert_submission(&submission("ada")).await;
    assert!(
        matches!(refused, Err(StoreError::UnknownProblem(_))),
        "{refused:?}"
    );

    Package::of("aplusb").import(store).await;
    let last = submission("ada");
    store.insert_submission(&last).await.unwrap();
    store
        .finish(last.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    assert!(store.remove_problem(&aplusb()).await.unwrap());
    assert_eq!(store.delete_submissions(i64::MAX, 10).await.unwrap(), 1);
    let refused = store.insert_submission(&submission("ada")).await;
    assert!(
        matches!(refused, Err(StoreError::UnknownProblem(_))),
        "{refused:?}"
    );
}

contract!(
    problems_are_added_once,
    records_count_bytes_and_submissions,
    removed_problems_keep_their_submissions,
    problems_without_submissions_are_forgotten,
);
