//! The WebSocket, over a real loopback connection.

use std::time::Duration;

use crate::common::{TESTS, TestServer, soon};
use futures_util::{SinkExt, StreamExt};
use letscode_model::{Event, StatusUpdate, SubmissionId, SubmissionStatus, UserId};
use letscode_queue::{EventStream, QueueSettings};
use letscode_server::ServerSettings;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(address: &str, path: &str) -> Socket {
    soon(connect_async(format!("ws://{address}{path}")))
        .await
        .unwrap()
        .0
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match soon(socket.next()).await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            message => panic!("{message:?}"),
        }
    }
}

/// Returns the next message with a number of its own.
async fn next_event(socket: &mut Socket) -> Value {
    loop {
        let message = next(socket).await;
        if message["type"] != "system_status" {
            return message;
        }
    }
}

/// Returns the close code, after all messages that still arrive.
async fn close_code(socket: &mut Socket) -> Option<CloseCode> {
    while let Some(Ok(message)) = soon(socket.next()).await {
        if let Message::Close(frame) = message {
            return frame.map(|frame| frame.code);
        }
    }
    None
}

fn seq(message: &Value) -> u64 {
    message["seq"].as_u64().unwrap()
}

async fn publish(server: &TestServer, user: &str, number: u32) -> u64 {
    let update = StatusUpdate {
        submission_id: SubmissionId::random(),
        judgement: 1,
        status: SubmissionStatus::Running,
        current_test: Some(number),
        test_result: None,
        verdict: None,
    };
    let user = UserId(user.into());
    server
        .queue
        .publish(&user, Event::StatusUpdate(update))
        .await
        .unwrap()
}

#[tokio::test]
async fn submissions_are_followed_to_their_verdict() {
    let server = TestServer::start().await;
    server.start_worker().await;
    let (address, _stop) = server.listen().await;
    let mut socket = connect(&address, "/?userId=ada").await;
    let hello = next(&mut socket).await;
    assert_eq!(hello["type"], "system_status");
    assert!(hello["data"]["capacity"].is_u64());

    let id = server.submit("print(3)").await.to_string();
    let mut last = seq(&hello);
    let mut steps = Vec::new();
    loop {
        let message = next_event(&mut socket).await;
        assert_eq!(seq(&message), last + 1, "no gap");
        last = seq(&message);
        let data = &message["data"];
        assert_eq!(data["submissionId"], json!(id));
        if message["type"] == "queue_position" {
            assert_eq!(data["position"], 0);
            continue;
        }
        let test = &data["testResult"];
        assert_eq!(data.get("currentTest"), test.get("testCaseNumber"));
        steps.push(format!(
            "{} {}",
            data["status"].as_str().unwrap(),
            test["verdict"]
        ));
        if let Some(verdict) = data.get("verdict") {
            assert_eq!(
                (&verdict["status"], &verdict["totalTests"]),
                (&json!("Accepted"), &json!(TESTS))
            );
            break;
        }
    }
    let test_done = r#"Running "Accepted""#;
    let expected = [
        "Queued null",
        "Compiling null",
        "Running null",
        test_done,
        test_done,
        test_done,
        "Completed null",
    ];
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn resuming_clients_miss_nothing() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    let mut first = connect(&address, "/ws?userId=ada").await;
    let start = seq(&next(&mut first).await);
    publish(&server, "ada", 1).await;
    assert_eq!(seq(&next_event(&mut first).await), start + 1);
    drop(first);
    for number in 2..=6 {
        publish(&server, "ada", number).await;
    }
    let mut resumed = connect(&address, &format!("/ws?userId=ada&after={}", start + 1)).await;
    for number in 2..=6 {
        let message = next_event(&mut resumed).await;
        assert_eq!(
            (seq(&message), &message["data"]["currentTest"]),
            (start + number, &json!(number))
        );
    }
    // The same by message, on the open socket.
    let resume = json!({"type": "resume", "after": start + 4}).to_string();
    resumed.send(Message::text(resume)).await.unwrap();
    assert_eq!(seq(&next_event(&mut resumed).await), start + 5);
    assert_eq!(seq(&next_event(&mut resumed).await), start + 6);

    let mut lost = connect(&address, "/ws?userId=ada&after=7").await;
    let message = next(&mut lost).await;
    assert_eq!(
        (message["type"].as_str(), seq(&message)),
        (Some("resync"), start + 6)
    );
}

