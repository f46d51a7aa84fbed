//! The contract of a store. Each promise is an async function over `&dyn Store` and runs for every
//! backend: another one joins by a module in the macro of `samples`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
mod samples;

mod accounts;

use letscode_model::{ProblemId, SubmissionStatus, UserId, Verdict, VerifiedBy};
use letscode_store::{ClientVerdict, OpenSubmission, Store, StoreError, SubmissionFilter};
use samples::{Package, detail, judgement, submission};

async fn with_problem(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
}

async fn submissions_are_stored_unchanged(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    assert_eq!(
        store.new_submission(new.id).await.unwrap(),
        Some(new.clone())
    );
    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.status, SubmissionStatus::Queued);
    assert_eq!((stored.verdict, stored.test_results), (None, vec![]));
    assert!(stored.created_at > 1_700_000_000_000, "Unix milliseconds");

    let absent = submission("ada").id;
    assert_eq!(store.submission(absent).await.unwrap(), None);
    assert_eq!(store.new_submission(absent).await.unwrap(), None);
}

async fn invalid_submissions_are_refused(store: &dyn Store) {
    with_problem(store).await;
    let mut new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    let twice = store.insert_submission(&new).await;
    assert!(
        matches!(twice, Err(StoreError::DuplicateSubmission(_))),
        "{twice:?}"
    );

    new = submission("ada");
    new.problem_id = ProblemId::parse("nowhere").unwrap();
    let homeless = store.insert_submission(&new).await;
    assert!(
        matches!(homeless, Err(StoreError::UnknownProblem(_))),
        "{homeless:?}"
    );
    assert_eq!(store.submission(new.id).await.unwrap(), None);
}

async fn the_first_verdict_is_final(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    assert!(
        store
            .set_status(new.id, SubmissionStatus::Running)
            .await
            .unwrap()
    );
    let accepted = judgement(Verdict::Accepted);
    assert!(store.finish(new.id, &accepted).await.unwrap());
    assert!(
        !store
            .finish(new.id, &judgement(Verdict::WrongAnswer))
            .await
            .unwrap()
    );
    assert!(
        !store
            .set_status(new.id, SubmissionStatus::Queued)
            .await
            .unwrap()
    );

    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.status, SubmissionStatus::Completed);
    assert_eq!(stored.verdict, Some(accepted.verdict));
    assert_eq!(stored.test_results, accepted.test_results);
    assert_eq!(stored.compiler_output, accepted.compiler_output);
}

async fn progress_is_visible(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    for status in [SubmissionStatus::Compiling, SubmissionStatus::Running] {
        store.set_status(new.id, status).await.unwrap();
        let stored = store.submission(new.id).await.unwrap().unwrap();
        assert_eq!(stored.status, status);
        let page = store.list_submissions(&SubmissionFilter::default()).await;
        assert_eq!(page.unwrap().submissions[0].status, status);
    }
}

/// Nobody who is flagged gets off by a crash. An address is in it, so it goes with the judgement.
async fn terms_are_kept_while_a_submission_waits(store: &dyn Store) {
    with_problem(store).await;
    let address: std::net::IpAddr = "203.0.113.7".parse().unwrap();
    let address = letscode_model::ClientAddress::from(address);
    let mut new = submission("ada");
    new.terms = letscode_model::TurnTerms {
        max_running: std::num::NonZeroU32::new(1),
        caps_share: true,
        gives_way: true,
        ..letscode_model::TurnTerms::of_client(None, Some(address))
    };
    let mut cancelled = submission("eve");
    cancelled.terms = new.terms.clone();
    let claim = ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict);
    store.insert_submission(&new).await.unwrap();
    store
        .insert_client_result(&cancelled, &claim)
        .await
        .unwrap();
    let open = store.open_submissions().await.unwrap();
    let recovered = letscode_model::TurnTerms {
        is_recovered: true,
        ..new.terms.clone()
    };
    for open in &open {
        assert_eq!(open.to_job().terms(), &recovered);
        assert_eq!(open.to_job().lane(), letscode_model::Lane::Background);
    }
    assert_eq!(
        store.new_submission(new.id).await.unwrap(),
        Some(new.clone())
    );
    store
        .finish(new.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    store.cancel_judgement(cancelled.id).await.unwrap();
    for id in [new.id, cancelled.id] {
        let stored = store.new_submission(id).await.unwrap().unwrap();
        assert_eq!(stored.terms, letscode_model::TurnTerms::default());
        let again = store.reopen(id).await.unwrap().submission;
        assert_eq!(again.terms, letscode_model::TurnTerms::default());
    }
}

