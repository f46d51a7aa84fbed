//! People who register, and what they do with their account.

use axum::http::StatusCode;
use letscode_model::{AuditAction, Invitation, KeyScope, RandomSecret, Role, UserName, UserSecret};
use letscode_queue::QueueSettings;
use letscode_server::{AuthMode, RegistrationMode};
use letscode_store::{AccountStore, AuditFilter, AuditStore};
use serde_json::{Value, json};

use crate::common::people::{
    PASSWORD, account, as_page, cookie, logged_in, login, send, settings, started, submissions_of,
};
use crate::common::{Answer, TestServer, soon, submission};

const REGISTER: (&str, &str) = ("POST", "/api/auth/register");
const ACCOUNT: (&str, &str) = ("GET", "/api/account");

fn credentials(name: &str, password: &str) -> Value {
    json!({"name": name, "password": password})
}

async fn status_of(server: &TestServer, cookie: &str) -> StatusCode {
    as_page(server, ACCOUNT, cookie, &Value::Null).await.status
}

async fn actions(server: &TestServer) -> Vec<AuditAction> {
    let page = server
        .store
        .list_audit(&AuditFilter::default())
        .await
        .unwrap();
    page.entries
        .iter()
        .rev()
        .map(|entry| entry.event.action)
        .collect()
}

