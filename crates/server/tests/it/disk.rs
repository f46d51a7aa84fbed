//! Bounds on the storage that one client takes.

use crate::common::{TestServer, soon, submission};
use axum::http::StatusCode;
use letscode_queue::QueueSettings;
use letscode_server::ServerSettings;
use letscode_store::{Store, SubmissionFilter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn stored(server: &TestServer) -> usize {
    let all = SubmissionFilter::default();
    let page = server.store.list_submissions(&all).await.unwrap();
    page.submissions.len()
}

#[tokio::test]
async fn the_code_limit_of_the_problem_holds_at_admission() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    // As in `common::problem`.
    let limit = 128 << 10;
    let answer = server
        .post(
            "/api/submit",
            submission(&"#".repeat(limit + 1)).to_string(),
        )
        .await;
    assert_eq!(
        answer.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "{}",
        answer.text
    );
    let error = answer.json();
    assert_eq!(error["type"], "urn:letscode:problem:source-too-large");
    assert_eq!(error["field"], "code");
    assert!(
        answer.text.contains("131073") && answer.text.contains("131072"),
        "{}",
        answer.text
    );
    assert_eq!(stored(&server).await, 0);
    server.submit(&"#".repeat(limit)).await;
    assert_eq!(stored(&server).await, 1);
}

async fn post(address: &str, body: String) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn sources_of_one_address_are_bounded() {
    let settings = ServerSettings {
        max_source_bytes_per_address: 1 << 20,
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.announce_worker().await;
    let (address, _stop) = server.listen().await;
    let large = "#".repeat(120 << 10);
    for number in 0..8 {
        let answer = post(&address, submission(&large).to_string()).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{number}: {answer}");
    }
    let refused = post(&address, submission(&large).to_string()).await;
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    assert!(
        refused.contains("urn:letscode:problem:too-much-source"),
        "{refused}"
    );
    assert_eq!(stored(&server).await, 8);
    let small = post(&address, submission("print(1)").to_string()).await;
    assert!(
        small.starts_with("HTTP/1.1 201"),
        "there is still room for it: {small}"
    );
}
