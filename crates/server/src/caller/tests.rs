use std::sync::Arc;

use axum::http::Request;

use super::*;
use crate::AuthMode;

async fn caller(uri: &str) -> Result<Caller, ApiError> {
    with_header(uri, ("x-none", "")).await
}

/// Returns the identity that `authenticate` finds in mode `open`.
fn open_identity() -> Identity {
    let operator = Err(ApiError::NotLocal("it comes from another machine"));
    Identity::new(AuthMode::Open, Proof::Nothing, operator)
}

/// A request that nobody has looked at may do nothing.
#[tokio::test]
async fn requests_without_an_identity_are_nobodys() {
    let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
    let identity = Identity::of(&parts.extensions);
    for scope in [
        KeyScope::Run,
        KeyScope::Submit,
        KeyScope::Read,
        KeyScope::Admin,
    ] {
        assert!(identity.require(scope).is_err(), "{scope}");
    }
    assert!(!identity.is_open());
    assert!(identity.require_role(Role::User).is_err());
    let secret = Caller::from_body(&parts, Some(&StatedUserId::from("ada")));
    assert!(!secret.is_ok_and(|caller| caller.is_proven));
}

async fn with_header(uri: &str, (name, value): (&str, &str)) -> Result<Caller, ApiError> {
    let request = Request::get(uri).header(name, value);
    let request = request.extension(ConnectionInfo {
        peer: ([192, 0, 2, 1], 4000).into(),
        is_loopback: false,
        policy: Arc::default(),
    });
    let request = request.extension(open_identity());
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    Caller::from_request_parts(&mut parts, &()).await
}

#[tokio::test]
async fn stated_users_are_named_with_their_address() {
    let ada = caller("/ws?userId=ada&after=3").await.unwrap();
    assert_eq!(ada.to_string(), "ada at 192.0.2.1");
    assert_eq!(ada.stated_user_id().unwrap().0, "ada");
    assert!(!ada.is_anonymous());
}

#[tokio::test]
async fn unstated_users_are_anonymous() {
    let caller = caller("/ws").await.unwrap();
    assert!(caller.is_anonymous() && caller.stated_user_id().is_err());
}

#[tokio::test]
async fn invalid_user_ids_are_refused() {
    let error = caller("/ws?userId=").await.unwrap_err();
    assert_eq!(error, ApiError::InvalidUserId);
}

/// A request that states the shared name may list its submissions, but remains anonymous.
#[tokio::test]
async fn stating_the_shared_name_stays_anonymous() {
    let caller = caller("/ws?userId=anonymous").await.unwrap();
    assert!(caller.is_anonymous() && !caller.is_named());
    assert_eq!(caller.stated_user_id().unwrap().0, "anonymous");
}

const SECRET: &str = "correct-horse-battery";

#[tokio::test]
async fn secrets_prove_the_user_that_they_belong_to() {
    let own = UserSecret::parse(SECRET).unwrap().public_id();
    let protocols = format!("letscode, letscode.secret.{SECRET}");
    for sent in [
        ("authorization", format!("Bearer {SECRET}")),
        ("x-letscode-secret", SECRET.to_owned()),
        ("sec-websocket-protocol", protocols),
    ] {
        for uri in ["/ws", "/ws?userId=bob", &format!("/ws?userId={own}")] {
            let caller = with_header(uri, (sent.0, &sent.1)).await.unwrap();
            assert_eq!(*caller.stated_user_id().unwrap(), own, "{sent:?} {uri}");
        }
    }
}

#[tokio::test]
async fn protected_ids_need_their_own_secret() {
    let own = UserSecret::parse(SECRET).unwrap().public_id();
    let old = "web-0b6f1c1e-5d0f-4c3a-9c67-0d2f8f6d3a11";
    for uri in [format!("/ws?userId={own}"), format!("/ws?userId={old}")] {
        let none = caller(&uri).await.unwrap_err();
        let foreign = with_header(&uri, ("x-letscode-secret", "another-secret-of-bob"));
        assert_eq!(none, ApiError::SecretRequired, "{uri}");
        assert_eq!(
            foreign.await.unwrap_err(),
            ApiError::SecretRequired,
            "{uri}"
        );
    }
}

#[tokio::test]
async fn other_authorization_is_ignored_and_bad_secrets_are_refused() {
    let basic = with_header("/ws?userId=ada", ("authorization", "Basic YTpi")).await;
    assert_eq!(basic.unwrap().user_id().0, "ada");
    let short = with_header("/ws", ("authorization", "Bearer short")).await;
    assert_eq!(short.unwrap_err(), ApiError::InvalidSecret);
}

/// A page that was open during the upgrade still sends its secret as its user id.
#[tokio::test]
async fn old_ids_in_a_body_are_secrets() {
    let old = "web-0b6f1c1e-5d0f-4c3a-9c67-0d2f8f6d3a11";
    let request = Request::post("/").extension(open_identity());
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let caller = Caller::from_body(&parts, Some(&StatedUserId::from(old))).unwrap();
    let secret = UserSecret::from_old_user_id(old).unwrap();
    assert_eq!(*caller.user_id(), secret.public_id());
}