#[tokio::test]
async fn people_register_and_submit_under_their_account() {
    let server = started(AuthMode::Accounts).await;
    let answer = as_page(&server, REGISTER, "", &credentials("Ada", PASSWORD)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(
        (&answer.json()["name"], &answer.json()["role"]),
        (&json!("ada"), &json!("user"))
    );
    assert!(!answer.text.contains("argon2") && !answer.text.contains(PASSWORD));
    let (id, cookie) = (
        answer.json()["id"].as_str().unwrap().to_owned(),
        cookie(&answer),
    );

    let submit = ("POST", "/api/submit?wait=true");
    let answer = soon(as_page(&server, submit, &cookie, &submission("print(1)"))).await;
    assert_eq!(
        answer.json()["userId"],
        id,
        "not the stated one: {}",
        answer.text
    );
    let list = as_page(&server, ("GET", "/api/submissions"), &cookie, &Value::Null).await;
    assert_eq!(list.json()["submissions"][0]["userId"], id);
    assert_eq!(actions(&server).await, [AuditAction::AccountCreated]);
    login(&server, "ADA").await;
    assert_eq!(
        actions(&server).await,
        [AuditAction::AccountCreated, AuditAction::LogIn]
    );
}

#[tokio::test]
async fn names_and_passwords_of_strangers_are_checked() {
    let server = started(AuthMode::Accounts).await;
    account(&server, "bill", Role::User).await;
    let long = "x".repeat(1025);
    for (name, password, status, field) in [
        ("bill", PASSWORD, 409, "name"),
        ("BILL", PASSWORD, 409, "name"),
        ("bil1", PASSWORD, 409, "name"),
        ("ｂｉｌｌ", PASSWORD, 409, "name"),
        ("bіll", PASSWORD, 400, "name"),
        ("bill\0", PASSWORD, 400, "name"),
        ("bill\u{200b}", PASSWORD, 400, "name"),
        ("\u{202e}llib", PASSWORD, 400, "name"),
        ("anonymous", PASSWORD, 400, "name"),
        ("../admin", PASSWORD, 400, "name"),
        ("eve", "short", 400, "password"),
        ("eve", "", 400, "password"),
        ("eve", "correct\0horse", 400, "password"),
        ("eve", &long, 400, "password"),
        ("evelyn.x", "Evelyn.X", 400, "password"),
    ] {
        let answer = as_page(&server, REGISTER, "", &credentials(name, password)).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{name:?} {password:?}: {}",
            answer.text
        );
        assert_eq!(answer.json()["field"], field, "{name:?}");
        assert_eq!(answer.header("set-cookie"), "");
    }
    // A megabyte is refused before it is read as a password.
    let body = credentials("eve", &"x".repeat(1 << 20));
    let answer = as_page(&server, REGISTER, "", &body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    for name in ["nobody", "bil1", "bіll", "bill\0", "", &long] {
        for password in [PASSWORD, "wrong", "", "\0", &long] {
            let sent = credentials(name, password);
            let answer = as_page(&server, ("POST", "/api/auth/login"), "", &sent).await;
            let status = answer.status.as_u16();
            assert!([401, 429].contains(&status), "{name:?}: {}", answer.text);
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
}

#[tokio::test]
async fn roles_hold_from_the_next_request_on() {
    let server = started(AuthMode::Accounts).await;
    let admin = logged_in(&server, "root", Role::Admin).await;
    let eve = account(&server, "eve", Role::User).await;
    let session = login(&server, "eve").await;
    let change = format!("/api/admin/users/{}", eve.id);
    let promote = json!({"role": "admin"});
    for (method, path, body) in [
        ("GET", "/api/admin/users", Value::Null),
        ("GET", "/api/admin/keys", Value::Null),
        ("POST", "/api/admin/invitations", json!({})),
        ("POST", change.as_str(), promote.clone()),
        ("DELETE", "/api/problems/nothing", Value::Null),
        ("GET", "/api/problems/aplusb/package", Value::Null),
        ("POST", "/api/problems/aplusb/rejudge", Value::Null),
    ] {
        let answer = as_page(&server, (method, path), &session, &body).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{method} {path}: {}",
            answer.text
        );
        assert!(answer.text.contains("missing-role"), "{}", answer.text);
    }
    let answer = as_page(&server, ("POST", &change), &admin, &promote).await;
    assert_eq!(answer.json()["role"], "admin", "{}", answer.text);
    let users = as_page(&server, ("GET", "/api/admin/users"), &session, &Value::Null).await;
    assert_eq!(
        users.json()["users"].as_array().unwrap().len(),
        2,
        "{}",
        users.text
    );
    as_page(&server, ("POST", &change), &admin, &json!({"role": "user"})).await;
    let users = as_page(&server, ("GET", "/api/admin/users"), &session, &Value::Null).await;
    assert_eq!(users.status, StatusCode::FORBIDDEN);
    for id in [
        "acct-00000000000000000000000000000000",
        "eve",
        "pub-0",
        "%00",
    ] {
        let path = format!("/api/admin/users/{id}");
        let answer = as_page(&server, ("POST", &path), &admin, &promote).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn registration_is_as_the_operator_wants_it() {
    for (mode, status) in [
        (RegistrationMode::Open, StatusCode::CREATED),
        (RegistrationMode::Invitation, StatusCode::FORBIDDEN),
        (RegistrationMode::Closed, StatusCode::FORBIDDEN),
    ] {
        let mut settings = settings(AuthMode::Accounts);
        settings.auth.registration = mode;
        let server = TestServer::with(settings, QueueSettings::default()).await;
        let answer = as_page(&server, REGISTER, "", &credentials("eve", PASSWORD)).await;
        assert_eq!(answer.status, status, "{mode}: {}", answer.text);
        // The operator's own invitations work in all of them.
        let secret = RandomSecret::new();
        let invitation = Invitation {
            name: Some(UserName::parse("ada").unwrap()),
            role: Role::Admin,
            created_by: "operator".into(),
            created_at: 1,
            expires_at: i64::MAX,
        };
        server
            .store
            .add_invitation(&secret.hash(), &invitation)
            .await
            .unwrap();
        for (name, code, status) in [
            ("bob", secret.as_text(), StatusCode::FORBIDDEN),
            ("ada", "0000", StatusCode::FORBIDDEN),
            ("ada", secret.as_text(), StatusCode::CREATED),
            ("ada", secret.as_text(), StatusCode::FORBIDDEN),
        ] {
            let mut body = credentials(name, PASSWORD);
            body["invitation"] = json!(code);
            let answer = as_page(&server, REGISTER, "", &body).await;
            assert_eq!(answer.status, status, "{name} {code}: {}", answer.text);
        }
        let admin = login(&server, "ada").await;
        let invite = ("POST", "/api/admin/invitations");
        let answer = as_page(&server, invite, &admin, &json!({"role": "setter"})).await;
        if mode == RegistrationMode::Closed {
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            continue;
        }
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let mut body = credentials("carl", PASSWORD);
        body["invitation"] = answer.json()["code"].clone();
        let answer = as_page(&server, REGISTER, "", &body).await;
        assert_eq!(answer.json()["role"], "setter", "{}", answer.text);
    }
}

#[tokio::test]
async fn keys_of_an_account_act_as_it() {
    let server = started(AuthMode::Accounts).await;
    let ada = account(&server, "ada", Role::User).await;
    let (session, eve) = (
        login(&server, "ada").await,
        logged_in(&server, "eve", Role::User).await,
    );
    let keys = ("POST", "/api/account/keys");
    for (body, status) in [
        (json!({"name": "x", "scopes": []}), 400),
        (json!({"name": "", "scopes": ["run"]}), 400),
        (json!({"name": "x".repeat(65), "scopes": ["run"]}), 400),
        (json!({"name": "x", "scopes": ["everything"]}), 400),
        (
            json!({"name": "x", "scopes": ["run"], "quota": "many"}),
            400,
        ),
        (
            json!({"name": "x", "scopes": ["run"], "expiresInDays": 0}),
            400,
        ),
        (json!({"name": "x", "scopes": ["setter"]}), 403),
        (json!({"name": "x", "scopes": ["run", "admin"]}), 403),
    ] {
        let answer = as_page(&server, keys, &session, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
    }
    let body =
        json!({"name": "laptop", "scopes": ["submit"], "expiresInDays": 30, "quota": "5/day"});
    let new_key = as_page(&server, keys, &session, &body).await;
    assert_eq!(new_key.status, StatusCode::CREATED, "{}", new_key.text);
    let secret = new_key.json()["secret"].as_str().unwrap().to_owned();
    let list = as_page(&server, ("GET", keys.1), &session, &Value::Null).await;
    assert_eq!(list.json()["keys"][0]["name"], "laptop");
    assert!(!list.text.contains(&secret), "it is shown once");
    let bearer = format!("Bearer {secret}");
    let submit = ("POST", "/api/submit");
    let answer = send(
        &server,
        submit,
        &[("authorization", &bearer)],
        &submission("1"),
    )
    .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(submissions_of(&server, &ada.id.0).await, 1);

    let key = format!(
        "/api/account/keys/{}",
        new_key.json()["key"]["id"].as_str().unwrap()
    );
    let foreign = as_page(&server, ("DELETE", &key), &eve, &Value::Null).await;
    assert_eq!(
        foreign.status,
        StatusCode::NOT_FOUND,
        "another person's key"
    );
    let revoked = as_page(&server, ("DELETE", &key), &session, &Value::Null).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    let answer = send(
        &server,
        submit,
        &[("authorization", &bearer)],
        &submission("1"),
    )
    .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let all = actions(&server).await;
    assert!(
        all.ends_with(&[AuditAction::KeyAdded, AuditAction::KeyRevoked]),
        "{all:?}"
    );
}

#[tokio::test]
async fn submissions_of_a_browser_are_taken_with_its_secret() {
    let server = started(AuthMode::Accounts).await;
    let ada = account(&server, "ada", Role::User).await;
    let (session, eve) = (
        login(&server, "ada").await,
        logged_in(&server, "eve", Role::User).await,
    );
    let secret = "secret-of-the-browser";
    let public = UserSecret::parse(secret).unwrap().public_id();
    let new = letscode_model::NewSubmission {
        id: letscode_model::SubmissionId::random(),
        user_id: public.clone(),
        problem_id: letscode_model::ProblemId::parse("aplusb").unwrap(),
        language: letscode_model::LanguageId("python".into()),
        code: "print(1)".into(),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    };
    letscode_store::Store::insert_submission(&*server.store, &new)
        .await
        .unwrap();
    let claim = ("POST", "/api/account/claim");
    let taken = async |cookie: &str, secret: &str| -> Answer {
        as_page(&server, claim, cookie, &json!({"secret": secret})).await
    };
    // The id is public, and proves nothing.
    assert_eq!(taken(&eve, &public.0).await.json()["submissions"], 0);
    assert_eq!(taken(&eve, "short").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(taken(&session, secret).await.json()["submissions"], 1);
    assert_eq!(taken(&session, secret).await.json()["submissions"], 0);
    assert_eq!(submissions_of(&server, &ada.id.0).await, 1);
}

#[tokio::test]
async fn profiles_show_what_is_documented() {
    let server = started(AuthMode::Accounts).await;
    let (ada, eve) = (
        logged_in(&server, "ada", Role::User).await,
        logged_in(&server, "eve", Role::User).await,
    );
    for code in ["print(1)", "wrong"] {
        let submit = ("POST", "/api/submit?wait=true");
        soon(as_page(&server, submit, &ada, &submission(code))).await;
    }
    let answer = as_page(&server, ("GET", "/api/users/Ada"), &eve, &Value::Null).await;
    let profile = answer.json();
    let keys: Vec<&String> = profile.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["activity", "languages", "memberSince", "name", "solved"]
    );
    assert_eq!(profile["solved"], json!(["aplusb"]));
    assert_eq!(
        profile["languages"],
        json!([{"language": "python", "submissions": 2}])
    );
    assert_eq!(profile["activity"][0]["submissions"], 2);
    for name in ["nobody", "%00", "a%2Fb", "..%2f"] {
        let path = format!("/api/users/{name}");
        let answer = as_page(&server, ("GET", &path), &eve, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn names_change_and_sessions_stay() {
    let server = started(AuthMode::Accounts).await;
    account(&server, "eve", Role::User).await;
    let session = logged_in(&server, "ada", Role::User).await;
    let rename = ("POST", "/api/account/name");
    let answer = as_page(&server, rename, &session, &json!({"name": "eve"})).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let answer = as_page(&server, rename, &session, &json!({"name": "Lovelace"})).await;
    assert_eq!(answer.json()["name"], "lovelace", "{}", answer.text);
    login(&server, "lovelace").await;
    assert_eq!(status_of(&server, &session).await, StatusCode::OK);
}

/// Accounts are for one mode: elsewhere neither cookies nor log-ins mean anything.
#[tokio::test]
async fn other_modes_have_no_accounts() {
    for mode in [AuthMode::Open, AuthMode::Keys] {
        let server = started(mode).await;
        account(&server, "ada", Role::Admin).await;
        for call in [("POST", "/api/auth/login"), REGISTER] {
            let answer = as_page(&server, call, "", &credentials("ada", PASSWORD)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{mode} {call:?}");
            assert!(answer.text.contains("no-accounts"), "{}", answer.text);
        }
        let keys = crate::common::people::namespace("moodle");
        let key = crate::common::people::key(&server, keys, &[KeyScope::Read]).await;
        let bearer = format!("Bearer {key}");
        let answer = send(
            &server,
            ACCOUNT,
            &[("authorization", &bearer)],
            &Value::Null,
        )
        .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{mode}");
    }
}

#[tokio::test]
async fn the_last_admin_stays() {
    let server = started(AuthMode::Accounts).await;
    let root = account(&server, "root", Role::Admin).await;
    let session = login(&server, "root").await;
    let own = format!("/api/admin/users/{}", root.id);
    let step_down = json!({"role": "user"});
    let confirmed = json!({"password": PASSWORD});
    for (call, body) in [
        (("POST", own.as_str()), &step_down),
        (("DELETE", "/api/account"), &confirmed),
    ] {
        let answer = as_page(&server, call, &session, body).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
        assert!(answer.text.contains("last-admin"), "{}", answer.text);
    }
    let ada = account(&server, "ada", Role::User).await;
    let promote = json!({"role": "admin"});
    let adas = format!("/api/admin/users/{}", ada.id);
    as_page(&server, ("POST", &adas), &session, &promote).await;
    let answer = as_page(&server, ("POST", &own), &session, &step_down).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn invitations_are_listed_revoked_and_recorded() {
    let server = started(AuthMode::Accounts).await;
    let admin = logged_in(&server, "root", Role::Admin).await;
    let invitations = "/api/admin/invitations";
    let invite = json!({"name": "ada", "role": "setter"});
    let invited = as_page(&server, ("POST", invitations), &admin, &invite)
        .await
        .json();
    let (id, code) = (
        invited["id"].as_str().unwrap(),
        invited["code"].as_str().unwrap(),
    );
    let list = as_page(&server, ("GET", invitations), &admin, &Value::Null).await;
    assert!(!list.text.contains(code), "{}", list.text);
    let listed = &list.json()["invitations"][0];
    assert_eq!(
        (&listed["id"], &listed["name"], &listed["createdBy"]),
        (&json!(id), &json!("ada"), &json!("root"))
    );
    let path = format!("{invitations}/{id}");
    for (path, status) in [
        (path.as_str(), 204),
        (&path, 404),
        (&format!("{invitations}/x"), 404),
    ] {
        let answer = as_page(&server, ("DELETE", path), &admin, &Value::Null).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    let register = json!({"name": "ada", "password": PASSWORD, "invitation": code});
    let answer = as_page(&server, REGISTER, "", &register).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    let actions = actions(&server).await;
    assert!(actions.ends_with(&[AuditAction::InvitationAdded, AuditAction::InvitationRevoked]));
}
