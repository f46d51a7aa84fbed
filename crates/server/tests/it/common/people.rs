//! Services with keys and accounts, and requests of people who have some.

use axum::body::Body;
use axum::http::Request;
use letscode_model::{KeyNamespace, KeyOwner, KeyScope, RandomSecret, Role, UserName};
use letscode_queue::QueueSettings;
use letscode_server::{AuthMode, AuthSettings, Password, RegistrationMode, ServerSettings};
use letscode_store::{AccountStore, KeyStore, NewAccount, NewKey, NewRegistration};
use serde_json::Value;

use super::{Answer, TestServer};

pub const PASSWORD: &str = "correct horse battery";

pub fn settings(mode: AuthMode) -> ServerSettings {
    ServerSettings {
        auth: AuthSettings {
            mode,
            registration: RegistrationMode::Open,
            ..AuthSettings::default()
        },
        ..ServerSettings::default()
    }
}

/// Starts a service in this mode, with a worker.
pub async fn started(mode: AuthMode) -> TestServer {
    let server = TestServer::with(settings(mode), QueueSettings::default()).await;
    server.start_worker().await;
    server
}

pub fn namespace(text: &str) -> KeyOwner {
    KeyOwner::Namespace(KeyNamespace::parse(text).unwrap())
}

/// Makes a key; returns its secret.
pub async fn key(server: &TestServer, owner: KeyOwner, scopes: &[KeyScope]) -> String {
    let secret = RandomSecret::new_key();
    let new = NewKey {
        hash: secret.hash(),
        name: "a key".into(),
        owner,
        scopes: scopes.iter().copied().collect(),
        quota: None,
        expires_at: None,
    };
    server.store.add_key(&new).await.unwrap();
    secret.as_text().to_owned()
}

/// Makes an account with [`PASSWORD`], as the operator does.
pub async fn account(server: &TestServer, name: &str, role: Role) -> letscode_model::Account {
    let name = UserName::parse(name).unwrap();
    let password = Password::choose(PASSWORD, &name).unwrap();
    let new = NewAccount {
        name,
        role,
        password_hash: Some(password.hash()),
        identity: None,
    };
    match server.store.register(&new, None).await.unwrap() {
        NewRegistration::Registered(account) => account,
        refused => panic!("{refused:?}"),
    }
}

/// A request as a program sends it. Headers may be repeated.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_null() {
        return request.body(Body::empty()).unwrap();
    }
    let request = request.header("content-type", "application/json");
    request.body(body.to_string().into()).unwrap()
}

pub async fn send(
    server: &TestServer,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    server.call(request(method, path, headers, body)).await
}

/// Sends a request as the service's own page does, with a session's cookie.
pub async fn as_page(
    server: &TestServer,
    call: (&str, &str),
    cookie: &str,
    body: &Value,
) -> Answer {
    let headers = [
        ("host", "judge.example"),
        ("origin", "http://judge.example"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", cookie),
    ];
    send(server, call, &headers, body).await
}

/// Returns the cookie that an answer sets, as a browser sends it.
pub fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

/// Makes an account and logs in; returns the cookie.
pub async fn logged_in(server: &TestServer, name: &str, role: Role) -> String {
    account(server, name, role).await;
    login(server, name).await
}

/// Logs in; returns the cookie.
pub async fn login(server: &TestServer, name: &str) -> String {
    let body = serde_json::json!({"name": name, "password": PASSWORD});
    let answer = as_page(server, ("POST", "/api/auth/login"), "", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    cookie(&answer)
}

/// Returns the number of submissions that are stored of a user.
pub async fn submissions_of(server: &TestServer, user: &str) -> usize {
    use letscode_store::{Store, SubmissionFilter};
    let filter = SubmissionFilter {
        user_id: Some(letscode_model::UserId(user.to_owned())),
        ..SubmissionFilter::default()
    };
    let page = server.store.list_submissions(&filter).await.unwrap();
    page.submissions.len()
}
