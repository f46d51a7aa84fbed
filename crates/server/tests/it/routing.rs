//! The choice between running on the client and on the server, over HTTP.

use crate::common::{Answer, TestServer, submission};
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn decide(server: &TestServer, code: &str, more: Value) -> Answer {
    let mut body = json!({
        "code": code, "language": "python", "problemId": "aplusb", "clientLanguages": ["python"],
    });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    server.post("/api/route", body.to_string()).await
}

#[tokio::test]
async fn decisions_come_with_reasons_and_facts() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let light = decide(&server, "print(int(input()) * 2)", json!({}))
        .await
        .json();
    assert_eq!(light["strategy"], "client", "{light}");
    assert_eq!(
        (&light["load"], &light["incomplete"]),
        (&json!(0.0), &Value::Null)
    );
    let files = decide(&server, "x = 1\nopen('a')", json!({})).await.json();
    assert_eq!(files["strategy"], "server");
    assert_eq!(
        files["facts"],
        json!([{"line": 2, "kind": "file", "name": "open"}])
    );
    assert_eq!(files["reasons"], json!(["It uses files: open in line 2."]));
    let elsewhere = decide(&server, "fn main() {}", json!({"language": "rust"}))
        .await
        .json();
    assert_eq!(elsewhere["strategy"], "server");
    let unknown = decide(&server, "+", json!({"language": "brainfuck"}))
        .await
        .json();
    assert_eq!(unknown["strategy"], "server");
}

#[tokio::test]
async fn a_busy_server_leaves_runs_to_browsers() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let heavy = "def f(n):\n  return f(n - 1) + f(n - 2)";
    assert_eq!(
        decide(&server, heavy, json!({})).await.json()["strategy"],
        "server"
    );
    server.submit("print(3)").await;
    let busy = decide(&server, heavy, json!({})).await.json();
    assert_eq!(
        (&busy["strategy"], &busy["load"]),
        (&json!("client"), &json!(1.0))
    );
    let status = server.get("/api/status").await.json();
    assert_eq!(status["load"], 1.0);
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let server = TestServer::start().await;
    let empty = decide(&server, " ", json!({})).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST, "{}", empty.text);
    let nowhere = decide(&server, "1", json!({"problemId": "nowhere"})).await;
    assert_eq!(
        nowhere.json()["type"],
        "urn:letscode:problem:unknown-problem"
    );
}

#[tokio::test]
async fn receipts_contain_the_strategy() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let mut body = submission("print(3)");
    let plain = server.post("/api/submit", body.to_string()).await.json();
    assert_eq!(plain["strategy"], "server");
    body["clientLanguages"] = json!(["python"]);
    let page = server.post("/api/submit", body.to_string()).await.json();
    assert_eq!(page["strategy"], "hybrid");
    assert!(
        page["reasons"][0].as_str().unwrap().contains("judges"),
        "{page}"
    );
    body["code"] = json!("import socket");
    let unsafe_code = server.post("/api/submit", body.to_string()).await.json();
    assert_eq!(unsafe_code["strategy"], "server");
    let reasons = unsafe_code["reasons"].to_string();
    assert!(reasons.contains("socket in line 1"), "{reasons}");
}
