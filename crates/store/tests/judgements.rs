//! The contract of a store about judgements: several of one submission, their progress and their end.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
mod samples;

use letscode_model::{
    JudgementKey, PartialResults, ProblemId, Submission, SubmissionId, SubmissionStatus, Verdict,
};
use letscode_store::{CancelledJudgement, MAX_OPEN_REJUDGES, Store, StoreError};
use samples::{Package, judgement, submission};

fn key(submission_id: SubmissionId, number: u32) -> JudgementKey {
    JudgementKey {
        submission_id,
        number,
    }
}

async fn open(store: &dyn Store) -> SubmissionId {
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    new.id
}

/// Inserts a submission that was judged.
async fn judged(store: &dyn Store, verdict: Verdict) -> SubmissionId {
    let id = open(store).await;
    assert!(store.finish(id, &judgement(verdict)).await.unwrap());
    id
}

async fn read(store: &dyn Store, id: SubmissionId) -> Submission {
    store.submission(id).await.unwrap().unwrap()
}

fn verdicts(submission: &Submission) -> Vec<Option<Verdict>> {
    let judgements = submission.judgements.iter();
    judgements
        .map(|judgement| Some(judgement.verdict.as_ref()?.status))
        .collect()
}

async fn a_rejudge_is_another_judgement(store: &dyn Store) {
    let package = Package::of("aplusb");
    package.import(store).await;
    let id = judged(store, Verdict::WrongAnswer).await;
    let first = read(store, id).await;
    assert_eq!(first.judgements.len(), 1);
    assert_eq!(first.progress, None);

    let reopened = store.reopen(id).await.unwrap();
    assert_eq!((reopened.submission.judgement, reopened.is_new), (2, true));
    let again = store.reopen(id).await.unwrap();
    assert_eq!(
        (again.submission, again.is_new),
        (reopened.submission, false)
    );
    assert_eq!(store.open_submissions().await.unwrap().len(), 1);
    let work = store.judge_input(id).await.unwrap().unwrap();
    assert_eq!(work.judgement, 2);

    // The old verdict holds until the new one.
    let between = read(store, id).await;
    assert_eq!(between.status, SubmissionStatus::Completed);
    assert_eq!(between.verdict, first.verdict);
    assert_eq!(between.test_results, first.test_results);
    assert_eq!(verdicts(&between), [Some(Verdict::WrongAnswer), None]);
    assert_eq!(between.judgements[1].status, SubmissionStatus::Queued);
    assert_eq!(between.progress.unwrap().judgement, 2);

    // A result that belongs to the first judgement comes too late.
    let accepted = judgement(Verdict::Accepted);
    assert!(!store.finish(id, &accepted).await.unwrap());
    let version = Some(&work.package.digest);
    for is_first in [true, false] {
        let finished = store.finish_judgement(key(id, 2), version, &accepted).await;
        assert_eq!(finished.unwrap(), is_first);
    }
    let last = read(store, id).await;
    assert_eq!(last.verdict.as_ref().unwrap().status, Verdict::Accepted);
    assert_eq!(last.test_results, accepted.test_results);
    assert_eq!(
        verdicts(&last),
        [Some(Verdict::WrongAnswer), Some(Verdict::Accepted)]
    );
    assert_eq!(last.judgements[0], first.judgements[0]);
    let recorded = last.judgements[1].problem_version.as_deref();
    assert_eq!(recorded, Some(work.package.digest.as_str()));
    assert_eq!(last.judgements[1].id, format!("{id}.2"));
    let page = store.list_submissions(&Default::default()).await.unwrap();
    assert_eq!(page.submissions.len(), 1);
    assert_eq!(page.submissions[0].verdict, last.verdict);
    assert!(store.open_submissions().await.unwrap().is_empty());

    let absent = store.reopen(SubmissionId::random()).await;
    assert!(matches!(absent, Err(StoreError::UnknownSubmission(_))));
}

