//! Identities at the OpenID provider that log in as an account.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use letscode_model::{AccountIdentity, AuditAction, SecretHash};
use letscode_store::UnlinkedIdentity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{confirm, small_bodies};
use super::provider_login::{ACCOUNT_PAGE, ProviderLoginAnswer};
use crate::AppState;
use crate::accounts::{LoginPurpose, begin_provider_login};
use crate::body::{ApiJson, RequestBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::PathText;

/// Digits of an identity's id.
const ID_DIGITS: usize = 16;

/// An account at an OpenID provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityAnswer {
    #[schema(example = "5f0c3a9d1b2e4f60")]
    id: String,
    /// URL of the provider.
    #[schema(example = "https://login.example")]
    issuer: String,
    /// Name of the account there.
    subject: String,
}

impl From<AccountIdentity> for IdentityAnswer {
    fn from(identity: AccountIdentity) -> Self {
        // An issuer is a URL, and has no space.
        let hash = SecretHash::of(&format!("{} {}", identity.issuer, identity.subject));
        IdentityAnswer {
            id: hash.as_str().chars().take(ID_DIGITS).collect(),
            issuer: identity.issuer,
            subject: identity.subject,
        }
    }
}

/// Ways to log in to an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityList {
    identities: Vec<IdentityAnswer>,
    /// True if the account has a password.
    has_password: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IdentityRequest {
    /// The password; absent for an account that has none.
    password: Option<String>,
}

small_bodies!(IdentityRequest);

/// List the ways to log in to the account.
#[utoipa::path(
    get, path = "/api/account/identities", operation_id = "listIdentities", tag = "accounts",
    responses((status = 200, description = "The ways", body = IdentityList), ErrorResponses),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<IdentityList>, ApiError> {
    let account = caller.session_account()?;
    let identities = state.store().identities(&account.id).await?;
    let hash = state.store().password_hash(&account.id).await?;
    Ok(Json(IdentityList {
        identities: identities.into_iter().map(IdentityAnswer::from).collect(),
        has_password: hash.is_some(),
    }))
}

/// Begin to link an identity at the OpenID provider, which logs in as the account from then on. It ends
/// in the browser, on the page `/account`, with `?failed=…` if it failed.
#[utoipa::path(
    post, path = "/api/account/identities", operation_id = "linkIdentity", tag = "accounts",
    request_body = IdentityRequest,
    responses(
        (status = 200, description = "Where it goes on", body = ProviderLoginAnswer,
            headers(("Set-Cookie", description = "Binds the log-in to the browser"))),
        ErrorResponses,
    ),
)]
pub(crate) async fn link(
    State(state): State<AppState>,
    parts: Parts,
    ApiJson { value, caller, .. }: ApiJson<IdentityRequest>,
) -> Result<Response, ApiError> {
    let account = caller.session_account()?.id.clone();
    state.oidc()?;
    confirm(&state, &caller, value.password).await?;
    let purpose = (LoginPurpose::Link { account }, ACCOUNT_PAGE.to_owned());
    let begun = begin_provider_login(&state, &parts, caller.address(), purpose);
    begun.await.map(ProviderLoginAnswer::with_cookie)
}

/// End that an identity logs in as the account. The only way to log in can't be ended.
#[utoipa::path(
    delete, path = "/api/account/identities/{id}", operation_id = "unlinkIdentity", tag = "accounts",
    params(("id" = String, Path, description = "The identity's id")),
    request_body = IdentityRequest,
    responses((status = 204, description = "It logs in no more"), ErrorResponses),
)]
pub(crate) async fn unlink(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiJson { value, caller, .. }: ApiJson<IdentityRequest>,
) -> Result<StatusCode, ApiError> {
    let account = caller.session_account()?;
    let identities = state.store().identities(&account.id).await?;
    let is_meant = |identity: &&AccountIdentity| IdentityAnswer::from((*identity).clone()).id == id;
    let identity = identities.iter().find(is_meant);
    let identity = identity.ok_or(ApiError::IdentityNotFound)?;
    confirm(&state, &caller, value.password).await?;
    match state.store().unlink_identity(&account.id, identity).await? {
        UnlinkedIdentity::Unlinked => {}
        UnlinkedIdentity::NotFound => return Err(ApiError::IdentityNotFound),
        UnlinkedIdentity::LastWayIn => return Err(ApiError::LastWayIn),
    }
    let event = caller
        .audit_event(AuditAction::IdentityUnlinked)
        .on(&account.id.0);
    let event = event.with("provider", &identity.issuer);
    state.store().record_audit(&event).await?;
    Ok(StatusCode::NO_CONTENT)
}