async fn judge_input_is_complete(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    let package = store.problem_package(&new.problem_id).await.unwrap();
    let work = store.judge_input(new.id).await.unwrap().unwrap();
    assert_eq!((&work.submission, Some(work.package)), (&new, package));
    store
        .finish(new.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    assert_eq!(
        store.judge_input(new.id).await.unwrap(),
        None,
        "it is final"
    );
    let absent = submission("ada").id;
    assert_eq!(store.judge_input(absent).await.unwrap(), None);
}

/// Concurrent writes may share a transaction, but each gets a result of its own.
async fn a_refused_write_leaves_others_intact(store: &dyn Store) {
    with_problem(store).await;
    let stored_before = submission("ada");
    store.insert_submission(&stored_before).await.unwrap();
    let good: Vec<_> = (0..50).map(|_| submission("ada")).collect();
    let mut homeless = submission("ada");
    homeless.problem_id = ProblemId::parse("nowhere").unwrap();
    let unknown = submission("ada").id;
    let accepted = judgement(Verdict::Accepted);
    let (written, homeless, again, unknown) = tokio::join!(
        futures_util::future::join_all(good.iter().map(|new| store.insert_submission(new))),
        store.insert_submission(&homeless),
        store.insert_submission(&stored_before),
        store.finish(unknown, &accepted),
    );
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert!(matches!(homeless, Err(StoreError::UnknownProblem(_))));
    assert!(matches!(again, Err(StoreError::DuplicateSubmission(_))));
    assert!(matches!(unknown, Err(StoreError::UnknownSubmission(_))));
    let open = store.open_submissions().await.unwrap();
    assert_eq!(open.len(), 1 + good.len());
}

/// Programs and compilers print what they like, and test data is what it is.
async fn every_character_is_stored(store: &dyn Store) {
    with_problem(store).await;
    let mut new = submission("ada");
    new.code = "# \0 \u{feff} \u{1f980} \u{10ffff} \\ ' \" \r\n".to_owned();
    store.insert_submission(&new).await.unwrap();
    assert_eq!(
        store.new_submission(new.id).await.unwrap(),
        Some(new.clone())
    );
    let mut odd = judgement(Verdict::RuntimeError);
    odd.compiler_output = "warning: \0 in a string\n\u{fffd}".to_owned();
    odd.internal_error = Some("\0".to_owned());
    odd.test_results[0].message = Some("it printed \0 and \u{1b}".to_owned());
    assert!(store.finish(new.id, &odd).await.unwrap());
    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.compiler_output, odd.compiler_output);
    assert_eq!(stored.test_results, odd.test_results);
}

/// Many judge the same: the first decides, and all the others hear that they did not.
async fn one_of_many_judgements_wins(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    let verdicts = [Verdict::Accepted, Verdict::WrongAnswer]
        .into_iter()
        .cycle();
    let judgements: Vec<_> = verdicts.take(20).map(judgement).collect();
    let finishing = judgements
        .iter()
        .map(|judgement| store.finish(new.id, judgement));
    let won = futures_util::future::join_all(finishing).await;
    let won: Vec<bool> = won.into_iter().map(Result::unwrap).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    let winner = won.iter().position(|won| *won).unwrap();
    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.verdict.as_ref(), Some(&judgements[winner].verdict));
    assert_eq!(stored.test_results, judgements[winner].test_results);
}

async fn internal_errors_fail_a_submission(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    assert!(
        store
            .finish(new.id, &judgement(Verdict::InternalError))
            .await
            .unwrap()
    );
    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.status, SubmissionStatus::Failed);
}

async fn only_a_judgement_makes_final(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    store.insert_submission(&new).await.unwrap();
    let refused = store.set_status(new.id, SubmissionStatus::Completed).await;
    assert!(matches!(refused, Err(StoreError::StatusNeedsVerdict(_))));
    let absent = submission("ada").id;
    assert!(
        !store
            .set_status(absent, SubmissionStatus::Running)
            .await
            .unwrap()
    );
    let unknown = store.finish(absent, &judgement(Verdict::Accepted)).await;
    assert!(matches!(unknown, Err(StoreError::UnknownSubmission(_))));
}

