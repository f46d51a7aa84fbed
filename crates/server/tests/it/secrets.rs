//! Users with a secret: what others can do with everything that a shared link shows.

use crate::common::{Answer, TestServer, soon, submission};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::StreamExt;
use letscode_model::UserSecret;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const SECRET: &str = "web-0b6f1c1e-5d0f-4c3a-9c67-0d2f8f6d3a11";
const OTHER_SECRET: &str = "secret-of-somebody-else";

fn request(method: &str, path: &str, secret: Option<&str>, body: Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    let request = request.header("content-type", "application/json");
    request.body(body.to_string().into()).unwrap()
}

async fn get(server: &TestServer, path: &str, secret: Option<&str>) -> Answer {
    server.call(request("GET", path, secret, json!({}))).await
}

/// Submits as the owner of `SECRET`; returns what the shared link of the submission shows.
async fn shared(server: &TestServer) -> Value {
    let mut body = submission("print(3)");
    body.as_object_mut().unwrap().remove("userId");
    let request = request("POST", "/api/submit?wait=true", Some(SECRET), body);
    let answer = soon(server.call(request)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let id = answer.json()["submissionId"].as_str().unwrap().to_owned();
    let shown = get(server, &format!("/api/submission/{id}"), None).await;
    assert_eq!(shown.status, StatusCode::OK);
    shown.json()
}

async fn started() -> TestServer {
    let server = TestServer::start().await;
    server.start_worker().await;
    server
}

#[tokio::test]
async fn answers_never_contain_the_secret() {
    let server = started().await;
    let shown = shared(&server).await;
    assert!(!shown.to_string().contains(SECRET), "{shown}");
    let public = UserSecret::parse(SECRET).unwrap().public_id();
    assert_eq!(shown["userId"], public.0);
}

#[tokio::test]
async fn owners_read_their_source_and_list() {
    let server = started().await;
    let shown = shared(&server).await;
    let source = format!("/api/submission/{}/source", shown["id"].as_str().unwrap());
    let answer = get(&server, &source, Some(SECRET)).await;
    assert_eq!(answer.json()["code"], "print(3)");
    let list = get(&server, "/api/submissions", Some(SECRET)).await.json();
    assert_eq!(list["submissions"][0]["id"], shown["id"]);
}

#[tokio::test]
async fn strangers_read_neither_source_nor_list() {
    let server = started().await;
    let shown = shared(&server).await;
    let (id, user) = (
        shown["id"].as_str().unwrap(),
        shown["userId"].as_str().unwrap(),
    );
    for secret in [None, Some(OTHER_SECRET)] {
        for path in [
            format!("/api/submissions?userId={user}"),
            format!("/api/submission/{id}/source?userId={user}"),
            // A secret is not taken from an address, not even the right one.
            format!("/api/submissions?userId={SECRET}"),
            format!("/api/submission/{id}/source?userId={SECRET}"),
        ] {
            let answer = get(&server, &path, secret).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert!(!answer.text.contains(SECRET), "{}", answer.text);
        }
    }
    let source = format!("/api/submission/{id}/source");
    let answer = get(&server, &source, Some(OTHER_SECRET)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let list = get(&server, "/api/submissions", Some(OTHER_SECRET)).await;
    assert_eq!(list.json()["submissions"], json!([]));
}

#[tokio::test]
async fn strangers_cannot_act_as_the_user() {
    let server = started().await;
    let shown = shared(&server).await;
    let mut body = submission("print(4)");
    body["userId"] = shown["userId"].clone();
    let user = &shown["userId"];
    let bodies = [
        ("/api/submit", body.clone()),
        (
            "/api/run",
            json!({"language": "python", "code": "1", "userId": user}),
        ),
        (
            "/api/test",
            json!({"language": "python", "code": "1", "userId": user}),
        ),
        ("/api/hints", json!({"language": "python", "userId": user})),
    ];
    for (path, body) in bodies {
        for secret in [None, Some(OTHER_SECRET)] {
            let answer = server
                .call(request("POST", path, secret, body.clone()))
                .await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
    let answer = server
        .call(request("POST", "/api/submit", Some(SECRET), body))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn streams_need_the_secret() {
    let server = started().await;
    let (address, _stop) = server.listen().await;
    let user = UserSecret::parse(SECRET).unwrap().public_id();
    for path in ["/", "/ws"] {
        let refused = connect_async(format!("ws://{address}{path}?userId={user}")).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("401"), "{error}");
    }
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    let protocols = format!("letscode, letscode.secret.{SECRET}")
        .parse()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocols);
    let (mut socket, response) = soon(connect_async(request)).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "letscode");
    let shown = shared(&server).await;
    loop {
        let message = soon(socket.next())
            .await
            .unwrap()
            .unwrap()
            .into_text()
            .unwrap();
        if message.contains(shown["id"].as_str().unwrap()) {
            break;
        }
    }
}

/// As the seed has it: a name that is only stated protects nothing.
#[tokio::test]
async fn stated_names_work_without_a_secret() {
    let server = started().await;
    let id = server.submit("print(3)").await;
    let list = server.get("/api/submissions?userId=ada").await.json();
    assert_eq!(list["submissions"][0]["id"], json!(id));
    let source = format!("/api/submission/{id}/source?userId=ada");
    assert_eq!(server.get(&source).await.json()["code"], "print(3)");
}
