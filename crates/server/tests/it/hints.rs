//! Hints: which are accepted, and what workers receive.

use std::time::Duration;

use crate::common::{TestServer, soon};
use axum::http::StatusCode;
use letscode_model::MAX_DRAFT_BYTES;
use letscode_queue::{Broker, Hints, QueueSettings};
use letscode_server::ServerSettings;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;

fn hint(user: &str, code: &str) -> Value {
    let draft = json!({ "problemId": "aplusb", "code": code });
    json!({ "language": "python", "userId": user, "draft": draft })
}

async fn send(server: &TestServer, body: &Value) -> (StatusCode, Value) {
    let answer = server.post("/api/hints", body.to_string()).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn drafts_are_passed_on_and_not_stored() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let accepted = (StatusCode::ACCEPTED, json!({ "compilesDrafts": true }));
    assert_eq!(send(&server, &hint("ada", "print(1")).await, accepted);
    assert_eq!(send(&server, &hint("ada", "print(1)")).await, accepted);
    let hint = soon(server.queue.next_hint()).await.unwrap();
    assert_eq!(hint.draft.unwrap().code, "print(1)");
    let listed = server.get("/api/submissions?userId=ada").await.json();
    assert_eq!(listed["submissions"], json!([]));
    let bare = json!({ "language": "python", "userId": "ada" });
    assert_eq!(send(&server, &bare).await, accepted);
    let hint = soon(server.queue.next_hint()).await.unwrap();
    assert_eq!((hint.user_id.0.as_str(), hint.draft), ("ada", None));
}

#[tokio::test]
async fn drafts_are_dropped_where_none_are_compiled() {
    let settings = ServerSettings {
        compiles_drafts: false,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.announce_worker().await;
    let answer = send(&server, &hint("ada", "print(1)")).await;
    assert_eq!(
        answer,
        (StatusCode::ACCEPTED, json!({ "compilesDrafts": false }))
    );
    assert_eq!(soon(server.queue.next_hint()).await.unwrap().draft, None);
    let status = server.get("/api/status").await.json();
    assert_eq!(status["compilesDrafts"], false);
}

#[tokio::test]
async fn invalid_hints_are_refused() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let large = "x".repeat(MAX_DRAFT_BYTES + 1);
    for (change, kind) in [
        (
            json!({ "draft": { "problemId": "aplusb", "code": large } }),
            "draft-too-large",
        ),
        (
            json!({ "draft": { "problemId": "aplusb", "code": " \n" } }),
            "empty-source",
        ),
        (
            json!({ "draft": { "problemId": "../etc", "code": "x" } }),
            "unknown-problem",
        ),
        (json!({ "draft": { "code": "x" } }), "invalid-json"),
        (json!({ "language": "cobol" }), "unknown-language"),
        (json!({ "language": "rust" }), "language-unavailable"),
        (json!({ "userId": "" }), "invalid-user-id"),
    ] {
        let mut body = hint("ada", "print(1)");
        let fields = body.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        let (status, problem) = send(&server, &body).await;
        assert!(status.is_client_error(), "{kind}");
        assert_eq!(problem["type"], format!("urn:letscode:problem:{kind}"));
    }
    let next = tokio::time::timeout(Duration::from_millis(50), server.queue.next_hint()).await;
    assert!(next.is_err(), "none was passed on");
}

#[tokio::test]
async fn hints_are_limited_per_user() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    for _ in 0..60 {
        let (status, _) = send(&server, &hint("eve", "print(1)")).await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }
    let (status, problem) = send(&server, &hint("eve", "print(1)")).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(problem["type"], "urn:letscode:problem:too-many-hints");
    let (status, _) = send(&server, &hint("ada", "print(1)")).await;
    assert_eq!(status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn returning_users_cause_a_hint_for_their_language() {
    let server = TestServer::start().await;
    server.start_worker().await;
    for _ in 0..4 {
        server.submit("print(3)").await;
    }
    let status = server.get("/api/status").await.json();
    let expected = json!({ "predicted": 2, "hit": 2, "hitRate": 1.0 });
    assert_eq!(status["foresight"], expected);

    // Another server with the same store has to look the history up.
    let restarted = letscode_server::AppState::new(
        server.store.clone(),
        Broker::new(server.queue.clone()),
        ServerSettings::default(),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(letscode_server::serve(
        listener,
        restarted,
        std::future::pending(),
    ));
    let url = |user: &str| format!("ws://{address}/ws?userId={user}");
    let _stranger = soon(connect_async(url("bob"))).await.unwrap();
    let _socket = soon(connect_async(url("ada"))).await.unwrap();
    let hint = soon(server.queue.next_hint()).await.unwrap();
    assert_eq!(
        (hint.user_id.0.as_str(), hint.language.as_str()),
        ("ada", "python")
    );
}