async fn open_submissions_come_oldest_first(store: &dyn Store) {
    with_problem(store).await;
    let all = ["a", "b", "c", "d"].map(submission);
    for new in &all {
        store.insert_submission(new).await.unwrap();
    }
    store
        .set_status(all[2].id, SubmissionStatus::Running)
        .await
        .unwrap();
    store
        .finish(all[1].id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    let open = store.open_submissions().await.unwrap();
    let expected = [0, 2, 3].map(|i| OpenSubmission {
        judgement: 1,
        id: all[i].id,
        user_id: all[i].user_id.clone(),
        is_custom_test: all[i].is_custom_test,
        terms: Default::default(),
    });
    assert_eq!(open, expected);
}

async fn pages_are_stable(store: &dyn Store) {
    with_problem(store).await;
    let submissions: Vec<_> = (0..5).map(|_| submission("ada")).collect();
    for new in &submissions {
        store.insert_submission(new).await.unwrap();
        store.insert_submission(&submission("bob")).await.unwrap();
    }
    let mut filter = SubmissionFilter {
        user_id: Some(UserId("ada".into())),
        limit: Some(2),
        ..Default::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = store.list_submissions(&filter).await.unwrap();
        listed.extend(page.submissions.iter().map(|s| s.id));
        // What comes in between two pages is on neither.
        store.insert_submission(&submission("ada")).await.unwrap();
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() {
            break;
        }
    }
    let newest_first: Vec<_> = submissions.iter().rev().map(|new| new.id).collect();
    assert_eq!(listed, newest_first);

    filter.cursor = Some("'; DROP TABLE submissions".into());
    let forged = store.list_submissions(&filter).await;
    assert!(matches!(forged, Err(StoreError::InvalidCursor)));
}

async fn problems_are_replaced_as_a_whole(store: &dyn Store) {
    let mut package = Package::of("aplusb");
    let first = package.import(store).await;
    assert_eq!(
        package.import(store).await,
        first,
        "the same again changes nothing"
    );
    let id = &detail("aplusb").summary.id;
    let old = store.problem_package(id).await.unwrap().unwrap();
    assert_eq!(old.digest, first);
    assert_eq!(old.dir.file_name().unwrap(), "aplusb");

    package.write("data/secret/1.ans", "4\n");
    package.detail.summary.title = "A+B, mended".into();
    let second = package.import(store).await;
    assert_ne!(second, first);
    let new = store.problem_package(id).await.unwrap().unwrap();
    assert_eq!(
        std::fs::read_to_string(new.dir.join("data/secret/1.ans")).unwrap(),
        "4\n"
    );
    // A judge that still reads the old one is not disturbed.
    assert_eq!(
        std::fs::read_to_string(old.dir.join("data/secret/1.ans")).unwrap(),
        "3\n"
    );
    assert_eq!(
        store.problem(id).await.unwrap(),
        Some(package.detail.clone())
    );
    assert_eq!(store.problems().await.unwrap(), [package.detail.summary]);

    let unknown = ProblemId::parse("nowhere").unwrap();
    assert_eq!(store.problem(&unknown).await.unwrap(), None);
    assert_eq!(store.problem_package(&unknown).await.unwrap(), None);
}

async fn links_are_resolved(store: &dyn Store) {
    let package = Package::of("aplusb");
    package.link("1.ans", "data/secret/2.ans");
    package.link("../data", "shared/data");
    package.import(store).await;
    let id = &package.detail.summary.id;
    let stored = store.problem_package(id).await.unwrap().unwrap().dir;
    for copy in ["data/secret/2.ans", "shared/data/secret/1.ans"] {
        assert_eq!(std::fs::read_to_string(stored.join(copy)).unwrap(), "3\n");
        assert!(!stored.join(copy).is_symlink());
    }
}

async fn packages_cannot_leave_their_folder(store: &dyn Store) {
    const OUT: &str = "the link leads out of the package";
    let attempts: [(&str, &str, &str); 4] = [
        ("/etc/passwd", "data/secret/1.in", OUT),
        ("../../../outside", "data/secret/1.in", OUT),
        ("nowhere", "data/secret/1.in", "the link is broken"),
        (
            "..",
            "data/loop",
            "the link points to a folder that contains it",
        ),
    ];
    for (target, name, reason) in attempts {
        let package = Package::of("aplusb");
        std::fs::write(package.parent().join("outside"), "secret").unwrap();
        std::fs::remove_file(package.path().join("data/secret/1.in")).unwrap();
        package.link(target, name);
        let refused = package.try_import(store).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Package { .. }),
            "{target}: {refused:?}"
        );
        assert!(refused.to_string().contains(reason), "{target}: {refused}");
    }
    let package = Package::of("aplusb");
    package.fifo("data/secret/pipe");
    let refused = package.try_import(store).await;
    assert!(
        matches!(refused, Err(StoreError::Package { .. })),
        "{refused:?}"
    );
    assert_eq!(store.problems().await.unwrap(), []);
}

