//! Identifies who sends a request. The only place that reads a user id or a secret from a request.
//!
//! A secret proves who the user is: it is sent in a header, and the user is known by the id that is
//! derived from it. Without one, a request states a user id, in its query string or, when it has a
//! JSON body, in the body: such an id is public and not proven, and the ids of users with a secret
//! are refused there. API keys and sessions will be checked here as well, from the same request head.

use std::fmt;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use letscode_model::{ClientAddress, StatedUserId, UserId, UserSecret};
use serde::Deserialize;

use crate::connection::ConnectionInfo;
use crate::error::ApiError;
use crate::params::ApiQuery;

/// User id of requests that state none.
const ANONYMOUS: &str = "anonymous";

/// Header with the user's secret, for clients behind a proxy that uses `Authorization` itself.
const SECRET_HEADER: &str = "x-letscode-secret";
/// Beginning of the WebSocket subprotocol that carries the secret: browsers can't send headers of
/// their own with a WebSocket.
const SECRET_PROTOCOL: &str = "letscode.secret.";

/// The sender of a request.
///
/// An extractor for requests without a body; those with a JSON body get theirs from
/// [`ApiJson`](crate::body::ApiJson).
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    user_id: UserId,
    /// False if the request neither states a user id nor has a secret.
    is_stated: bool,
    /// The client's address, that of a trusted proxy left out. Absent where no connection is
    /// involved, as in tests.
    address: Option<IpAddr>,
}

impl Caller {
    /// Builds the caller from the head of a request and the user id that its body states.
    pub fn from_body(parts: &Parts, stated: Option<&StatedUserId>) -> Result<Self, ApiError> {
        let secret = match secret(&parts.headers)? {
            Some(secret) => Some(secret),
            // A page of before secrets were sent in a header, that is still open.
            None => stated.and_then(|stated| UserSecret::from_old_user_id(stated.as_unproven())),
        };
        Caller::identify(parts, secret.as_ref(), stated)
    }

    /// Builds the caller from the head of a request and the user id that its query string states.
    fn from_query(parts: &Parts, stated: Option<&StatedUserId>) -> Result<Self, ApiError> {
        let secret = secret(&parts.headers)?;
        Caller::identify(parts, secret.as_ref(), stated)
    }

    /// With a secret, the user is the one who has it, and a stated id that is not protected is
    /// ignored.
    fn identify(
        parts: &Parts,
        secret: Option<&UserSecret>,
        stated: Option<&StatedUserId>,
    ) -> Result<Self, ApiError> {
        let own = secret.map(UserSecret::public_id);
        let stated = stated
            .map(|stated| UserId::parse(stated.as_unproven()).ok_or(ApiError::InvalidUserId))
            .transpose()?;
        if let Some(protected) = stated.as_ref().and_then(protected)
            && own.as_ref() != Some(&protected)
        {
            return Err(ApiError::SecretRequired);
        }
        let user_id = own.or(stated);
        let connection = parts.extensions.get::<ConnectionInfo>();
        Ok(Caller {
            is_stated: user_id.is_some(),
            user_id: user_id.unwrap_or_else(|| UserId(ANONYMOUS.to_owned())),
            address: connection.map(|connection| connection.client(&parts.headers)),
        })
    }

    /// The user that the caller acts as; `anonymous` when the request states none.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The network that the client is in, by which its use of the service is limited.
    pub fn address(&self) -> Option<ClientAddress> {
        self.address.map(ClientAddress::from)
    }

    /// True for a user of their own: who states the shared name is as anonymous as who states none.
    pub fn is_named(&self) -> bool {
        self.is_stated && !self.is_anonymous()
    }

    /// True for the user that everybody without a user id shares.
    pub fn is_anonymous(&self) -> bool {
        self.user_id.0 == ANONYMOUS
    }

    /// Returns the user id, or an error when the request states none.
    pub fn stated_user_id(&self) -> Result<&UserId, ApiError> {
        if self.is_stated {
            Ok(&self.user_id)
        } else {
            Err(ApiError::InvalidParameter {
                reason: "`userId` or a secret is required".to_owned(),
            })
        }
    }
}

/// Returns the protected id that a stated one amounts to, if it does. Ids that the page made before
/// it had secrets are secrets now.
fn protected(stated: &UserId) -> Option<UserId> {
    match UserSecret::from_old_user_id(&stated.0) {
        Some(secret) => Some(secret.public_id()),
        None => Some(stated.clone()).filter(UserId::is_protected),
    }
}

fn secret(headers: &HeaderMap) -> Result<Option<UserSecret>, ApiError> {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let own_header = headers.get(SECRET_HEADER).map(text);
    let bearer = || bearer_token(&text(headers.get(header::AUTHORIZATION)?));
    let protocol = || {
        let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
        offered.iter().map(text).find_map(|list| {
            let mut names = list.split(',').map(str::trim);
            names.find_map(|name| name.strip_prefix(SECRET_PROTOCOL).map(str::to_owned))
        })
    };
    let sent = own_header.or_else(bearer).or_else(protocol);
    sent.map(|text| UserSecret::parse(&text).ok_or(ApiError::InvalidSecret))
        .transpose()
}

/// Returns the token of an `Authorization` header with the scheme Bearer.
pub(crate) fn bearer_token(authorization: &str) -> Option<String> {
    let (scheme, token) = authorization.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim().to_owned())
}

/// Formats the caller for the log: `ada at 203.0.113.7`.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "{} at {address}", self.user_id),
            None => write!(f, "{}", self.user_id),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallerQuery {
    user_id: Option<StatedUserId>,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ApiQuery(query) = ApiQuery::<CallerQuery>::from_request_parts(parts, state).await?;
        Caller::from_query(parts, query.user_id.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::Request;

    use super::*;

    async fn caller(uri: &str) -> Result<Caller, ApiError> {
        with_header(uri, ("x-none", "")).await
    }

    async fn with_header(uri: &str, (name, value): (&str, &str)) -> Result<Caller, ApiError> {
        let request = Request::get(uri).header(name, value);
        let request = request.extension(ConnectionInfo {
            peer: ([192, 0, 2, 1], 4000).into(),
            is_loopback: false,
            policy: Arc::default(),
        });
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
        let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
        let caller = Caller::from_body(&parts, Some(&StatedUserId::from(old))).unwrap();
        let secret = UserSecret::from_old_user_id(old).unwrap();
        assert_eq!(*caller.user_id(), secret.public_id());
    }
}
