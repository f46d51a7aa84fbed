//! Identifies who sends a request. The only place that reads a user id or a secret from a request.
//!
//! [`authenticate`] reads the credentials once, before anything else, and leaves an [`Identity`] with
//! the request; [`enforce`] refuses what the identity may not do. A [`Caller`] is an identity with the
//! user that it acts as.
//!
//! In mode `open` a user's secret proves who the user is. Without one, a request states a user id, in
//! its query string or, when it has a JSON body, in the body: such an id is public and not proven, and
//! the ids of users with a secret and of accounts are refused there. In the modes `keys` and
//! `accounts` the ids that requests state are vouched for by an API key.

mod access;
mod authenticate;
mod cookie;
mod credentials;
mod identity;
mod operator;

use std::fmt;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::{
    Account, AuditAction, AuditEvent, ClientAddress, KeyId, KeyOwner, KeyQuota, KeyScope, Role,
    StatedUserId, TurnTerms, UserId, UserSecret,
};
use serde::Deserialize;

use crate::ServerSettings;
use crate::connection::ConnectionInfo;
use crate::error::ApiError;
use crate::params::ApiQuery;

pub(crate) use access::enforce;
pub(crate) use authenticate::{authenticate, identify_peer, renewed};

pub(crate) use cookie::{ServiceCookie, check_own_site};
pub(crate) use credentials::{SECRET_HEADERS, user_secret};
pub(crate) use identity::{Identity, Proof};
pub(crate) use operator::may_manage;

/// User id of requests that state none.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// The sender of a request.
///
/// An extractor for requests without a body; those with a JSON body get theirs from
/// [`ApiJson`](crate::body::ApiJson).
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    user_id: UserId,
    /// False if the request neither states a user id nor has a secret.
    is_stated: bool,
    /// True for the user that everybody without a user id shares.
    is_anonymous: bool,
    /// True if a secret, a session or an API key proves the user id.
    is_proven: bool,
    identity: Identity,
    /// The client's address, that of a trusted proxy left out. Absent where no connection is
    /// involved, as in tests.
    address: Option<IpAddr>,
}

impl Caller {
    /// Builds the caller from the head of a request and the user id that its body states.
    pub fn from_body(parts: &Parts, stated: Option<&StatedUserId>) -> Result<Self, ApiError> {
        let secret = match user_secret(parts)? {
            Some(secret) => Some(secret),
            // A page of before secrets were sent in a header, that is still open.
            None => stated.and_then(|stated| UserSecret::from_old_user_id(stated.as_unproven())),
        };
        Caller::identify(parts, secret.as_ref(), stated)
    }

    /// Builds the caller from the head of a request and the user id that its query string states.
    fn from_query(parts: &Parts, stated: Option<&StatedUserId>) -> Result<Self, ApiError> {
        let secret = user_secret(parts)?;
        Caller::identify(parts, secret.as_ref(), stated)
    }