async fn trusted_results_are_final(store: &dyn Store) {
    with_problem(store).await;
    let new = submission("ada");
    let accepted = judgement(Verdict::Accepted);
    let result = ClientVerdict::Trusted(accepted.clone());
    store.insert_client_result(&new, &result).await.unwrap();
    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.status, SubmissionStatus::Completed);
    assert_eq!(stored.verified_by, Some(VerifiedBy::Client));
    assert_eq!(stored.verdict, Some(accepted.verdict));

    // Final is final, whoever said it.
    let wrong = judgement(Verdict::WrongAnswer);
    assert!(!store.finish(new.id, &wrong).await.unwrap());
    assert_eq!(store.judge_input(new.id).await.unwrap(), None);
    assert_eq!(store.open_submissions().await.unwrap(), []);
    let stored = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(stored.verified_by, Some(VerifiedBy::Client));
    assert!(store.is_trusted(&new.user_id).await.unwrap());
}

async fn refuted_results_end_the_trust(store: &dyn Store) {
    with_problem(store).await;
    let claimed = judgement(Verdict::Accepted).verdict;
    let cases = [
        ("honest", Verdict::Accepted, true),
        ("unlucky", Verdict::InternalError, true),
        ("liar", Verdict::WrongAnswer, false),
        ("slow", Verdict::TimeLimitExceeded, false),
    ];
    for (user, judged, is_believed) in cases {
        let new = submission(user);
        let result = ClientVerdict::Unverified(claimed.clone());
        store.insert_client_result(&new, &result).await.unwrap();
        let open = store.submission(new.id).await.unwrap().unwrap();
        assert_eq!(
            (open.status, open.verified_by),
            (SubmissionStatus::Queued, None)
        );
        assert!(
            store.is_trusted(&new.user_id).await.unwrap(),
            "nothing is known yet"
        );
        store.finish(new.id, &judgement(judged)).await.unwrap();
        let stored = store.submission(new.id).await.unwrap().unwrap();
        assert_eq!(stored.verdict.unwrap().status, judged, "the server's word");
        assert_eq!(stored.verified_by, Some(VerifiedBy::Server));
        assert_eq!(
            store.is_trusted(&new.user_id).await.unwrap(),
            is_believed,
            "{user}"
        );
    }
    // A second lie changes nothing, and is no error.
    let again = submission("liar");
    let result = ClientVerdict::Unverified(claimed);
    store.insert_client_result(&again, &result).await.unwrap();
    let wrong = judgement(Verdict::WrongAnswer);
    assert!(store.finish(again.id, &wrong).await.unwrap());
}

async fn results_need_a_problem(store: &dyn Store) {
    let new = submission("ada");
    for result in [
        ClientVerdict::Trusted(judgement(Verdict::Accepted)),
        ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict),
    ] {
        let refused = store.insert_client_result(&new, &result).await;
        assert!(
            matches!(refused, Err(StoreError::UnknownProblem(_))),
            "{refused:?}"
        );
        assert_eq!(store.submission(new.id).await.unwrap(), None);
    }
}

contract!(
    submissions_are_stored_unchanged,
    invalid_submissions_are_refused,
    the_first_verdict_is_final,
    progress_is_visible,
    judge_input_is_complete,
    terms_are_kept_while_a_submission_waits,
    a_refused_write_leaves_others_intact,
    every_character_is_stored,
    one_of_many_judgements_wins,
    internal_errors_fail_a_submission,
    only_a_judgement_makes_final,
    open_submissions_come_oldest_first,
    pages_are_stable,
    problems_are_replaced_as_a_whole,
    links_are_resolved,
    packages_cannot_leave_their_folder,
    trusted_results_are_final,
    refuted_results_end_the_trust,
    results_need_a_problem,
);
