//! Guessing of passwords, over HTTP. The store's contract has ten thousand attempts.

use std::time::{Duration, Instant};

use letscode_model::Role;
use letscode_queue::QueueSettings;
use letscode_server::{AuthMode, NetworkPolicy, ServerSettings};
use letscode_store::{AttemptLimit, AttemptStore};
use serde_json::json;

use crate::common::people::{PASSWORD, account, as_page, logged_in, settings, started};
use crate::common::{Answer, TestServer};

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
    // Names of nobody count as well: 5 are left of the address's 300.
    use_up(&server, "login at 192.0.2.1", 300, 285).await;
    let mut answers = Vec::new();
    for number in 0..8 {
        let name = format!("guess{number}");
        answers.push(client.log_in("192.0.2.1", &name, "guess guess").await.0);
    }
    assert_eq!(answers, [401, 401, 401, 401, 401, 429, 429, 429]);

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

/// Counts attempts that other tests make one after the other.
async fn use_up(server: &TestServer, subject: &str, max: u32, count: u32) {
    let limit = AttemptLimit {
        subject: subject.to_owned(),
        max,
        window: Duration::from_secs(900),
    };
    for _ in 0..count {
        let counted = server
            .store
            .count_attempt_within(std::slice::from_ref(&limit))
            .await;
        assert_eq!(counted.unwrap(), None);
    }
}

/// Strangers who guess, from the same address and from a hundred networks, keep nobody out of the
/// browser that they use; and a browser that is known for one account is not for another.
#[tokio::test]
async fn known_browsers_are_not_locked_out() {
    let server = started(AuthMode::Accounts).await;
    account(&server, "ada", Role::User).await;
    account(&server, "eve", Role::User).await;
    let log_in = async |name: &str, password: &str, cookie: &str| {
        let body = json!({"name": name, "password": password});
        as_page(&server, ("POST", "/api/auth/login"), cookie, &body).await
    };
    let browser_of = |answer: &Answer| {
        let cookies = answer.headers.get_all("set-cookie").iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
        let set = cookies
            .find(|cookie| cookie.starts_with("letscode_browser="))
            .unwrap();
        assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
        set.split(';').next().unwrap().to_owned()
    };
    let adas = browser_of(&log_in("ada", PASSWORD, "").await);
    let eves = browser_of(&log_in("eve", PASSWORD, "").await);
    // Tests have no address, and so the same one.
    for _ in 0..10 {
        assert_eq!(log_in("ada", "guess guess", &eves).await.status, 401);
    }
    use_up(&server, "login at nowhere", 300, 290).await;
    use_up(&server, "login ada", 100, 90).await;
    for cookie in ["", &eves, "letscode_browser=x", &format!("{adas}; {adas}")] {
        assert_eq!(
            log_in("ada", PASSWORD, cookie).await.status,
            429,
            "{cookie}"
        );
    }
    let typo = log_in("ada", "corect horse", &adas).await;
    assert_eq!(typo.status, 401, "{}", typo.text);
    let adas = browser_of(&log_in("ada", PASSWORD, &adas).await);
    // A stolen cookie of this kind gives ten guesses, and no log-in.
    for attempt in 0..12 {
        let answer = log_in("ada", "guess guess", &adas).await;
        assert_eq!(
            answer.status,
            if attempt < 10 { 401 } else { 429 },
            "{attempt}"
        );
    }
    let account = ("GET", "/api/account");
    let answer = as_page(&server, account, &adas, &serde_json::Value::Null).await;
    assert_eq!(answer.status, 401);
}

/// A person who is logged in confirms with the password, whatever strangers do to the account.
#[tokio::test]
async fn strangers_do_not_hinder_confirmations() {
    let server = started(AuthMode::Accounts).await;
    let session = logged_in(&server, "ada", Role::User).await;
    for (subject, max) in [
        ("login ada at nowhere", 10),
        ("login at nowhere", 300),
        ("login ada", 100),
    ] {
        use_up(&server, subject, max, max).await;
    }
    let change = ("POST", "/api/auth/password");
    let body = |current: &str| json!({"current": current, "password": "a better password"});
    let wrong = as_page(&server, change, &session, &body("guess guess")).await;
    assert_eq!(wrong.status, 401, "{}", wrong.text);
    let right = as_page(&server, change, &session, &body(PASSWORD)).await;
    assert_eq!(right.status, 204, "{}", right.text);
    // A thief of the session gets ten guesses, with the one above.
    for attempt in 1..12 {
        let answer = as_page(&server, change, &session, &body("guess guess")).await;
        assert_eq!(
            answer.status,
            if attempt < 10 { 401 } else { 429 },
            "{attempt}"
        );
    }
}

/// Forty pupils behind one address log in within a minute, each after three typing errors, beside one
/// who guesses at everybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_class_behind_one_address_logs_in() {
    let server = proxied("127.0.0.1").await;
    let names: Vec<String> = (0..40).map(|number| format!("pupil{number}")).collect();
    let accounts = names.iter().map(|name| account(&server, name, Role::User));
    futures_util::future::join_all(accounts).await;
    let (address, _stop) = server.listen().await;
    let client = LoginClient::new(&address);
    let begun = Instant::now();
    let troll = async {
        for name in &names {
            client.log_in("192.0.2.1", name, "guess guess").await;
        }
    };
    let client = &client;
    let pupils = names.iter().map(|name| async move {
        for _ in 0..3 {
            let (status, _) = client.log_in("192.0.2.1", name, "corect horse").await;
            assert_eq!(status, 401, "{name}");
        }
        client.log_in("192.0.2.1", name, PASSWORD).await.0
    });
    let (_, statuses) = tokio::join!(troll, futures_util::future::join_all(pupils));
    assert_eq!(statuses, [200; 40]);
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
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