    fn identify(
        parts: &Parts,
        secret: Option<&UserSecret>,
        stated: Option<&StatedUserId>,
    ) -> Result<Self, ApiError> {
        let identity = Identity::of(&parts.extensions);
        let stated = stated
            .map(|stated| UserId::parse(stated.as_unproven()).ok_or(ApiError::InvalidUserId))
            .transpose()?;
        let user = match identity.proof() {
            Proof::Session(account, _) => ActingUser::proven(account.id.clone()),
            Proof::Key(key, ..) => match &key.owner {
                KeyOwner::Account(account) => ActingUser::proven(account.clone()),
                KeyOwner::Namespace(namespace) => {
                    let user = ActingUser::vouched(stated)?;
                    ActingUser {
                        id: namespace.user(&user.id),
                        ..user
                    }
                }
            },
            Proof::Nothing if identity.is_open() => ActingUser::open(secret, stated)?,
            Proof::Operator | Proof::Nothing => ActingUser::open(None, stated)?,
        };
        let connection = parts.extensions.get::<ConnectionInfo>();
        Ok(Caller {
            user_id: user.id,
            is_stated: user.is_stated,
            is_anonymous: user.is_anonymous,
            is_proven: user.is_proven,
            identity,
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

    /// Returns the terms on which jobs of the caller take their turns. Where a request proves who its
    /// user is, that user has so many jobs running at a time; other names cost nothing.
    pub fn turn_terms(&self, settings: &ServerSettings) -> TurnTerms {
        let cap = settings.max_running_per_user;
        TurnTerms {
            max_running: self.is_proven.then_some(cap),
            ..TurnTerms::of_client(self.identity.share(), self.address())
        }
    }

    /// True for a user of their own: who states the shared name is as anonymous as who states none.
    pub fn is_named(&self) -> bool {
        self.is_stated && !self.is_anonymous
    }

    /// True for the user that everybody without a user id shares.
    #[cfg(test)]
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// True if something secret shows that the caller is this user.
    pub fn is_proven(&self) -> bool {
        self.is_proven
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

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the same caller with the rights that an identity has by now.
    pub fn with_identity(&self, identity: Identity) -> Self {
        Caller {
            identity,
            ..self.clone()
        }
    }

    /// Returns the user, if the caller may be counted by it: others are as many as they like.
    pub fn counted_user(&self) -> Option<&UserId> {
        let is_believed = self.identity.is_open() && self.is_named();
        (self.is_proven || is_believed).then_some(&self.user_id)
    }

    /// The API key whose quota a run or submission counts against.
    pub fn counted_key(&self) -> Option<(KeyId, KeyQuota)> {
        let key = self.identity.key()?;
        Some((key.id, key.quota?))
    }

    /// True if the caller may do what the scope is for.
    pub fn may(&self, scope: KeyScope) -> bool {
        self.require(scope).is_ok()
    }

    /// Fails unless the caller may do what the scope is for.
    pub fn require(&self, scope: KeyScope) -> Result<(), ApiError> {
        self.identity.require(scope)
    }

    /// Fails unless the caller has at least this role.
    pub fn require_role(&self, role: Role) -> Result<(), ApiError> {
        self.identity.require_role(role)
    }

    /// Makes an event of the audit log that the caller is the actor of.
    pub fn audit_event(&self, action: AuditAction) -> AuditEvent {
        let actor = match self.identity.proof() {
            Proof::Key(key, ..) => format!("key:{}", key.name),
            Proof::Operator => AuditEvent::OPERATOR.to_owned(),
            Proof::Session(..) | Proof::Nothing => self.user_id.to_string(),
        };
        AuditEvent::new(action, &actor).from_address(self.address())
    }

    /// Returns the account of a person who is logged in, not that of a key.
    pub fn session_account(&self) -> Result<&Account, ApiError> {
        self.identity.session_account()
    }
}

/// The user that a request acts as.
struct ActingUser {
    id: UserId,
    is_stated: bool,
    is_anonymous: bool,
    is_proven: bool,
}

impl ActingUser {
    fn proven(id: UserId) -> Self {
        ActingUser {
            id,
            is_stated: true,
            is_anonymous: false,
            is_proven: true,
        }
    }

    /// A user that an API key vouches for. Nobody states the id of an account.
    fn vouched(stated: Option<UserId>) -> Result<Self, ApiError> {
        if stated.as_ref().is_some_and(UserId::is_protected) {
            return Err(ApiError::ForeignAccount);
        }
        let user = ActingUser::stated(stated);
        Ok(ActingUser {
            is_proven: user.is_stated && !user.is_anonymous,
            ..user
        })
    }

    /// With a secret, the user is the one who has it, and a stated id that is not protected is
    /// ignored.
    fn open(secret: Option<&UserSecret>, stated: Option<UserId>) -> Result<Self, ApiError> {
        let own = secret.map(UserSecret::public_id);
        if let Some(protected) = stated.as_ref().and_then(protected)
            && own.as_ref() != Some(&protected)
        {
            return Err(ApiError::SecretRequired);
        }
        Ok(own.map_or_else(|| ActingUser::stated(stated), ActingUser::proven))
    }

    fn stated(stated: Option<UserId>) -> Self {
        let is_stated = stated.is_some();
        let id = stated.unwrap_or_else(|| UserId(ANONYMOUS.to_owned()));
        ActingUser {
            is_anonymous: id.0 == ANONYMOUS,
            id,
            is_stated,
            is_proven: false,
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
mod tests;
