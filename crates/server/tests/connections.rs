//! Connections that do not behave, over real loopback sockets.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{TestServer, soon};
use letscode_queue::QueueSettings;
use letscode_server::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    soon(stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn server_with_short_heads() -> TestServer {
    let settings = Settings {
        header_timeout: Duration::from_millis(200),
        max_connections: 2,
        ..Settings::default()
    };
    TestServer::with(settings, QueueSettings::default()).await
}

#[tokio::test]
async fn a_head_that_trickles_in_or_never_comes_is_given_up() {
    let server = server_with_short_heads().await;
    let (address, _stop) = server.listen().await;
    let mut half = TcpStream::connect(&address).await.unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        .await
        .unwrap();
    let mut idle = TcpStream::connect(&address).await.unwrap();
    // Both places are taken; this one waits until they are given up.
    let mut patient = TcpStream::connect(&address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    patient.write_all(request).await.unwrap();
    assert!(read_all(&mut patient).await.starts_with("HTTP/1.1 200"));
    read_all(&mut half).await;
    assert_eq!(read_all(&mut idle).await, "");
}

#[tokio::test]
async fn a_connection_that_is_kept_open_is_closed_when_idle_and_at_the_end() {
    let server = server_with_short_heads().await;
    let (address, stop) = server.listen().await;
    let mut kept = TcpStream::connect(&address).await.unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(read_all(&mut kept).await.contains(r#"{"status":"ok"}"#));

    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(&address).await.is_err());
}