async fn results_so_far_are_visible(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let id = open(store).await;
    let results = judgement(Verdict::Accepted).test_results;
    let partial = |judgement, count| PartialResults {
        judgement,
        total_tests: 3,
        test_results: vec![results[0].clone(); count],
    };
    for count in [1, 2] {
        let recorded = store.record_results(id, &partial(1, count)).await;
        assert!(recorded.unwrap());
        let read = read(store, id).await;
        assert_eq!(read.test_results.len(), count);
        let progress = read.progress.unwrap();
        assert_eq!(progress.tests_done, count as u32);
        assert_eq!((progress.judgement, progress.total_tests), (1, 3));
    }
    store
        .finish(id, &judgement(Verdict::WrongAnswer))
        .await
        .unwrap();
    assert!(!store.record_results(id, &partial(1, 3)).await.unwrap());
    let first = read(store, id).await;
    assert_eq!((first.progress, first.test_results.len()), (None, 1));

    // Those of a rejudge are counted; the results are the old ones until it ends.
    store.reopen(id).await.unwrap();
    assert!(store.record_results(id, &partial(2, 3)).await.unwrap());
    let second = read(store, id).await;
    assert_eq!(second.progress.unwrap().tests_done, 3);
    assert_eq!(second.test_results, first.test_results);
}

async fn judgements_are_cancelled_once(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let id = open(store).await;
    let cancelled = store.cancel_judgement(id).await.unwrap();
    assert_eq!(cancelled, CancelledJudgement::Cancelled(1));
    let again = store.cancel_judgement(id).await.unwrap();
    assert_eq!(again, CancelledJudgement::Before(1));
    let read_back = read(store, id).await;
    assert_eq!(read_back.status, SubmissionStatus::Cancelled);
    assert_eq!((&read_back.verdict, &read_back.progress), (&None, &None));
    assert_eq!(read_back.judgements[0].status, SubmissionStatus::Cancelled);
    let page = store.list_submissions(&Default::default()).await.unwrap();
    assert_eq!(page.submissions[0].status, SubmissionStatus::Cancelled);
    // It never runs, and no verdict comes after.
    assert!(store.judge_input(id).await.unwrap().is_none());
    assert!(store.open_submissions().await.unwrap().is_empty());
    let late = store.finish(id, &judgement(Verdict::Accepted)).await;
    assert!(!late.unwrap());

    // It may be judged after all.
    store.reopen(id).await.unwrap();
    let accepted = judgement(Verdict::Accepted);
    let finished = store.finish_judgement(key(id, 2), None, &accepted).await;
    assert!(finished.unwrap());
    let read_back = read(store, id).await;
    assert_eq!(read_back.status, SubmissionStatus::Completed);
    let finished = store.cancel_judgement(id).await.unwrap();
    assert_eq!(finished, CancelledJudgement::Finished(2));

    // A rejudge that is cancelled leaves the verdict.
    store.reopen(id).await.unwrap();
    let cancelled = store.cancel_judgement(id).await.unwrap();
    assert_eq!(cancelled, CancelledJudgement::Cancelled(3));
    let after = read(store, id).await;
    assert_eq!(verdicts(&after), [None, Some(Verdict::Accepted), None]);
    assert_eq!(after.status, read_back.status);
    assert_eq!(after.verdict, read_back.verdict);

    let absent = store.cancel_judgement(SubmissionId::random()).await;
    assert!(matches!(absent, Err(StoreError::UnknownSubmission(_))));
}

async fn of_a_verdict_and_a_cancellation_one_wins(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    for _ in 0..8 {
        let id = open(store).await;
        let accepted = judgement(Verdict::Accepted);
        let (finished, cancelled) =
            tokio::join!(store.finish(id, &accepted), store.cancel_judgement(id));
        let is_cancelled = cancelled.unwrap() == CancelledJudgement::Cancelled(1);
        assert_ne!(finished.unwrap(), is_cancelled);
        let read = read(store, id).await;
        assert_eq!(read.judgements.len(), 1);
        assert_eq!(read.status == SubmissionStatus::Cancelled, is_cancelled);
        assert_eq!(read.verdict.is_none(), is_cancelled);
    }
}