#[tokio::test]
async fn events_go_to_their_user_only() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    let mut socket = connect(&address, "/ws?userId=ada").await;
    next(&mut socket).await;
    publish(&server, "bob", 1).await;
    publish(&server, "ada", 2).await;
    assert_eq!(next_event(&mut socket).await["data"]["currentTest"], 2);
}

#[tokio::test]
async fn invalid_client_messages_get_an_error() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    let mut socket = connect(&address, "/ws?userId=ada").await;
    next(&mut socket).await;
    for text in [
        "hello",
        "{}",
        r#"{"type":"resume","after":-1}"#,
        r#"{"type":"dance"}"#,
    ] {
        socket.send(Message::text(text)).await.unwrap();
        let answer = next_event(&mut socket).await;
        assert_eq!(answer["type"], "error", "{text}");
    }
    socket.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(close_code(&mut socket).await, Some(CloseCode::Unsupported));

    let mut socket = connect(&address, "/ws?userId=ada").await;
    socket.send(Message::text("x".repeat(5000))).await.unwrap();
    close_code(&mut socket).await;
    publish(&server, "ada", 1).await;
}

#[tokio::test]
async fn stalled_readers_are_dropped_and_delay_nobody() {
    let settings = ServerSettings {
        socket_send_timeout: Duration::from_millis(300),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let mut stuck = connect(&address, "/ws?userId=ada").await;
    let mut quick = connect(&address, "/ws?userId=ada").await;
    let mut last = seq(&next(&mut quick).await);
    // More than the kernel buffers for a stalled reader.
    for number in 0..60_000 {
        publish(&server, "ada", number).await;
        if number % 100 == 99 {
            for _ in 0..100 {
                last += 1;
                assert_eq!(seq(&next_event(&mut quick).await), last);
            }
        }
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    // Buffered messages arrive, then the end; a socket that is still open would time out here.
    let mut received = 0;
    while let Some(Ok(_)) = soon(stuck.next()).await {
        received += 1;
    }
    assert!(received < 60_000, "it was dropped");
}

#[tokio::test]
async fn overtaken_readers_are_asked_to_reconnect() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    let mut socket = connect(&address, "/ws?userId=ada").await;
    next(&mut socket).await;
    // Without an await that would let the socket's task run.
    let user = UserId("ada".into());
    for _ in 0..1500 {
        let position = Event::QueuePosition {
            submission_id: SubmissionId::random(),
            position: 1,
        };
        server.queue.publish(&user, position).await.unwrap();
    }
    assert_eq!(close_code(&mut socket).await, Some(CloseCode::Again));
}

/// More events than the stream holds, while the reader does not read: it gets the latest state of
/// each submission, including every verdict, and stays connected.
#[tokio::test]
async fn slow_readers_get_every_verdict() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    let mut socket = connect(&address, "/ws?userId=ada").await;
    next(&mut socket).await;
    let user = UserId("ada".into());
    let ids = [(); 100].map(|()| SubmissionId::random());
    // Without an await that would let the socket's task run.
    for submission_id in ids {
        for number in 1..=20 {
            let update = StatusUpdate {
                submission_id,
                judgement: 1,
                status: SubmissionStatus::Running,
                current_test: Some(number),
                test_result: None,
                verdict: None,
            };
            let event = Event::StatusUpdate(update);
            server.queue.publish(&user, event).await.unwrap();
        }
        let update = StatusUpdate {
            submission_id,
            judgement: 1,
            status: SubmissionStatus::Completed,
            current_test: None,
            test_result: None,
            verdict: None,
        };
        let event = Event::StatusUpdate(update);
        server.queue.publish(&user, event).await.unwrap();
    }
    let mut completed = Vec::new();
    let mut received = 0;
    while completed.len() < ids.len() {
        let message = next_event(&mut socket).await;
        received += 1;
        if message["data"]["status"] == "Completed" {
            completed.push(message["data"]["submissionId"].clone());
        }
    }
    assert_eq!(completed, ids.map(|id| json!(id.to_string())));
    assert!(received < 1000, "{received} of 2100 events");
}

