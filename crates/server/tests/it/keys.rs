//! The modes `keys` and `accounts`: nothing is open by accident, and keys do what they are for.

use axum::http::StatusCode;
use letscode_adapters::PeerService;
use letscode_model::{KeyOwner, KeyScope, RandomSecret, Role};
use letscode_queue::QueueSettings;
use letscode_server::{AdapterSettings, AdminToken, AuthMode, PackageSettings, ServerSettings};
use letscode_store::{KeyStore, NewKey};
use rstest::rstest;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::common::people::{
    account, key, namespace, request, send, settings, started, submissions_of,
};
use crate::common::{Answer, TestServer, soon, submission};

/// Everything that needs no key.
const PUBLIC: [(&str, &str); 13] = [
    ("get", "/api/config"),
    ("get", "/api/languages"),
    ("get", "/api/problems"),
    ("get", "/api/problems/{id}"),
    ("get", "/api/problems/{id}/statement/{file}"),
    ("get", "/api/status"),
    ("get", "/api/status/history"),
    ("get", "/healthz"),
    ("get", "/metrics"),
    ("get", "/readyz"),
    ("post", "/api/auth/login"),
    ("post", "/api/auth/provider"),
    ("post", "/api/auth/register"),
];

fn run() -> Value {
    json!({"language": "python", "code": "print(1)", "stdin": "x"})
}

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

async fn with_key(server: &TestServer, call: (&str, &str), key: &str, body: &Value) -> Answer {
    send(server, call, &[("authorization", &bearer(key))], body).await
}

/// A new route without a rule fails here, or in the server's own test of its rules.
#[rstest]
#[case(AuthMode::Keys)]
#[case(AuthMode::Accounts)]
#[tokio::test]
async fn nothing_is_open_by_accident(#[case] mode: AuthMode) {
    let server = started(mode).await;
    let document = letscode_server::openapi();
    let mut closed = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if PUBLIC.contains(&(method.as_str(), path.as_str())) {
                continue;
            }
            let address = path.replace("{id}", "550e8400-e29b-41d4-a716-446655440000");
            let address = address.replace("{name}", "ada");
            for headers in [
                &[][..],
                // A browser's secret, or what claims to be local, is no key.
                &[("authorization", "Bearer correct-horse-battery")],
                &[("x-letscode-secret", "correct-horse-battery")],
                &[("host", "127.0.0.1"), ("x-forwarded-for", "127.0.0.1")],
                &[("authorization", "Basic YWRtaW46YWRtaW4=")],
                &[("cookie", "letscode_session=0000; __Host-letscode=0000")],
            ] {
                let sent = request(&method.to_uppercase(), &address, headers, &json!({}));
                let answer = server.call(sent).await;
                let expected: &[u16] = match mode {
                    AuthMode::Keys => &[401, 404],
                    _ => &[401],
                };
                let status = answer.status.as_u16();
                assert!(
                    expected.contains(&status),
                    "{method} {path} {headers:?}: {}",
                    answer.text
                );
                if status == 404 {
                    assert!(
                        answer.text.contains("no-accounts"),
                        "{method} {path}: {}",
                        answer.text
                    );
                }
            }
            closed += 1;
        }
    }
    assert!(closed >= 30, "{closed}");
    for path in [
        "/api/problems",
        "/api/languages",
        "/api/config",
        "/",
        "/api/openapi.json",
        "/status",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    assert_eq!(
        server.get("/api/status").await.json()["auth"],
        mode.to_string()
    );
    assert_eq!(
        server.get("/api/config").await.json()["auth"]["mode"],
        mode.to_string()
    );
}

#[tokio::test]
async fn sockets_need_a_key() {
    let server = started(AuthMode::Keys).await;
    let (address, _stop) = server.listen().await;
    let reader = key(&server, namespace("moodle"), &[KeyScope::Read]).await;
    let runner = key(&server, namespace("moodle"), &[KeyScope::Run]).await;
    for path in ["/", "/ws"] {
        for (protocols, refusal) in [
            ("letscode".to_owned(), Some("401")),
            (format!("letscode, letscode.key.{runner}"), Some("403")),
            (format!("letscode, letscode.key.{reader}x"), Some("401")),
            (format!("letscode, letscode.key.{reader}"), None),
        ] {
            let url = format!("ws://{address}{path}?userId=ada");
            let mut request = url.into_client_request().unwrap();
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", protocols.parse().unwrap());
            match (connect_async(request).await, refusal) {
                (Ok((_, response)), None) => {
                    // The key is not repeated.
                    assert_eq!(response.headers()["sec-websocket-protocol"], "letscode");
                }
                (Err(error), Some(status)) => {
                    assert!(error.to_string().contains(status), "{error}")
                }
                (result, _) => panic!("{path} {protocols}: {:?}", result.map(|(_, answer)| answer)),
            }
        }
    }
}