async fn problems_are_rejudged_a_few_at_a_time(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    Package::of("other").import(store).await;
    let count = MAX_OPEN_REJUDGES + 3;
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(judged(store, Verdict::Accepted).await);
    }
    let waiting = open(store).await;
    let cancelled = open(store).await;
    store.cancel_judgement(cancelled).await.unwrap();
    let mut of_other = submission("ada");
    of_other.problem_id = ProblemId::parse("other").unwrap();
    store.insert_submission(&of_other).await.unwrap();
    store
        .finish(of_other.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();

    let problem = ProblemId::parse("aplusb").unwrap();
    assert_eq!(store.problem_rejudge(&problem).await.unwrap(), None);
    let requested = store.rejudge_problem(&problem).await.unwrap();
    // With the one that is open, which may be judged with the old tests at the moment.
    let total = count + 1;
    assert_eq!((requested.total, requested.remaining), (total, total));
    let first = store.next_rejudges().await.unwrap();
    assert_eq!(first.len(), MAX_OPEN_REJUDGES as usize);
    assert!(first.iter().all(|open| open.judgement == 2));
    assert!(store.next_rejudges().await.unwrap().is_empty());
    // While it goes on, it is not begun again.
    let again = store.rejudge_problem(&problem).await.unwrap();
    assert_eq!((again.total, again.remaining), (total, total));
    assert_eq!(again.requested_at, requested.requested_at);

    let wrong = judgement(Verdict::WrongAnswer);
    let mut due = first;
    let mut seen = Vec::new();
    while let Some(open) = due.pop() {
        assert!(
            store
                .finish_judgement(open.key(), None, &wrong)
                .await
                .unwrap()
        );
        seen.push(open.id);
        due.extend(store.next_rejudges().await.unwrap());
        let progress = store.problem_rejudge(&problem).await.unwrap().unwrap();
        assert_eq!(progress.remaining, total - seen.len() as u32);
    }
    seen.sort_unstable();
    ids.sort_unstable();
    assert_eq!(seen, ids, "each once");
    finish_present(store, key(waiting, 1)).await;
    assert_eq!(remaining(store).await, 0);
    assert!(store.next_rejudges().await.unwrap().is_empty());
    for (id, number) in [(waiting, 1), (cancelled, 1), (of_other.id, 1), (ids[0], 2)] {
        assert_eq!(read(store, id).await.judgements.len(), number);
    }
    let next = store.rejudge_problem(&problem).await.unwrap();
    assert_eq!(next.total, total, "it may be requested again");

    let unknown = ProblemId::parse("nowhere").unwrap();
    let refused = store.rejudge_problem(&unknown).await;
    assert!(matches!(refused, Err(StoreError::UnknownProblem(_))));
}

/// Returns the number of submissions to `aplusb` that its last rejudge has still to judge.
async fn remaining(store: &dyn Store) -> u32 {
    let problem = ProblemId::parse("aplusb").unwrap();
    let rejudge = store.problem_rejudge(&problem).await.unwrap();
    rejudge.unwrap().remaining
}

/// Ends an open judgement with the present package.
async fn finish_present(store: &dyn Store, key: JudgementKey) {
    let input = store.judge_input(key.submission_id).await.unwrap().unwrap();
    let version = Some(&input.package.digest);
    let accepted = judgement(Verdict::Accepted);
    let finished = store.finish_judgement(key, version, &accepted).await;
    assert!(finished.unwrap());
}