#[tokio::test]
async fn sockets_are_bounded_and_end_with_the_server() {
    let settings = ServerSettings {
        max_sockets: 3,
        max_sockets_per_user: 2,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, stop) = server.listen().await;
    let mut open = Vec::new();
    for path in ["/ws?userId=ada", "/ws?userId=ada", "/ws?userId=bob"] {
        open.push(connect(&address, path).await);
    }
    for (path, status) in [("/ws?userId=ada", 503), ("/ws?userId=eve", 503)] {
        let refused = connect_async(format!("ws://{address}{path}"))
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains(&status.to_string()),
            "{refused}"
        );
    }
    drop(open.pop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let refused = connect_async(format!("ws://{address}/ws?userId=ada"))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
    open.push(connect(&address, "/ws?userId=eve").await);

    stop.send(()).unwrap();
    for socket in &mut open {
        assert_eq!(close_code(socket).await, Some(CloseCode::Away));
    }
}

#[tokio::test]
async fn clients_that_answer_no_ping_are_dropped() {
    let settings = ServerSettings {
        ping_interval: Duration::from_millis(100),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let mut lively = connect(&address, "/ws?userId=ada").await;
    let mut silent = connect(&address, "/ws?userId=ada").await;
    // Pings are answered while reading, so only the client that reads stays connected.
    let reading = tokio::time::timeout(Duration::from_millis(800), async {
        while let Some(Ok(_)) = lively.next().await {}
    });
    assert!(reading.await.is_err(), "the reading client stays connected");
    assert_eq!(close_code(&mut silent).await, Some(CloseCode::Away));
}

async fn upgrade_status(address: &str, header: (&'static str, &str)) -> String {
    let mut request = format!("ws://{address}/ws?userId=ada")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert(header.0, header.1.parse().unwrap());
    match soon(connect_async(request)).await {
        Ok(_) => "101".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn pages_of_other_sites_open_no_sockets() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    for origin in ["https://evil.example", "null"] {
        let status = upgrade_status(&address, ("origin", origin)).await;
        assert!(status.contains("403"), "{origin}: {status}");
    }
    let own = format!("http://{address}");
    assert_eq!(upgrade_status(&address, ("origin", &own)).await, "101");
}

/// A site whose name was pointed at this machine (DNS rebinding).
#[tokio::test]
async fn foreign_hosts_are_refused_on_loopback() {
    let server = TestServer::start().await;
    let (address, _stop) = server.listen().await;
    let status = upgrade_status(&address, ("host", "evil.example:3001")).await;
    assert!(status.contains("421"), "{status}");
    assert_eq!(
        upgrade_status(&address, ("host", "localhost:3001")).await,
        "101"
    );
}

#[tokio::test]
async fn sockets_are_limited_by_address() {
    let settings = ServerSettings {
        max_sockets_per_address: 2,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let first = connect(&address, "/?userId=ada").await;
    let _second = connect(&address, "/?userId=bob").await;
    let refused = connect_async(format!("ws://{address}/?userId=cyd")).await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("429"), "{error}");
    drop(first);
    let mut attempts = 0;
    while connect_async(format!("ws://{address}/?userId=cyd"))
        .await
        .is_err()
    {
        attempts += 1;
        assert!(attempts < 100, "a closed socket makes room");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
