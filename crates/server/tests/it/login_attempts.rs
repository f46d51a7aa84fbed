//! Guessing of passwords, over HTTP. The store's contract has ten thousand attempts.

use letscode_model::Role;
use letscode_queue::QueueSettings;
use letscode_server::{AuthMode, NetworkPolicy, ServerSettings};
use serde_json::json;

use crate::common::TestServer;
use crate::common::people::{PASSWORD, account, settings};

/// A client of a service behind a trusted proxy.
struct LoginClient {
    url: String,
    agent: ureq::Agent,
}

impl LoginClient {
    fn new(address: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        LoginClient {
            url: format!("http://{address}/api/auth/login"),
            agent: config.into(),
        }
    }

    /// Logs in from an address; returns the status and the seconds to wait.
    async fn log_in(&self, from: &str, name: &str, password: &str) -> (u16, Option<u64>) {
        let request = self.agent.post(&self.url).header("x-forwarded-for", from);
        let body = json!({"name": name, "password": password});
        let sent = tokio::task::spawn_blocking(move || request.send_json(&body));
        let answer = sent.await.unwrap().unwrap();
        let wait = answer.headers().get("retry-after");
        let wait = wait.map(|wait| wait.to_str().unwrap().parse().unwrap());
        (answer.status().as_u16(), wait)
    }
}

async fn proxied(trusted: &str) -> TestServer {
    let settings = ServerSettings {
        network: NetworkPolicy {
            trusted_proxies: vec![trusted.parse().unwrap()],
            ..NetworkPolicy::default()
        },
        refusal_delay: std::time::Duration::ZERO,
        ..settings(AuthMode::Accounts)
    };
    TestServer::with(settings, QueueSettings::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_bounded_by_account_and_address() {
    let server = proxied("127.0.0.1").await;
    account(&server, "ada", Role::User).await;
    let (address, _stop) = server.listen().await;
    let client = LoginClient::new(&address);
    assert_eq!(
        client.log_in("192.0.2.1", "ada", PASSWORD).await,
        (200, None)
    );
    for _ in 0..10 {
        assert_eq!(
            client.log_in("192.0.2.1", "ada", "guess guess").await.0,
            401
        );
    }
    for password in ["guess guess", PASSWORD] {
        let (status, wait) = client.log_in("192.0.2.1", "ADA", password).await;
        assert_eq!(status, 429, "{password}");
        assert!((1..=900).contains(&wait.unwrap()), "{wait:?}");
    }
    // Nobody is locked out by another address, and none by another account.
    assert_eq!(client.log_in("192.0.2.2", "ada", PASSWORD).await.0, 200);
    // Names of nobody count as well: 50 are left of the address's 60.
    let mut answers = Vec::new();
    for number in 0..60 {
        answers.push(
            client
                .log_in("192.0.2.1", &format!("guess{number}"), "guess guess")
                .await
                .0,
        );
    }
    assert_eq!(
        answers.iter().filter(|status| **status == 401).count(),
        50,
        "{answers:?}"
    );
    assert_eq!(answers.last(), Some(&429));

    // A server that starts again has forgotten none of it.
    let restarted = server.restarted(settings(AuthMode::Accounts));
    let (address, _stop) = restarted.listen().await;
    // It trusts no proxy: all that is sent counts as the connection's.
    let client = LoginClient::new(&address);
    for number in 0..11 {
        let (status, _) = client
            .log_in(&format!("198.51.100.{number}"), "ada", "guess guess")
            .await;
        assert_eq!(status, if number < 10 { 401 } else { 429 }, "{number}");
    }
}

/// Many attempts at the same moment are as bounded as one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn attempts_at_once_are_bounded() {
    let server = proxied("10.0.0.1").await;
    account(&server, "ada", Role::User).await;
    let (address, _stop) = server.listen().await;
    let client = LoginClient::new(&address);
    let attempts = (0..60).map(|_| client.log_in("192.0.2.1", "ada", "guess guess"));
    let answers = futures_util::future::join_all(attempts).await;
    let evaluated = answers.iter().filter(|(status, _)| *status == 401).count();
    assert_eq!(evaluated, 10, "{answers:?}");
}
