//! Identifies who sends a request. The only place that reads a user id from a request.
//!
//! Today a user id is public and not proven: the request states it, in its query string or, when it
//! has a JSON body, in the body. API keys and sessions will be checked here as well, from the same
//! request head.

use std::fmt;
use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::UserId;
use serde::Deserialize;

use crate::error::ApiError;
use crate::params::ApiQuery;

/// User id of requests that state none.
const ANONYMOUS: &str = "anonymous";

/// The user id that a request states, not checked yet. Only [`Caller`] can look into it.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct StatedUserId(String);

/// Request extension: remote address of the connection. Behind a proxy, the proxy's address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub SocketAddr);

/// The sender of a request.
///
/// An extractor for requests without a body; those with a JSON body get theirs from
/// [`ApiJson`](crate::body::ApiJson).
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    user_id: UserId,
    /// False if the request states no user id.
    is_stated: bool,
    /// Absent where no connection is involved, as in tests.
    peer: Option<SocketAddr>,
}

impl Caller {
    /// Builds the caller from the head of a request and the user id that its body states.
    pub fn from_head(parts: &Parts, stated: Option<&StatedUserId>) -> Result<Self, ApiError> {
        let text = stated.map_or(ANONYMOUS, |stated| stated.0.as_str());
        let peer = parts.extensions.get::<PeerAddress>();
        Ok(Caller {
            user_id: UserId::parse(text).ok_or(ApiError::InvalidUserId)?,
            is_stated: stated.is_some(),
            peer: peer.map(|peer| peer.0),
        })
    }

    /// The user that the caller acts as; `anonymous` when the request states none.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    pub fn is_stated(&self) -> bool {
        self.is_stated
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
                reason: "`userId` is required".to_owned(),
            })
        }
    }
}

/// Formats the caller for the log: `ada at 203.0.113.7:52144`.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peer {
            Some(peer) => write!(f, "{} at {peer}", self.user_id),
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
        Caller::from_head(parts, query.user_id.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn caller(uri: &str) -> Result<Caller, ApiError> {
        let request = Request::get(uri).extension(PeerAddress(([192, 0, 2, 1], 4000).into()));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        Caller::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn stated_users_are_named_with_their_address() {
        let ada = caller("/ws?userId=ada&after=3").await.unwrap();
        assert_eq!(ada.to_string(), "ada at 192.0.2.1:4000");
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
        assert!(caller.is_anonymous() && caller.is_stated());
    }
}
