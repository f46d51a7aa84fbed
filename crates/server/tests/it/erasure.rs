//! What is left of somebody who erases the account: nothing.

use axum::http::StatusCode;
use letscode_model::Role;
use letscode_queue::EventStream;
use letscode_server::AuthMode;
use letscode_store::{AccountStore, Store};
use serde_json::{Value, json};

use crate::common::people::{
    PASSWORD, account, as_page, logged_in, login, started, submissions_of,
};
use crate::common::{soon, submission};

#[tokio::test]
async fn erased_accounts_leave_nothing() {
    let server = started(AuthMode::Accounts).await;
    let ada = account(&server, "ada", Role::User).await;
    let session = login(&server, "ada").await;
    let eve = logged_in(&server, "eve", Role::User).await;
    let submit = ("POST", "/api/submit?wait=true");
    let judged = soon(as_page(&server, submit, &session, &submission("print(1)"))).await;
    let id = judged.json()["id"].as_str().unwrap().to_owned();
    // One that is being judged, and a run that is kept.
    let open = as_page(
        &server,
        ("POST", "/api/submit"),
        &session,
        &submission("slow"),
    )
    .await;
    let open = open.json()["submissionId"].as_str().unwrap().to_owned();
    let run = json!({"language": "python", "code": "1", "keepFor": 60_000});
    let kept_run = soon(as_page(&server, ("POST", "/api/run"), &session, &run)).await;
    let kept_run = format!("/api/run/{}", kept_run.json()["id"].as_str().unwrap());
    let key = json!({"name": "x", "scopes": ["read"]});
    let key = as_page(&server, ("POST", "/api/account/keys"), &session, &key).await;
    let bearer = format!("Bearer {}", key.json()["secret"].as_str().unwrap());
    soon(as_page(&server, submit, &eve, &submission("print(2)"))).await;

    let erase = ("DELETE", "/api/account");
    for body in [json!({}), json!({"password": "wrong password"})] {
        let refused = as_page(&server, erase, &session, &body).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text);
    }
    let erased = as_page(&server, erase, &session, &json!({"password": PASSWORD})).await;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text);

    for path in [
        format!("/api/submission/{id}"),
        format!("/api/submission/{open}"),
        kept_run,
    ] {
        let answer = as_page(&server, ("GET", &path), &eve, &Value::Null).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            answer.text
        );
    }
    let headers = [("authorization", bearer.as_str())];
    let answer =
        crate::common::people::send(&server, ("GET", "/api/submissions"), &headers, &Value::Null);
    assert_eq!(answer.await.status, StatusCode::UNAUTHORIZED);
    let answer = as_page(&server, ("GET", "/api/account"), &session, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let body = json!({"name": "ada", "password": PASSWORD});
    let answer = as_page(&server, ("POST", "/api/auth/login"), "", &body).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.store.account(&ada.id).await.unwrap(), None);
    assert_eq!(submissions_of(&server, &ada.id.0).await, 0);
    assert!(server.store.open_submissions().await.unwrap().is_empty());
    // Her events can't be resumed: what comes first says that they are lost.
    let mut stream = server.queue.subscribe(&ada.id, Some(1)).await.unwrap();
    let first = soon(stream.next()).await;
    assert!(
        matches!(first, Ok(letscode_queue::StreamItem::Resync { .. })),
        "{:?}",
        first.is_ok()
    );

    let list = as_page(&server, ("GET", "/api/submissions"), &eve, &Value::Null).await;
    assert_eq!(
        list.json()["submissions"].as_array().unwrap().len(),
        1,
        "others keep theirs"
    );
    account(&server, "ada", Role::User).await;
}
