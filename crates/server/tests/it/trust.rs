//! Results from clients: where they are trusted, and that they are trusted nowhere else.

use crate::common::{TestServer, problem, soon, submission};
use axum::http::StatusCode;
use letscode_model::{
    Judgement, LanguageId, NewSubmission, ProblemDetail, ProblemSample, SubmissionId, Trust,
    UserId, Verdict, VerdictSummary,
};
use letscode_queue::QueueSettings;
use letscode_server::ServerSettings;
use letscode_store::{ClientVerdict, Store};
use serde_json::{Value, json};

/// Returns `aplusb` with all of its tests public.
fn public(trust: Trust) -> ProblemDetail {
    let mut problem = problem();
    problem.trust = trust;
    let sample = |number: u32| ProblemSample {
        name: number.to_string(),
        input: "1 2\n".into(),
        output: "3\n".into(),
        interaction: false,
    };
    problem.samples = (1..=problem.summary.total_tests).map(sample).collect();
    problem
}

async fn server(problem: &ProblemDetail, client_recheck: f64) -> TestServer {
    let settings = ServerSettings {
        client_recheck,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let package = tempfile::tempdir().unwrap();
    let folder = package.path().join("aplusb");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("problem.yaml"), "name: A+B\n").unwrap();
    server.store.import_problem(&folder, problem).await.unwrap();
    server.start_worker().await;
    server
}

fn with_result(code: &str, verdicts: &[&str]) -> Value {
    let tests = verdicts.iter();
    let tests: Vec<Value> = tests
        .map(|verdict| json!({"verdict": verdict, "executionTime": 4.5}))
        .collect();
    let mut body = submission(code);
    body["clientLanguages"] = json!(["javascript", "python"]);
    body["clientResult"] = json!({"testResults": tests});
    body
}

