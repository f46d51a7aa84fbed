//! Bad requests: each gets one clear error response and changes nothing.

use std::time::Duration;

use crate::common::{TestServer, soon, submission};
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use futures_util::stream;
use letscode_model::JobId;
use letscode_queue::{JobQueue, QueueSettings, Replies};
use letscode_server::ServerSettings;
use letscode_store::{Store, SubmissionFilter};
use serde_json::{Value, json};

const SUBMIT: &str = "/api/submit";

/// Returns a submission with one field replaced.
fn with(field: &str, value: Value) -> Vec<u8> {
    let mut body = submission("print(3)");
    body[field] = value;
    body.to_string().into_bytes()
}

fn without(field: &str) -> Vec<u8> {
    let mut body = submission("print(3)");
    body.as_object_mut().unwrap().remove(field);
    body.to_string().into_bytes()
}

fn bad_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let mut latin1 = submission("print('X')").to_string().into_bytes();
    let at = latin1.iter().position(|byte| *byte == b'X').unwrap();
    latin1[at] = 0xe9;
    vec![
        ("no body", vec![]),
        ("not JSON", b"code=1".to_vec()),
        ("JSON that breaks off", br#"{"code": "print("#.to_vec()),
        (
            "JSON with more after it",
            [with("userId", json!("ada")), b"{}".to_vec()].concat(),
        ),
        ("not an object", b"[1]".to_vec()),
        ("not UTF-8", latin1),
        ("half a surrogate pair", br#"{"code": "\ud800"}"#.to_vec()),
        ("no code", without("code")),
        ("no language", without("language")),
        ("no problem", without("problemId")),
        ("a number for code", with("code", json!(42))),
        (
            "a word for a truth value",
            with("isCustomTest", json!("yes")),
        ),
        ("a list for the user", with("userId", json!(["ada"]))),
        ("empty code", with("code", json!(""))),
        ("white space for code", with("code", json!(" \n\t"))),
        ("NUL in the code", with("code", json!("print(3)\0"))),
        (
            "a byte too much code",
            with("code", json!("x".repeat((1 << 20) + 1))),
        ),
        ("too large a body", vec![b' '; 7 << 20]),
        ("an unknown language", with("language", json!("cobol"))),
        ("a language not installed", with("language", json!("rust"))),
        ("an unknown problem", with("problemId", json!("nowhere"))),
        (
            "a path for a problem",
            with("problemId", json!("../../etc/passwd")),
        ),
        ("an empty user", with("userId", json!(""))),
        ("a long user", with("userId", json!("u".repeat(129)))),
        ("a user with a line break", with("userId", json!("a\nb"))),
    ]
}

async fn assert_nothing_changed(server: &TestServer) {
    let page = server
        .store
        .list_submissions(&SubmissionFilter::default())
        .await
        .unwrap();
    assert_eq!(page.submissions, []);
    assert_eq!(server.queue.status().await.unwrap().queued, 0);
}

/// Checks the common parts of all error responses; returns the body for the snapshot.
fn refusal(answer: &crate::common::Answer) -> Value {
    let problem = answer.json();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(problem["status"], answer.status.as_u16());
    assert!(
        problem["type"]
            .as_str()
            .unwrap()
            .starts_with("urn:letscode:problem:")
    );
    problem
}

#[tokio::test]
async fn bad_submissions_change_nothing() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let mut refusals = serde_json::Map::new();
    for (name, body) in bad_bodies() {
        let answer = server.post(SUBMIT, body).await;
        refusals.insert(name.to_owned(), refusal(&answer));
    }
    assert_nothing_changed(&server).await;
    insta::assert_json_snapshot!(refusals);
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let mut refusals = serde_json::Map::new();
    for path in [
        "/nowhere",
        "/api/submission/42",
        "/api/submission/%ff",
        "/api/submission/00000000-0000-4000-8000-000000000000",
        "/api/problems/nowhere",
        "/api/problems/%2e%2e%2fetc",
        "/api/submissions",
        "/api/submissions?problemId=aplusb",
        "/api/submissions?userId=",
        "/api/submissions?userId=ada&limit=0",
        "/api/submissions?userId=ada&limit=many",
        "/api/submissions?userId=ada&cursor=forged",
        "/api/submissions?userId=ada&problemId=a/b",
        "/api/submit",
        "/ws",
    ] {
        refusals.insert(format!("GET {path}"), refusal(&server.get(path).await));
    }
    let form = Request::builder()
        .method(Method::POST)
        .uri(SUBMIT)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("code=1"))
        .unwrap();
    refusals.insert("a form".to_owned(), refusal(&server.call(form).await));
    let no_code = server
        .post("/api/test", json!({"language": "python"}).to_string())
        .await;
    refusals.insert("a test without code".to_owned(), refusal(&no_code));
    let answer = server
        .post("/api/submit?wait=maybe", with("code", json!("1")))
        .await;
    refusals.insert("an odd wait".to_owned(), refusal(&answer));
    assert_nothing_changed(&server).await;
    insta::assert_json_snapshot!(refusals);
}

