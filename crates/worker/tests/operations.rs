//! Operators' commands, on a real store and queue.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use letscode_model::{
    Judgement, LanguageId, NewSubmission, ProblemDetail, ProblemId, ProblemSummary, SubmissionId,
    Trust, UserId, Verdict, VerdictSummary,
};
use letscode_queue::{Broker, InProcessBroker, JobFilter};
use letscode_store::{MAX_OPEN_REJUDGES, SqliteStore, Store};
use letscode_worker::cancel_waiting;

fn problem() -> ProblemDetail {
    ProblemDetail {
        summary: ProblemSummary {
            id: ProblemId::parse("aplusb").unwrap(),
            title: "A+B".into(),
            time_limit: 1000.0,
            memory_limit: 512 << 20,
            total_tests: 1,
            keywords: vec![],
            scoring: false,
            interactive: false,
            code_limit: 128 << 10,
        },
        time_limit_from: ".timelimit".to_owned(),
        statements: vec![],
        statement_files: vec![],
        samples: vec![],
        trust: Trust::default(),
        author: None,
        source: None,
        license: None,
    }
}

async fn insert_judged(store: &SqliteStore) {
    let new = NewSubmission {
        id: SubmissionId::random(),
        user_id: UserId("ada".into()),
        problem_id: ProblemId::parse("aplusb").unwrap(),
        language: LanguageId("python".into()),
        code: "print(3)".into(),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    };
    store.insert_submission(&new).await.unwrap();
    let judgement = Judgement {
        verdict: VerdictSummary {
            status: Verdict::Accepted,
            passed_tests: 1,
            total_tests: 1,
            max_time: 1.0,
            max_memory: 1,
            score: None,
            max_score: None,
        },
        test_results: vec![],
        compiler_output: String::new(),
        internal_error: None,
    };
    assert!(store.finish(new.id, &judgement).await.unwrap());
}

/// Rejudges that had no place in the queue come into it when those before them are cancelled.
#[tokio::test]
async fn a_cancelled_rejudge_makes_place_for_the_next() {
    const REST: u32 = 3;
    let data = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&data.path().join("data")).await.unwrap();
    let package = data.path().join("aplusb");
    std::fs::create_dir(&package).unwrap();
    std::fs::write(package.join("problem.yaml"), "name: A+B\n").unwrap();
    let detail = problem();
    store.import_problem(&package, &detail).await.unwrap();
    for _ in 0..MAX_OPEN_REJUDGES + REST {
        insert_judged(&store).await;
    }
    let broker = Broker::new(InProcessBroker::default());
    store.rejudge_problem(&detail.summary.id).await.unwrap();
    for open in store.next_rejudges().await.unwrap() {
        broker.jobs.readmit(open.to_job()).await.unwrap();
    }

    let all = JobFilter::default();
    for (waiting, remaining) in [(MAX_OPEN_REJUDGES, REST), (REST, 0)] {
        let cancelled = cancel_waiting(&store, &broker, &all).await.unwrap();
        assert_eq!(cancelled, waiting as usize);
        let queued = broker.jobs.waiting(&all, 100).await.unwrap();
        assert_eq!(queued.len(), remaining as usize);
        let rejudge = store.problem_rejudge(&detail.summary.id).await.unwrap();
        assert_eq!(rejudge.unwrap().remaining, remaining);
    }
}