async fn judge(server: &TestServer, body: &Value) -> Value {
    let answer = soon(server.post("/api/submit?wait=true", body.to_string())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

const ACCEPTED: [&str; 3] = ["Accepted"; 3];

#[tokio::test]
async fn client_results_count_if_the_problem_trusts_clients() {
    let server = server(&public(Trust::Client), 0.0).await;
    let answer = judge(&server, &with_result("wrong", &ACCEPTED)).await;
    assert_eq!(answer["strategy"], "client", "{answer}");
    assert_eq!(answer["verifiedBy"], "client");
    assert_eq!(answer["status"], "Completed");
    assert_eq!(answer["verdict"]["status"], "Accepted");
    assert_eq!(answer["verdict"]["maxTime"], 4.5);
    assert_eq!(answer["testResults"].as_array().unwrap().len(), 3);
    let listed = server.get("/api/submissions?userId=ada").await.json();
    assert_eq!(listed["submissions"][0]["verifiedBy"], "client");
}

#[tokio::test]
async fn negative_times_are_refused() {
    let server = server(&public(Trust::Client), 0.0).await;
    let mut body = with_result("wrong", &ACCEPTED);
    body["clientResult"]["testResults"][1]["executionTime"] = json!(-1);
    let answer = server.post("/api/submit", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
}

/// The code is wrong, and the client reports Accepted.
#[tokio::test]
async fn forged_results_change_no_verdict() {
    let mut hidden = public(Trust::Client);
    hidden.samples.pop();
    let whole = with_result("wrong", &ACCEPTED);
    let but = |field: &str, value: Value| {
        let mut body = whole.clone();
        body[field] = value;
        body
    };
    let late = json!({"testResults": [
        {"verdict": "Accepted", "executionTime": 1e9}, {"verdict": "Accepted", "executionTime": 0},
        {"verdict": "Accepted", "executionTime": 1},
    ]});
    let forgeries = [
        (
            "the problem trusts nobody",
            public(Trust::Server),
            whole.clone(),
        ),
        ("one test is hidden", hidden, whole.clone()),
        (
            "a test too few",
            public(Trust::Client),
            with_result("wrong", &ACCEPTED[1..]),
        ),
        (
            "a test too many",
            public(Trust::Client),
            with_result("wrong", &["Accepted"; 4]),
        ),
        (
            "none at all",
            public(Trust::Client),
            with_result("wrong", &[]),
        ),
        (
            "one that failed",
            public(Trust::Client),
            with_result("wrong", &["Accepted", "Accepted", "Wrong Answer"]),
        ),
        (
            "times that can't be",
            public(Trust::Client),
            but("clientResult", late),
        ),
        (
            "from nobody",
            public(Trust::Client),
            but("userId", Value::Null),
        ),
        (
            "from nobody, by that name",
            public(Trust::Client),
            but("userId", json!("anonymous")),
        ),
        (
            "a browser that can't",
            public(Trust::Client),
            but("clientLanguages", json!([])),
        ),
        (
            "samples only",
            public(Trust::Client),
            but("isCustomTest", json!(true)),
        ),
        (
            "a program that no browser runs",
            public(Trust::Client),
            but("code", json!("open('wrong')")),
        ),
    ];
    for (name, problem, body) in forgeries {
        let server = server(&problem, 0.0).await;
        let answer = judge(&server, &body).await;
        assert_eq!(
            answer["verdict"]["status"], "Wrong Answer",
            "{name}: {answer}"
        );
        assert_eq!(answer["verifiedBy"], "server", "{name}");
        assert_ne!(answer["strategy"], "client", "{name}");
    }
}

#[tokio::test]
async fn invalid_client_results_are_refused() {
    let server = server(&public(Trust::Client), 0.0).await;
    let mut body = with_result("wrong", &ACCEPTED);
    body["clientResult"]["testResults"][0]["verdict"] = json!("Splendid");
    let answer = server.post("/api/submit", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
}

#[tokio::test]
async fn a_user_with_a_wrong_result_is_trusted_no_more() {
    let server = server(&public(Trust::Client), 1.0).await;
    let honest = judge(&server, &with_result("print(3)", &ACCEPTED)).await;
    assert_eq!(honest["verdict"]["status"], "Accepted");
    assert_eq!(
        (&honest["verifiedBy"], &honest["strategy"]),
        (&json!("server"), &json!("hybrid"))
    );
    assert!(
        server
            .store
            .is_trusted(&UserId("ada".into()))
            .await
            .unwrap()
    );

    let lie = judge(&server, &with_result("wrong", &ACCEPTED)).await;
    assert_eq!(lie["verdict"]["status"], "Wrong Answer");
    assert!(
        !server
            .store
            .is_trusted(&UserId("ada".into()))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn distrusted_users_are_judged_by_the_server() {
    let server = server(&public(Trust::Client), 0.0).await;
    let user = UserId("ada".into());
    let new = NewSubmission {
        id: SubmissionId::random(),
        user_id: user,
        problem_id: public(Trust::Client).summary.id,
        language: LanguageId("python".into()),
        code: "wrong".into(),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    };
    let accepted = judge(&server, &with_result("print(3)", &ACCEPTED)).await["verdict"].clone();
    let checked = ClientVerdict::Unverified(serde_json::from_value(accepted.clone()).unwrap());
    server
        .store
        .insert_client_result(&new, &checked)
        .await
        .unwrap();
    let mut wrong: VerdictSummary = serde_json::from_value(accepted).unwrap();
    wrong.status = Verdict::WrongAnswer;
    let judgement = Judgement {
        verdict: wrong,
        test_results: vec![],
        compiler_output: String::new(),
        internal_error: None,
    };
    server.store.finish(new.id, &judgement).await.unwrap();
    let later = judge(&server, &with_result("wrong", &ACCEPTED)).await;
    assert_eq!(later["verifiedBy"], "server", "{later}");
    assert_eq!(later["verdict"]["status"], "Wrong Answer");
    let mut of_another = with_result("wrong", &ACCEPTED);
    of_another["userId"] = json!("bob");
    assert_eq!(judge(&server, &of_another).await["verifiedBy"], "client");
}
