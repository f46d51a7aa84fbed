//! Streams that are open when the right to follow them ends.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::StreamExt;
use letscode_model::{KeyScope, RandomSecret, Role, SecretHash, ShareHolder, SubmissionId, UserId};
use letscode_queue::QueueSettings;
use letscode_server::{AuthMode, ServerSettings};
use letscode_store::{AccessStore, AccountStore, KeyStore, Store};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::common::people::{
    PASSWORD, account, as_page, key, logged_in, login, namespace, settings,
};
use crate::common::{TestServer, problem, soon};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn watched_server() -> TestServer {
    let settings = ServerSettings {
        right_interval: Duration::from_millis(100),
        ..settings(AuthMode::Accounts)
    };
    TestServer::with(settings, QueueSettings::default()).await
}

async fn socket(address: &str, path: &str, header: (&str, &str)) -> Socket {
    let request = format!("ws://{address}{path}");
    let mut request = request.into_client_request().unwrap();
    let own = format!("http://{address}").parse().unwrap();
    request.headers_mut().insert("origin", own);
    let name: axum::http::HeaderName = header.0.parse().unwrap();
    request
        .headers_mut()
        .insert(name, header.1.parse().unwrap());
    soon(connect_async(request)).await.unwrap().0
}

/// Returns the code and the reason with which the server closes a socket.
async fn close_of(mut socket: Socket) -> (u16, String) {
    loop {
        match soon(socket.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => {
                return (frame.code.into(), frame.reason.to_string());
            }
            Some(Ok(_)) => {}
            end => panic!("{end:?}"),
        }
    }
}

async fn stays_open(socket: &mut Socket) {
    let end = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(_))) | None => return,
                _ => {}
            }
        }
    };
    let ended = tokio::time::timeout(Duration::from_millis(400), end).await;
    assert!(ended.is_err(), "it was closed");
}

fn logged_out() -> (u16, String) {
    (1008, "logged out".to_owned())
}

fn not_allowed() -> (u16, String) {
    (1008, "not allowed any more".to_owned())
}

/// Opens a stream of Server-Sent Events; returns what arrives until it ends.
async fn follow(
    address: &str,
    path: &str,
    header: (&str, &str),
) -> tokio::task::JoinHandle<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (name, value) = header;
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\n{name}: {value}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    soon(stream.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    tokio::spawn(async move {
        let mut text = String::new();
        soon(stream.read_to_string(&mut text)).await.unwrap();
        text
    })
}

/// Stores a submission that waits; nobody judges it.
async fn open_submission(server: &TestServer, user: &UserId) -> SubmissionId {
    let id = SubmissionId::random();
    let new = letscode_model::NewSubmission {
        id,
        user_id: user.clone(),
        problem_id: problem().summary.id,
        language: letscode_model::LanguageId("python".into()),
        code: "1".into(),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    };
    server.store.insert_submission(&new).await.unwrap();
    id
}

#[tokio::test]
async fn streams_end_with_their_session() {
    let server = watched_server().await;
    let (address, _stop) = server.listen().await;
    let ada = account(&server, "ada", Role::User).await;
    let (cookie, other) = (login(&server, "ada").await, login(&server, "ada").await);
    let id = open_submission(&server, &ada.id).await;
    let ended = socket(&address, "/ws", ("cookie", &cookie)).await;
    let mut staying = socket(&address, "/ws", ("cookie", &other)).await;
    let events = format!("/api/submission/{id}/events");
    let followed = follow(&address, &events, ("Cookie", &cookie)).await;
    as_page(&server, ("POST", "/api/auth/logout"), &cookie, &Value::Null).await;
    assert_eq!(close_of(ended).await, logged_out());
    let text = followed.await.unwrap();
    assert!(text.contains("event: submission"), "{text}");
    assert!(
        text.contains("event: closed\ndata: {\"reason\":\"logged out\"}"),
        "{text}"
    );
    stays_open(&mut staying).await;
    // Erasure ends all that are left.
    let followed = follow(&address, &events, ("Cookie", &other)).await;
    let body = json!({"password": PASSWORD});
    let erased = as_page(&server, ("DELETE", "/api/account"), &other, &body).await;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text);
    assert_eq!(close_of(staying).await, logged_out());
    soon(followed).await.unwrap();
}

#[tokio::test]
async fn streams_end_with_their_link() {
    let server = watched_server().await;
    let (address, _stop) = server.listen().await;
    let ada = account(&server, "ada", Role::User).await;
    let cookie = login(&server, "ada").await;
    let id = open_submission(&server, &ada.id).await;
    let links = format!("/api/submission/{id}/links");
    let link = as_page(&server, ("POST", &links), &cookie, &Value::Null).await;
    let link = link.json()["link"].as_str().unwrap().to_owned();
    let path = format!("/ws?submissionId={id}&link={link}");
    let linked = socket(&address, &path, ("accept", "*/*")).await;
    let mut own = socket(
        &address,
        &format!("/ws?submissionId={id}"),
        ("cookie", &cookie),
    )
    .await;
    let events = format!("/api/submission/{id}/events?link={link}");
    let followed = follow(&address, &events, ("Accept", "*/*")).await;
    stays_open(&mut own).await;
    as_page(&server, ("DELETE", &links), &cookie, &Value::Null).await;
    assert_eq!(close_of(linked).await, not_allowed());
    let text = followed.await.unwrap();
    assert!(
        text.contains("{\"reason\":\"not allowed any more\"}"),
        "{text}"
    );
    stays_open(&mut own).await;
}

