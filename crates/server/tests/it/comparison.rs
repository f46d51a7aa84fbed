//! Comparison of a submission with other people's.

use crate::common::{TestServer, problem};
use axum::http::StatusCode;
use letscode_model::{
    Judgement, LanguageId, NewSubmission, SubmissionId, UserId, Verdict, VerdictSummary,
};
use letscode_store::Store;
use serde_json::{Value, json};

/// Stores a submission with its verdict, as a worker does.
async fn judged(
    server: &TestServer,
    user: &str,
    language: &str,
    status: Verdict,
    (max_time, max_memory): (f64, u64),
) -> SubmissionId {
    let new = NewSubmission {
        id: SubmissionId::random(),
        user_id: UserId(user.into()),
        problem_id: problem().summary.id,
        language: LanguageId(language.into()),
        code: "print(3)".into(),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    };
    server.store.insert_submission(&new).await.unwrap();
    let judgement = Judgement {
        verdict: VerdictSummary {
            status,
            passed_tests: 3,
            total_tests: 3,
            max_time,
            max_memory: max_memory << 20,
            score: None,
            max_score: None,
        },
        test_results: Vec::new(),
        compiler_output: String::new(),
        internal_error: None,
    };
    assert!(server.store.finish(new.id, &judgement).await.unwrap());
    new.id
}

async fn compare(server: &TestServer, id: SubmissionId) -> Value {
    let answer = server
        .get(&format!("/api/submission/{id}/comparison"))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn each_persons_fastest_in_the_same_language_counts() {
    use Verdict::{Accepted, WrongAnswer};
    let server = TestServer::start().await;
    let own = judged(&server, "ada", "python", Accepted, (20.0, 2000)).await;
    let empty = json!({ "others": 0, "slower": 0, "larger": 0 });
    assert_eq!(compare(&server, own).await, empty);
    // Faster, then slower; and another one of the same user.
    judged(&server, "bob", "python", Accepted, (10.0, 3000)).await;
    judged(&server, "bob", "python", Accepted, (90.0, 1000)).await;
    judged(&server, "ada", "python", Accepted, (99.0, 9000)).await;
    judged(&server, "cyd", "python", Accepted, (30.0, 1000)).await;
    judged(&server, "dan", "python", Accepted, (20.0, 2000)).await;
    judged(&server, "eve", "python", WrongAnswer, (99.0, 9000)).await;
    judged(&server, "eve", "rust", Accepted, (99.0, 9000)).await;
    let expected = json!({ "others": 3, "slower": 1, "larger": 1 });
    assert_eq!(compare(&server, own).await, expected);
    let wrong = judged(&server, "fay", "python", WrongAnswer, (1.0, 1)).await;
    assert_eq!(compare(&server, wrong).await, empty);
}

#[tokio::test]
async fn only_the_latest_are_compared() {
    let server = TestServer::start().await;
    judged(&server, "old", "python", Verdict::Accepted, (99.0, 1)).await;
    for number in 0..500 {
        let user = format!("user-{}", number % 7);
        judged(&server, &user, "python", Verdict::Accepted, (50.0, 1)).await;
    }
    let own = judged(&server, "ada", "python", Verdict::Accepted, (20.0, 2)).await;
    let expected = json!({ "others": 7, "slower": 7, "larger": 0 });
    assert_eq!(compare(&server, own).await, expected);
}

#[tokio::test]
async fn missing_submissions_are_not_compared() {
    let server = TestServer::start().await;
    let path = format!("/api/submission/{}/comparison", SubmissionId::random());
    assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
    let answer = server.get("/api/submission/x/comparison").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