#[tokio::test]
async fn keys_do_what_their_scopes_say() {
    let server = started(AuthMode::Keys).await;
    let calls: [(&str, &str, Value, KeyScope); 7] = [
        ("POST", "/api/run", run(), KeyScope::Run),
        ("POST", "/api/submit", submission("1"), KeyScope::Submit),
        (
            "POST",
            "/api/hints",
            json!({"language": "python"}),
            KeyScope::Submit,
        ),
        (
            "GET",
            "/api/submissions?userId=ada",
            Value::Null,
            KeyScope::Read,
        ),
        (
            "POST",
            "/api/problems/aplusb/rejudge",
            Value::Null,
            KeyScope::Setter,
        ),
        (
            "DELETE",
            "/api/problems/nothing",
            Value::Null,
            KeyScope::Setter,
        ),
        ("GET", "/api/admin/keys", Value::Null, KeyScope::Admin),
    ];
    for scope in [
        KeyScope::Run,
        KeyScope::Submit,
        KeyScope::Read,
        KeyScope::Setter,
        KeyScope::Admin,
    ] {
        let key = key(&server, namespace("moodle"), &[scope]).await;
        for (method, path, body, needed) in &calls {
            let answer = soon(with_key(&server, (method, path), &key, body)).await;
            // A setter's key has the scope, though the problem is another's.
            let is_refused =
                answer.status == StatusCode::FORBIDDEN && !answer.text.contains("foreign-problem");
            assert_eq!(
                is_refused,
                scope != *needed,
                "{scope} {method} {path}: {}",
                answer.text
            );
            if is_refused {
                assert!(answer.text.contains("missing-scope"), "{}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn invalid_keys_are_refused_everywhere() {
    let server = started(AuthMode::Keys).await;
    let new = |expires_at| {
        let secret = RandomSecret::new_key();
        let new = NewKey {
            hash: secret.hash(),
            name: "old".into(),
            owner: namespace("moodle"),
            scopes: [KeyScope::Run].into(),
            quota: None,
            expires_at,
        };
        (secret.as_text().to_owned(), new)
    };
    let (expired, new_expired) = new(Some(1));
    server.store.add_key(&new_expired).await.unwrap();
    let (revoked, new_revoked) = new(None);
    let added = server.store.add_key(&new_revoked).await.unwrap();
    let id = added.unwrap().id;
    let answered = [
        ("authorization", bearer(&revoked)),
        ("idempotency-key", "k".into()),
    ];
    let answered = answered
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let before = soon(send(&server, ("POST", "/api/run"), &answered, &run())).await;
    assert_eq!(before.status, StatusCode::OK, "{}", before.text);
    server.store.revoke_key(id).await.unwrap();

    let guessed = RandomSecret::new_key().as_text().to_owned();
    let cut = &revoked[..revoked.len() - 1];
    for (sent, reason) in [
        (expired.as_str(), "expired"),
        (&revoked, "revoked"),
        (&guessed, "unknown"),
        (cut, "unknown"),
        ("lc_", "unknown"),
        ("lc_' OR 1=1 --", "unknown"),
    ] {
        for call in [
            ("POST", "/api/run"),
            ("GET", "/api/problems"),
            ("GET", "/api/account"),
        ] {
            let answer = with_key(&server, call, sent, &run()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{sent} {call:?}");
            assert!(answer.text.contains("invalid-key"), "{}", answer.text);
            assert!(answer.text.contains(reason), "{}", answer.text);
            assert!(
                !answer.text.contains(sent) || sent == "lc_",
                "{}",
                answer.text
            );
        }
    }
    let again = send(&server, ("POST", "/api/run"), &answered, &run()).await;
    assert_eq!(
        again.status,
        StatusCode::UNAUTHORIZED,
        "an answer of before is not repeated"
    );
}

#[tokio::test]
async fn users_of_two_keys_never_meet() {
    let server = started(AuthMode::Keys).await;
    let scopes = [KeyScope::Submit, KeyScope::Read, KeyScope::Run];
    let moodle = key(&server, namespace("moodle"), &scopes).await;
    let rotated = key(&server, namespace("moodle"), &scopes).await;
    let mood = key(&server, namespace("mood"), &scopes).await;
    let submit = ("POST", "/api/submit?wait=true");
    let answer = soon(with_key(&server, submit, &moodle, &submission("print(1)"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.json()["userId"], "ada", "without the namespace");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let stored = submissions_of(&server, "moodle/ada").await;
    assert_eq!(stored, 1);

    let source = format!("/api/submission/{id}/source?userId=ada");
    for key in [&moodle, &rotated] {
        let answer = with_key(&server, ("GET", &source), key, &Value::Null).await;
        assert_eq!(answer.json()["code"], "print(1)");
        let list = with_key(
            &server,
            ("GET", "/api/submissions?userId=ada"),
            key,
            &Value::Null,
        )
        .await;
        assert_eq!(list.json()["submissions"][0]["userId"], "ada");
    }
    for stated in ["ada", "moodle/ada", "le/ada", "../moodle/ada", "/ada"] {
        let list = format!("/api/submissions?userId={stated}");
        let list = with_key(&server, ("GET", &list), &mood, &Value::Null).await;
        assert_eq!(list.json()["submissions"], json!([]), "{stated}");
        let source = format!("/api/submission/{id}/source?userId={stated}");
        let answer = with_key(&server, ("GET", &source), &mood, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{stated}");
    }
}

#[tokio::test]
async fn no_key_acts_as_an_account() {
    let server = started(AuthMode::Accounts).await;
    let ada = account(&server, "ada", Role::Admin).await;
    let scopes = [KeyScope::Submit, KeyScope::Read, KeyScope::Admin];
    let moodle = key(&server, namespace("moodle"), &scopes).await;
    let mut body = submission("1");
    body["userId"] = json!(ada.id);
    let answer = with_key(&server, ("POST", "/api/submit"), &moodle, &body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    assert!(answer.text.contains("foreign-account"), "{}", answer.text);
    let list = format!("/api/submissions?userId={}", ada.id);
    let answer = with_key(&server, ("GET", &list), &moodle, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    // Its own key acts as the account, whatever id is stated, and no further than its role.
    let owner = KeyOwner::Account(ada.id.clone());
    let own = key(&server, owner.clone(), &scopes).await;
    body["userId"] = json!("bob");
    let answer = with_key(&server, ("POST", "/api/submit"), &own, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(submissions_of(&server, &ada.id.0).await, 1);
    let admin = ("GET", "/api/admin/users");
    assert_eq!(
        with_key(&server, admin, &own, &Value::Null).await.status,
        StatusCode::OK
    );
    account(&server, "root", Role::Admin).await;
    letscode_store::AccountStore::set_role(&*server.store, &ada.id, Role::User)
        .await
        .unwrap();
    let answer = with_key(&server, admin, &own, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    // A key that has leaked makes no other key, and changes no password.
    for call in [
        ("POST", "/api/account/keys"),
        ("GET", "/api/account"),
        ("POST", "/api/auth/password"),
    ] {
        let answer = with_key(&server, call, &own, &json!({})).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{call:?}");
    }
}

#[tokio::test]
async fn quotas_count_runs_and_submissions() {
    let server = started(AuthMode::Keys).await;
    let secret = RandomSecret::new_key();
    let new = NewKey {
        hash: secret.hash(),
        name: "small".into(),
        owner: namespace("small"),
        scopes: [KeyScope::Run, KeyScope::Submit, KeyScope::Read].into(),
        quota: Some("3/day".parse().unwrap()),
        expires_at: None,
    };
    server.store.add_key(&new).await.unwrap();
    let key = secret.as_text();
    let lines = format!("{}\n{}\n{}\n", run(), run(), run());
    let batch = axum::http::Request::post("/api/run/batch")
        .header("authorization", bearer(key))
        .header("content-type", "application/x-ndjson");
    let answer = soon(with_key(
        &server,
        ("POST", "/api/submit"),
        key,
        &submission("1"),
    ))
    .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let answer = soon(server.call(batch.body(lines.into()).unwrap())).await;
    assert_eq!(
        answer.text.matches("\"status\":\"Completed\"").count(),
        2,
        "{}",
        answer.text
    );
    assert_eq!(
        answer.text.matches("quota-used-up").count(),
        1,
        "{}",
        answer.text
    );
    for (path, body) in [
        ("/api/run", run()),
        ("/api/test", json!({"language": "python", "code": "1"})),
        ("/api/submit", submission("1")),
    ] {
        let answer = with_key(&server, ("POST", path), key, &body).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=24 * 3600).contains(&wait), "{wait}");
    }
    let list = ("GET", "/api/submissions?userId=ada");
    assert_eq!(
        with_key(&server, list, key, &Value::Null).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_operators_token_still_works() {
    let token = "a-token-of-the-operator";
    let settings = ServerSettings {
        packages: PackageSettings {
            admin_token: Some(AdminToken::new(token)),
            ..PackageSettings::default()
        },
        ..settings(AuthMode::Keys)
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let remove = ("DELETE", "/api/problems/aplusb");
    let wrong = with_key(&server, remove, "another-token-of-nobody", &Value::Null).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        with_key(&server, remove, token, &Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    let list = with_key(&server, ("GET", "/api/admin/users"), token, &Value::Null).await;
    assert_eq!(list.status, StatusCode::OK);
}

/// In mode `open` the operator's token is nobody's secret.
#[tokio::test]
async fn the_operators_token_is_no_users_secret() {
    let token = "a-token-of-the-operator";
    let settings = ServerSettings {
        packages: PackageSettings {
            admin_token: Some(AdminToken::new(token)),
            ..PackageSettings::default()
        },
        ..settings(AuthMode::Open)
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.start_worker().await;
    let answer = with_key(&server, ("POST", "/api/submit"), token, &submission("1")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(submissions_of(&server, "ada").await, 1);
}

#[rstest]
#[case(PeerService::Judge0, "GET", "/languages", &["x-auth-token", "x-api-key", "authorization"])]
#[case(PeerService::Jobe, "GET", "/jobe/index.php/restapi/languages", &["x-api-key", "authorization"])]
#[case(PeerService::Piston, "GET", "/api/v2/runtimes", &["authorization", "x-api-key"])]
#[case(PeerService::SandboxFusion, "POST", "/run_code", &["authorization"])]
#[case(PeerService::Domjudge, "GET", "/api/v4/contests", &["basic", "authorization"])]
#[tokio::test]
async fn other_services_clients_send_keys_in_their_way(
    #[case] service: PeerService,
    #[case] method: &str,
    #[case] path: &str,
    #[case] ways: &[&'static str],
) {
    use base64::Engine;
    let settings = ServerSettings {
        adapters: AdapterSettings {
            mounted: vec![service],
            ..AdapterSettings::default()
        },
        ..settings(AuthMode::Keys)
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.start_worker().await;
    let scopes = [KeyScope::Run, KeyScope::Read];
    let valid = key(&server, namespace("peer"), &scopes).await;
    let unscoped = key(&server, namespace("peer"), &[KeyScope::Submit]).await;
    let path = format!("/compat/{}{path}", service.name());
    let body = json!({"code": "print(1)", "language": "python"});
    let headers = |way: &'static str, key: &str| match way {
        "basic" => {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("admin:{key}"));
            ("authorization", format!("Basic {pair}"))
        }
        "authorization" => ("authorization", bearer(key)),
        way => (way, key.to_owned()),
    };
    let call = async |header: Option<(&'static str, String)>| {
        let header = header.as_ref().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let answer = soon(send(&server, (method, &path), &headers, &body)).await;
        answer.status.as_u16()
    };
    assert_eq!(call(None).await, 401);
    for way in ways {
        let status = call(Some(headers(way, &valid))).await;
        // The worker of this test knows none of the service's languages.
        assert!(status < 300 || status == 422, "{way}: {status}");
        assert_eq!(call(Some(headers(way, &unscoped))).await, 403, "{way}");
        assert_eq!(call(Some(headers(way, "lc_0000"))).await, 401, "{way}");
    }
}