#[tokio::test]
async fn streams_end_with_a_role_and_with_a_key() {
    let server = watched_server().await;
    let (address, _stop) = server.listen().await;
    let ada = account(&server, "ada", Role::User).await;
    // The last admin stays one.
    account(&server, "root", Role::Admin).await;
    let dora = account(&server, "dora", Role::Admin).await;
    let cookie = login(&server, "dora").await;
    let id = open_submission(&server, &ada.id).await;
    let path = format!("/ws?submissionId={id}");
    let mut of_admin = socket(&address, &path, ("cookie", &cookie)).await;
    let mut of_dora = socket(&address, "/ws", ("cookie", &cookie)).await;
    let secret = key(&server, namespace("moodle"), &[KeyScope::Read]).await;
    let bearer = format!("Bearer {secret}");
    let of_key = socket(&address, "/ws?userId=eve", ("authorization", &bearer)).await;
    stays_open(&mut of_admin).await;
    // A setter sees what is submitted to a problem of theirs.
    let setter = ShareHolder::Account(dora.id.clone());
    server.store.set_role(&dora.id, Role::User).await.unwrap();
    assert_eq!(close_of(of_admin).await, not_allowed());
    assert!(
        !server
            .store
            .is_setter(&problem().summary.id, &setter)
            .await
            .unwrap()
    );
    stays_open(&mut of_dora).await;
    let id = server.store.key_by_secret(&SecretHash::of(&secret)).await;
    let id = id.unwrap().unwrap().id;
    server.store.revoke_key(id).await.unwrap();
    assert_eq!(close_of(of_key).await, logged_out());
}

/// Whoever has no name of their own shares no limit with all others who have none.
#[tokio::test]
async fn holders_of_links_are_limited_by_address() {
    let settings = ServerSettings {
        max_sockets_per_user: 1,
        max_sockets_per_address: 3,
        ..settings(AuthMode::Accounts)
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let ada = account(&server, "ada", Role::User).await;
    let id = open_submission(&server, &ada.id).await;
    let secret = RandomSecret::new();
    assert!(server.store.add_link(id, &secret.hash()).await.unwrap());
    // A name that they state is not believed: it would use up that user's sockets.
    let mut sockets = Vec::new();
    for user in ["", "&userId=moodle/eve", "&userId=moodle/eve"] {
        let path = format!("/ws?submissionId={id}&link={}{user}", secret.as_text());
        sockets.push(socket(&address, &path, ("accept", "*/*")).await);
    }
    let path = format!(
        "ws://{address}/ws?submissionId={id}&link={}",
        secret.as_text()
    );
    let refused = connect_async(path).await.unwrap_err().to_string();
    assert!(refused.contains("429"), "{refused}");
}

#[tokio::test]
async fn flags_reach_the_stream_of_their_user() {
    let server = watched_server().await;
    let (address, _stop) = server.listen().await;
    let admin = logged_in(&server, "root", Role::Admin).await;
    let ada = account(&server, "ada", Role::User).await;
    let cookie = login(&server, "ada").await;
    let mut stream = socket(&address, "/ws", ("cookie", &cookie)).await;
    let flag = format!("/api/admin/flags/{}", ada.id);
    for flagged in [true, false] {
        let body = json!({"flagged": flagged, "reason": "a test"});
        let changed = as_page(&server, ("POST", &flag), &admin, &body).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
        let message = loop {
            let Some(Ok(Message::Text(text))) = soon(stream.next()).await else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["type"] == "flag_changed" {
                break message;
            }
        };
        assert_eq!(message["data"]["until"].is_i64(), flagged, "{message}");
    }
}

/// Lines of a batch that have not begun when its key is revoked are refused.
#[tokio::test]
async fn batches_end_with_their_key() {
    let server = watched_server().await;
    server.start_worker().await;
    let (address, _stop) = server.listen().await;
    let secret = key(&server, namespace("moodle"), &[KeyScope::Run]).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /api/run/batch HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {secret}\r\n\
         Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n"
    );
    let line = "{\"language\": \"python\", \"code\": \"1\"}\n";
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    let sent = format!("{head}{chunk}");
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.contains("\"status\":\"Completed\"") {
        let mut part = [0; 4096];
        let length = soon(stream.read(&mut part)).await.unwrap();
        assert_ne!(length, 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&part[..length]));
    }
    let hash = SecretHash::of(&secret);
    let id = server.store.key_by_secret(&hash).await.unwrap().unwrap().id;
    server.store.revoke_key(id).await.unwrap();
    let rest = format!("{chunk}{chunk}0\r\n\r\n");
    stream.write_all(rest.as_bytes()).await.unwrap();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    let count = |text: &str| answer.matches(text).count();
    assert_eq!(count("\"status\":\"Completed\""), 1, "{answer}");
    assert_eq!(count("urn:letscode:problem:invalid-key"), 2, "{answer}");
}