#[tokio::test]
async fn refused_methods_name_the_allowed_ones() {
    let server = TestServer::start().await;
    let delete = Request::delete("/api/problems")
        .body(Body::empty())
        .unwrap();
    let answer = server.call(delete).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        refusal(&answer)["type"],
        "urn:letscode:problem:method-not-allowed"
    );
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn a_full_queue_refuses_before_storing() {
    let queue = QueueSettings {
        max_waiting: 2,
        ..QueueSettings::default()
    };
    let server = TestServer::with(ServerSettings::default(), queue).await;
    server.announce_worker().await;
    server.submit("1").await;
    server.submit("2").await;
    let answer = server.post(SUBMIT, with("code", json!("3"))).await;
    assert_eq!(answer.header("retry-after"), "5");
    insta::assert_json_snapshot!(refusal(&answer), @r#"
    {
      "detail": "the queue is full: 2 jobs are waiting; try again later",
      "status": 503,
      "title": "Queue full",
      "type": "urn:letscode:problem:queue-full"
    }
    "#);
    let page = server
        .store
        .list_submissions(&SubmissionFilter::default())
        .await
        .unwrap();
    assert_eq!(page.submissions.len(), 2);
    let snippet = json!({"code": "1", "language": "python"}).to_string();
    let answer = server.post("/api/test", snippet).await;
    assert_eq!(refusal(&answer)["type"], "urn:letscode:problem:queue-full");
    // A refused run leaves no watch behind.
    assert!(server.queue.watch_run(JobId::random()).await.is_ok());
}

#[tokio::test]
async fn one_user_cannot_fill_the_queue() {
    let queue = QueueSettings {
        max_waiting_per_user: 2,
        ..QueueSettings::default()
    };
    let server = TestServer::with(ServerSettings::default(), queue).await;
    server.announce_worker().await;
    server.submit("1").await;
    server.submit("2").await;
    let answer = server.post(SUBMIT, with("code", json!("3"))).await;
    assert_eq!(answer.header("retry-after"), "5");
    insta::assert_json_snapshot!(refusal(&answer), @r#"
    {
      "detail": "2 jobs of this user are waiting already; try again later",
      "status": 429,
      "title": "Too many jobs of one user",
      "type": "urn:letscode:problem:user-queue-full"
    }
    "#);
    let second_user = server.post(SUBMIT, with("userId", json!("bob"))).await;
    assert_eq!(second_user.status, StatusCode::CREATED);
}

#[tokio::test]
async fn without_a_worker_nothing_is_accepted() {
    let server = TestServer::start().await;
    let answer = server.post(SUBMIT, with("code", json!("3"))).await;
    assert_eq!(refusal(&answer)["type"], "urn:letscode:problem:no-worker");
    assert_nothing_changed(&server).await;
}

#[tokio::test]
async fn slow_bodies_time_out() {
    let settings = ServerSettings {
        body_timeout: Duration::from_millis(100),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let answer = soon(server.post(SUBMIT, Body::from_stream(never))).await;
    assert_eq!(
        refusal(&answer)["type"],
        "urn:letscode:problem:body-timeout"
    );
}

#[tokio::test]
async fn the_total_size_of_bodies_is_bounded() {
    let settings = ServerSettings {
        body_budget_bytes: 1000,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.announce_worker().await;
    let answer = server
        .post(SUBMIT, with("code", json!("x".repeat(2000))))
        .await;
    assert_eq!(refusal(&answer)["type"], "urn:letscode:problem:overloaded");
    server.submit("the budget was given back").await;
}

/// A client that is refused and asks again at once keeps no core busy.
#[tokio::test]
async fn refusals_of_too_much_are_late() {
    let settings = ServerSettings {
        refusal_delay: Duration::from_millis(300),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let began = std::time::Instant::now();
    let answer = server
        .post("/api/submit", submission("print(1)").to_string())
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "no worker");
    assert!(began.elapsed() >= Duration::from_millis(300));
}
