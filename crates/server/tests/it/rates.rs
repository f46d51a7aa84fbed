//! Rates of requests by address, over real loopback sockets behind a trusted proxy.

use std::time::Duration;

use letscode_queue::QueueSettings;
use letscode_server::{NetworkPolicy, RateLimitSettings, ServerSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{TestServer, soon};

async fn limited_server() -> TestServer {
    let mut rate_limits = RateLimitSettings::unlimited();
    rate_limits.apply("address.read=2/h".parse().unwrap());
    rate_limits.apply("address.run=1/h".parse().unwrap());
    let settings = ServerSettings {
        rate_limits,
        refusal_delay: Duration::ZERO,
        network: NetworkPolicy {
            trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
            ..NetworkPolicy::default()
        },
        ..ServerSettings::default()
    };
    TestServer::with(settings, QueueSettings::default()).await
}

/// Sends the head of a request as a proxy would, and returns the answer.
async fn ask(address: &str, line: &str, forwarded_for: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {forwarded_for}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    answer.to_lowercase()
}

fn has(answer: &str, line: &str) -> bool {
    answer.lines().any(|candidate| candidate == line)
}

#[tokio::test]
async fn addresses_are_told_what_is_left_and_refused_above_it() {
    let server = limited_server().await;
    let (address, _stop) = server.listen().await;
    let ask = async |from| ask(&address, "GET /api/languages", from).await;
    let first = ask("203.0.113.7").await;
    assert!(first.starts_with("http/1.1 200"), "{first}");
    assert!(
        has(&first, "ratelimit: \"address-read\";r=1;t=1800"),
        "{first}"
    );
    assert!(has(&first, "ratelimit-policy: \"address-read\";q=2;w=3600"));
    assert!(has(&first, "ratelimit-limit: 2") && has(&first, "ratelimit-remaining: 1"));
    assert!(has(&ask("203.0.113.7").await, "ratelimit-remaining: 0"));
    let refused = ask("203.0.113.7").await;
    assert!(refused.starts_with("http/1.1 429"), "{refused}");
    assert!(refused.contains("urn:letscode:problem:rate-limited"));
    let wait = refused
        .lines()
        .find_map(|line| line.strip_prefix("retry-after: "));
    let wait: u64 = wait.unwrap().parse().unwrap();
    assert!((1700..=1800).contains(&wait), "{wait}");
    // Another network is not affected, and what a client writes in the header is not believed.
    assert!(ask("203.0.113.8").await.starts_with("http/1.1 200"));
    let forged = ask("198.51.100.1, 203.0.113.7").await;
    assert!(forged.starts_with("http/1.1 429"), "{forged}");
    assert!(ask("2001:db8::1").await.starts_with("http/1.1 200"));
    assert!(has(&ask("2001:db8::2").await, "ratelimit-remaining: 0"));
}

#[tokio::test]
async fn classes_are_counted_apart_and_pages_are_free() {
    let server = limited_server().await;
    let (address, _stop) = server.listen().await;
    let ask = async |line| ask(&address, line, "203.0.113.7").await;
    // An empty body is a refusal, which counts: so does the work of refusing.
    assert!(has(&ask("POST /api/run").await, "ratelimit-remaining: 0"));
    assert!(ask("POST /api/test").await.starts_with("http/1.1 429"));
    assert!(ask("GET /api/languages").await.starts_with("http/1.1 200"));
    for _ in 0..5 {
        let page = ask("GET /favicon.ico").await;
        assert!(
            !page.starts_with("http/1.1 429") && !page.contains("ratelimit"),
            "{page}"
        );
    }
}

/// Programs on the server's own machine are its operator's.
#[tokio::test]
async fn loopback_is_not_limited_by_address() {
    let server = limited_server().await;
    let (address, _stop) = server.listen().await;
    for _ in 0..5 {
        let answer = ask(&address, "GET /api/languages", "127.0.0.1").await;
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
    }
}

/// A batch is as many requests as it has lines: those beyond the rate wait, and no longer than a run.
#[tokio::test]
async fn each_line_of_a_batch_is_counted() {
    let mut rate_limits = RateLimitSettings::unlimited();
    rate_limits.apply("address.run=3/h".parse().unwrap());
    let settings = ServerSettings {
        rate_limits,
        refusal_delay: Duration::ZERO,
        run_wait: Duration::from_secs(1),
        network: NetworkPolicy {
            trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
            ..NetworkPolicy::default()
        },
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.start_worker().await;
    let (address, _stop) = server.listen().await;
    let body = "{\"language\": \"python\", \"code\": \"1\"}\n".repeat(4);
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /api/run/batch HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n\
         Content-Type: application/x-ndjson\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    // The batch itself was the first of three.
    assert_eq!(
        answer.matches("\"status\":\"Completed\"").count(),
        2,
        "{answer}"
    );
    assert_eq!(
        answer.matches("urn:letscode:problem:rate-limited").count(),
        2,
        "{answer}"
    );
}
