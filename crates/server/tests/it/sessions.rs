//! Sessions, and what others try with them.

use axum::http::StatusCode;
use letscode_model::{RandomSecret, Role};
use letscode_queue::QueueSettings;
use letscode_server::AuthMode;
use letscode_store::SessionStore;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::common::people::{
    PASSWORD, account, as_page, cookie, logged_in, login, send, settings, started,
};
use crate::common::{TestServer, submission};

fn credentials(name: &str, password: &str) -> Value {
    json!({"name": name, "password": password})
}

async fn status_of(server: &TestServer, cookie: &str) -> StatusCode {
    as_page(server, ("GET", "/api/account"), cookie, &Value::Null)
        .await
        .status
}

#[tokio::test]
async fn a_stolen_session_ends_with_the_log_out() {
    let server = started(AuthMode::Accounts).await;
    let stolen = logged_in(&server, "ada", Role::User).await;
    let second = login(&server, "ada").await;
    assert_eq!(status_of(&server, &stolen).await, StatusCode::OK);
    let answer = as_page(&server, ("POST", "/api/auth/logout"), &stolen, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(status_of(&server, &stolen).await, StatusCode::UNAUTHORIZED);
    let submit = ("POST", "/api/submit");
    let refused = as_page(&server, submit, &stolen, &submission("1")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        status_of(&server, &second).await,
        StatusCode::OK,
        "the other session stays"
    );

    let third = login(&server, "ada").await;
    let everywhere = ("POST", "/api/auth/logout-everywhere");
    let answer = as_page(&server, everywhere, &third, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    for cookie in [&second, &third] {
        assert_eq!(status_of(&server, cookie).await, StatusCode::UNAUTHORIZED);
    }
}

/// An attacker who puts a session of his own, or an invented one, into somebody's browser gains nothing.
#[tokio::test]
async fn sessions_cannot_be_fixed() {
    let server = started(AuthMode::Accounts).await;
    account(&server, "ada", Role::User).await;
    let planted = logged_in(&server, "eve", Role::User).await;
    let invented = format!("letscode_session={}", RandomSecret::new().as_text());
    let log_in = ("POST", "/api/auth/login");
    for before in [&planted, &invented] {
        let answer = as_page(&server, log_in, before, &credentials("ada", PASSWORD)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_ne!(&cookie(&answer), before);
        assert_eq!(status_of(&server, before).await, StatusCode::UNAUTHORIZED);
    }
    // Two cookies of the name: neither is believed.
    let own = login(&server, "ada").await;
    let both = format!("{own}; {}", login(&server, "eve").await);
    assert_eq!(status_of(&server, &both).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_of_other_sites_cannot_use_a_session() {
    let server = started(AuthMode::Accounts).await;
    let cookie = logged_in(&server, "ada", Role::Admin).await;
    let own = ("origin", "http://judge.example");
    for headers in [
        &[("host", "judge.example")][..],
        &[
            ("host", "judge.example"),
            ("origin", "https://evil.example"),
        ],
        &[
            ("host", "judge.example"),
            ("origin", "http://evil.judge.example"),
        ],
        &[
            ("host", "judge.example"),
            ("origin", "http://judge.example:8080"),
        ],
        &[("host", "judge.example"), ("origin", "null")],
        &[("host", "judge.example"), ("sec-fetch-site", "cross-site")],
        &[("host", "judge.example"), ("sec-fetch-site", "same-site")],
        &[
            ("host", "judge.example"),
            own,
            ("sec-fetch-site", "cross-site"),
        ],
        &[
            ("host", "judge.example"),
            own,
            ("origin", "https://evil.example"),
        ],
        &[own],
    ] {
        let mut headers = headers.to_vec();
        headers.push(("cookie", &cookie));
        for (call, body) in [
            (("POST", "/api/submit"), submission("1")),
            (
                ("POST", "/api/run"),
                json!({"language": "python", "code": "1"}),
            ),
            (("POST", "/api/auth/logout"), Value::Null),
            (
                ("POST", "/api/auth/password"),
                json!({"current": PASSWORD, "password": "another one"}),
            ),
            (
                ("POST", "/api/account/keys"),
                json!({"name": "x", "scopes": ["run"]}),
            ),
            (("DELETE", "/api/account"), json!({"password": PASSWORD})),
            (("DELETE", "/api/problems/aplusb"), Value::Null),
            (("POST", "/api/admin/invitations"), json!({"role": "admin"})),
        ] {
            let answer = send(&server, call, &headers, &body).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{call:?} {headers:?}: {}",
                answer.text
            );
            assert!(answer.text.contains("cross-site"), "{}", answer.text);
        }
    }
    assert_eq!(status_of(&server, &cookie).await, StatusCode::OK);
    // Log-ins of other sites would make people act under an account that is not theirs.
    let headers = [
        ("host", "judge.example"),
        ("origin", "https://evil.example"),
    ];
    let log_in = ("POST", "/api/auth/login");
    let answer = send(&server, log_in, &headers, &credentials("ada", PASSWORD)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = send(&server, log_in, &[], &credentials("ada", PASSWORD)).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "programs log in too: {}",
        answer.text
    );
}

#[tokio::test]
async fn sockets_of_other_sites_cannot_use_a_session() {
    let server = started(AuthMode::Accounts).await;
    let cookie = logged_in(&server, "ada", Role::User).await;
    let (address, _stop) = server.listen().await;
    let own = format!("http://{address}");
    for (headers, refusal) in [
        (vec![], Some("401")),
        (vec![("cookie", cookie.as_str())], Some("403")),
        (
            vec![("cookie", &cookie), ("origin", "https://evil.example")],
            Some("403"),
        ),
        (
            vec![("cookie", &cookie), ("origin", "http://127.0.0.1:1")],
            Some("403"),
        ),
        (vec![("cookie", &cookie), ("origin", &own)], None),
    ] {
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        for (name, value) in &headers {
            let name = axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match (connect_async(request).await, refusal) {
            (Ok(_), None) => {}
            (Err(error), Some(status)) => assert!(error.to_string().contains(status), "{error}"),
            (result, _) => panic!(
                "{headers:?}: {:?}",
                result.map(|(_, answer)| answer.status())
            ),
        }
    }
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let server = started(AuthMode::Accounts).await;
    let own = logged_in(&server, "ada", Role::User).await;
    let stolen = login(&server, "ada").await;
    let change = ("POST", "/api/auth/password");
    for body in [
        json!({"password": "another password"}),
        json!({"current": "wrong password", "password": "another password"}),
    ] {
        let answer = as_page(&server, change, &stolen, &body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let body = json!({"current": PASSWORD, "password": "another password"});
    let answer = as_page(&server, change, &own, &body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    assert_eq!(status_of(&server, &own).await, StatusCode::OK);
    assert_eq!(status_of(&server, &stolen).await, StatusCode::UNAUTHORIZED);
    let log_in = ("POST", "/api/auth/login");
    let old = as_page(&server, log_in, "", &credentials("ada", PASSWORD)).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let new = as_page(&server, log_in, "", &credentials("ada", "another password")).await;
    assert_eq!(new.status, StatusCode::OK);
}

#[tokio::test]
async fn expired_sessions_are_none() {
    let mut settings = settings(AuthMode::Accounts);
    settings.auth.session_lifetime = std::time::Duration::from_millis(300);
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let session = logged_in(&server, "ada", Role::User).await;
    assert_eq!(status_of(&server, &session).await, StatusCode::OK);
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(status_of(&server, &session).await, StatusCode::UNAUTHORIZED);
    server.store.forget_expired().await.unwrap();
}
