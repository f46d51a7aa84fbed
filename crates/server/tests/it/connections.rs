//! Slow and idle connections, over real loopback sockets.

use std::time::Duration;

use crate::common::{TestServer, soon};
use letscode_queue::QueueSettings;
use letscode_server::ServerSettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    soon(stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn server_with_short_heads() -> TestServer {
    let settings = ServerSettings {
        header_timeout: Duration::from_millis(200),
        max_connections: 2,
        ..ServerSettings::default()
    };
    TestServer::with(settings, QueueSettings::default()).await
}

#[tokio::test]
async fn slow_and_missing_request_heads_time_out() {
    let server = server_with_short_heads().await;
    let (address, _stop) = server.listen().await;
    let mut half = TcpStream::connect(&address).await.unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        .await
        .unwrap();
    let mut idle = TcpStream::connect(&address).await.unwrap();
    // Both connections are in use; this one waits until they time out.
    let mut waiting = TcpStream::connect(&address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    waiting.write_all(request).await.unwrap();
    assert!(read_all(&mut waiting).await.starts_with("HTTP/1.1 200"));
    read_all(&mut half).await;
    assert_eq!(read_all(&mut idle).await, "");
}

#[tokio::test]
async fn idle_connections_are_closed_at_shutdown() {
    let server = server_with_short_heads().await;
    let (address, stop) = server.listen().await;
    let mut idle = TcpStream::connect(&address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    assert!(read_all(&mut idle).await.contains(r#"{"status":"ok"}"#));

    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn unread_responses_time_out() {
    let settings = ServerSettings {
        write_timeout: Duration::from_millis(200),
        max_connections: 1,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let mut unread = TcpStream::connect(&address).await.unwrap();
    let request = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // More than the buffers of both sides hold: the server is blocked in a response.
    let requests = async {
        for _ in 0..2000 {
            if unread.write_all(request).await.is_err() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), requests).await;
    let mut waiting = TcpStream::connect(&address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    waiting.write_all(request).await.unwrap();
    assert!(read_all(&mut waiting).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn slow_readers_get_the_whole_response() {
    let settings = ServerSettings {
        write_timeout: Duration::from_millis(700),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(256 << 10).unwrap();
    let mut slow = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    let last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    slow.write_all(&[&request[..], last].concat())
        .await
        .unwrap();
    let mut piece = vec![0; 64 << 10];
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(soon(slow.read(&mut piece)).await.unwrap() > 0);
    }
    assert!(read_all(&mut slow).await.ends_with(r#"{"status":"ok"}"#));
}

fn with_slow_bodies() -> ServerSettings {
    ServerSettings {
        body_grace: Duration::from_millis(100),
        body_bytes_a_second: 1024,
        ..ServerSettings::default()
    }
}

#[tokio::test]
async fn bodies_that_trickle_are_refused() {
    let server = TestServer::with(with_slow_bodies(), QueueSettings::default()).await;
    let (address, _stop) = server.listen().await;
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let head = "POST /api/test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let answer = read_all(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("too slowly"), "{answer}");
}

/// Slow readers of large answers hold memory until they have read them.
#[tokio::test]
async fn large_answers_are_counted_until_they_are_written() {
    let settings = ServerSettings {
        answer_budget_bytes: 32 << 20,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.start_worker().await;
    let (address, _stop) = server.listen().await;
    let input = "x".repeat(7 << 20);
    let body = format!(r#"{{"code":"1","language":"python","input":"{input}"}}"#);
    let request = format!(
        "POST /api/test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // One address may have one of these answers at a time.
    let mut first = TcpStream::connect(&address).await.unwrap();
    first.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    soon(first.read_exact(&mut head)).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    let ask = async || {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        read_all(&mut stream).await
    };
    let answer = ask().await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{}", &answer[..200]);
    assert!(read_all(&mut first).await.len() > input.len());
    assert!(ask().await.starts_with("HTTP/1.1 200"));
}