/// A submission that is judged again on its own belongs to no rejudge of its problem.
async fn a_lone_rejudge_holds_up_no_other(store: &dyn Store) {
    let package = Package::of("aplusb");
    package.import(store).await;
    let lone = judged(store, Verdict::Accepted).await;
    let other = judged(store, Verdict::Accepted).await;
    let problem = ProblemId::parse("aplusb").unwrap();
    store.rejudge_problem(&problem).await.unwrap();
    for open in store.next_rejudges().await.unwrap() {
        finish_present(store, open.key()).await;
    }
    assert_eq!(remaining(store).await, 0);

    package.write("data/secret/1.ans", "4\n");
    package.import(store).await;
    store.reopen(lone).await.unwrap();
    assert_eq!(remaining(store).await, 0);
    let requested = store.rejudge_problem(&problem).await.unwrap();
    assert_eq!((requested.total, requested.remaining), (2, 2));
    let opened = store.next_rejudges().await.unwrap();
    let keys: Vec<_> = opened.iter().map(|open| open.key()).collect();
    assert_eq!(keys, [key(other, 3)]);
    finish_present(store, key(other, 3)).await;
    assert_eq!(remaining(store).await, 1);
    finish_present(store, key(lone, 3)).await;
    assert_eq!(remaining(store).await, 0);
    assert!(store.next_rejudges().await.unwrap().is_empty());
    // One that waits for its turn and is asked for on its own counts for both.
    store.rejudge_problem(&problem).await.unwrap();
    store.reopen(lone).await.unwrap();
    assert_eq!(remaining(store).await, 2);
    finish_present(store, key(lone, 4)).await;
    assert_eq!(remaining(store).await, 1);
}

/// A submission that a worker judges with the old package at the moment of the request.
async fn what_has_begun_before_a_rejudge_is_judged_again(store: &dyn Store) {
    let package = Package::of("aplusb");
    package.import(store).await;
    let [begun, waiting, cancelled] = [open(store).await, open(store).await, open(store).await];
    let old = store.judge_input(begun).await.unwrap().unwrap();
    package.write("data/secret/1.ans", "4\n");
    package.import(store).await;
    let problem = ProblemId::parse("aplusb").unwrap();
    let requested = store.rejudge_problem(&problem).await.unwrap();
    assert_eq!((requested.total, requested.remaining), (3, 3));
    assert!(
        store.next_rejudges().await.unwrap().is_empty(),
        "all are open"
    );

    let version = Some(&old.package.digest);
    let accepted = judgement(Verdict::Accepted);
    let finished = store
        .finish_judgement(key(begun, 1), version, &accepted)
        .await;
    assert!(finished.unwrap());
    finish_present(store, key(waiting, 1)).await;
    store.cancel_judgement(cancelled).await.unwrap();
    assert_eq!(remaining(store).await, 1);
    let opened = store.next_rejudges().await.unwrap();
    let keys: Vec<_> = opened.iter().map(|open| open.key()).collect();
    assert_eq!(keys, [key(begun, 2)]);
    assert_eq!(remaining(store).await, 1);
    finish_present(store, key(begun, 2)).await;
    assert_eq!(remaining(store).await, 0);
    assert!(store.next_rejudges().await.unwrap().is_empty());
    for (id, count) in [(begun, 2), (waiting, 1), (cancelled, 1)] {
        assert_eq!(read(store, id).await.judgements.len(), count);
    }
}

/// Of tests that a client never ran: its result was no lie.
async fn a_rejudge_refutes_no_client(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let new = submission("ada");
    let claimed = judgement(Verdict::Accepted).verdict;
    let claim = letscode_store::ClientVerdict::Unverified(claimed);
    store.insert_client_result(&new, &claim).await.unwrap();
    store
        .finish(new.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    store.reopen(new.id).await.unwrap();
    let wrong = judgement(Verdict::WrongAnswer);
    let finished = store.finish_judgement(key(new.id, 2), None, &wrong).await;
    assert!(finished.unwrap());
    assert!(store.is_trusted(&new.user_id).await.unwrap());
}

async fn all_tests_are_remembered(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    for run_all in [true, false] {
        let mut new = submission("ada");
        new.run_all = run_all;
        store.insert_submission(&new).await.unwrap();
        let work = store.judge_input(new.id).await.unwrap().unwrap();
        assert_eq!(work.submission.run_all, run_all);
        assert_eq!(read(store, new.id).await.run_all, run_all);
    }
}

contract!(
    a_rejudge_is_another_judgement,
    results_so_far_are_visible,
    judgements_are_cancelled_once,
    of_a_verdict_and_a_cancellation_one_wins,
    problems_are_rejudged_a_few_at_a_time,
    a_lone_rejudge_holds_up_no_other,
    what_has_begun_before_a_rejudge_is_judged_again,
    a_rejudge_refutes_no_client,
    all_tests_are_remembered,
);
