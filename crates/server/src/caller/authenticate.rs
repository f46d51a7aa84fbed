//! Checks the credentials of each request, once.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use letscode_adapters::PeerService;
use letscode_model::{ApiKey, KeyOwner, KeyScope, Role, SecretHash};

use super::cookie::check_own_site;
use super::credentials::{Credentials, operator_token};
use super::identity::{Identity, Proof};
use super::operator::may_manage;
use crate::error::ApiError;
use crate::{AppState, AuthMode, rate_limits};

/// Puts the [`Identity`] into a request's extensions, or refuses credentials that are not valid.
pub(crate) async fn authenticate(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match identify_within_rate(&state, &parts).await {
        Ok(identity) => {
            parts.extensions.insert(identity);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    }
}

/// Returns the identity of a request, and counts the request against the rates of whom that proves.
async fn identify_within_rate(state: &AppState, parts: &Parts) -> Result<Identity, ApiError> {
    let identity = identify(state, parts).await?;
    rate_limits::count_identity(state, parts, identity.share()).await?;
    Ok(identity)
}

async fn identify(state: &AppState, parts: &Parts) -> Result<Identity, ApiError> {
    let mode = state.settings().auth.mode;
    let token = state.settings().packages.admin_token.as_ref();
    let sent = operator_token(&parts.headers);
    let operator = may_manage(token, sent.as_deref(), parts);
    let is_operator = || token.is_some() && operator.is_ok();
    if mode == AuthMode::Open {
        let proof = if is_operator() {
            Proof::Operator
        } else {
            Proof::Nothing
        };
        return Ok(Identity::new(mode, proof, operator));
    }
    let credentials = Credentials::read(parts);
    let proof = match (credentials.key, credentials.session) {
        (Some(key), _) => prove_key(state, SecretHash::of(&key)).await?,
        (None, _) if credentials.bearer.is_some() && is_operator() => Proof::Operator,
        (None, Some(session)) if mode == AuthMode::Accounts => {
            prove_session(state, &session, parts).await?
        }
        _ => Proof::Nothing,
    };
    Ok(Identity::new(mode, proof, operator))
}

/// Returns the identity of another service's client, whose key is sent in the service's way. In mode
/// `open` the service's own secrets are checked by its adapter.
pub(crate) async fn identify_peer(
    state: &AppState,
    service: PeerService,
    parts: &Parts,
) -> Result<Identity, ApiError> {
    let mode = state.settings().auth.mode;
    let operator = Err(ApiError::AdminTokenRequired);
    if mode == AuthMode::Open {
        return Ok(Identity::new(mode, Proof::Nothing, operator));
    }
    let Some(key) = Credentials::read_peer(service, parts).key else {
        return Err(ApiError::CredentialsRequired);
    };
    let token = state.settings().packages.admin_token.as_ref();
    let proof = if token.is_some_and(|token| token.is(&key)) {
        Proof::Operator
    } else {
        prove_key(state, SecretHash::of(&key)).await?
    };
    let identity = Identity::new(mode, proof, operator);
    rate_limits::count_identity(state, parts, identity.share()).await?;
    Ok(identity)
}

async fn prove_key(state: &AppState, hash: SecretHash) -> Result<Proof, ApiError> {
    let key = state.store().key_by_secret(&hash).await?;
    let key = key.ok_or(ApiError::InvalidKey("unknown"))?;
    if key.revoked_at.is_some() {
        return Err(ApiError::InvalidKey("revoked"));
    }
    if !key.is_valid_at(unix_millis()) {
        return Err(ApiError::InvalidKey("expired"));
    }
    let role = match &key.owner {
        KeyOwner::Namespace(_) => role_by_scopes(&key),
        KeyOwner::Account(id) => {
            let account = state.store().account(id).await?;
            let role = account.ok_or(ApiError::InvalidKey("unknown"))?.role;
            role.min(role_by_scopes(&key))
        }
    };
    Ok(Proof::Key(Arc::new(key), role, hash))
}

/// Returns the role that a key's scopes amount to.
fn role_by_scopes(key: &ApiKey) -> Role {
    if key.scopes.contains(&KeyScope::Admin) {
        Role::Admin
    } else if key.scopes.contains(&KeyScope::Setter) {
        Role::Setter
    } else {
        Role::User
    }
}

/// A session that has ended is none: its page is told to log in where that is needed.
async fn prove_session(state: &AppState, token: &str, parts: &Parts) -> Result<Proof, ApiError> {
    let hash = SecretHash::of(token);
    let Some(account) = state.store().session_account(&hash).await? else {
        return Ok(Proof::Nothing);
    };
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method);
    if !is_safe || parts.headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        check_own_site(parts)?;
    }
    Ok(Proof::Session(Arc::new(account), hash))
}

/// Returns an identity with the rights that it has now: for what stays open. Fails with
/// [`ApiError::LoginRequired`] after the end of a session, and with [`ApiError::InvalidKey`].
pub(crate) async fn renewed(state: &AppState, identity: &Identity) -> Result<Identity, ApiError> {
    let proof = match identity.proof() {
        Proof::Nothing | Proof::Operator => return Ok(identity.clone()),
        Proof::Key(_, _, hash) => prove_key(state, hash.clone()).await?,
        Proof::Session(_, hash) => {
            let account = state.store().session_account(hash).await?;
            let account = account.ok_or(ApiError::LoginRequired)?;
            Proof::Session(Arc::new(account), hash.clone())
        }
    };
    Ok(identity.with_proof(proof))
}

fn unix_millis() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since_epoch.unwrap_or_default().as_millis();
    i64::try_from(millis).unwrap_or(i64::MAX)
}
