//! What people do with their own account.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use letscode_model::{AuditAction, UserName, UserSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{AccountAnswer, confirm, small_bodies};
use crate::AppState;
use crate::accounts::erase_user;
use crate::body::{ApiJson, RequestBody};
use crate::caller::{Caller, ServiceCookie};
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EraseRequest {
    /// The password; absent for an account that has none.
    password: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RenameRequest {
    #[schema(example = "ada")]
    name: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClaimRequest {
    /// The secret of the browser that submitted: it proves whose the submissions are.
    secret: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimAnswer {
    /// Number of submissions that are the account's now.
    submissions: u64,
}

small_bodies!(EraseRequest, RenameRequest, ClaimRequest);

/// Get the account of the session.
#[utoipa::path(
    get, path = "/api/account", operation_id = "getAccount", tag = "accounts",
    responses((status = 200, description = "The account", body = AccountAnswer), ErrorResponses),
)]
pub(crate) async fn get(caller: Caller) -> Result<Json<AccountAnswer>, ApiError> {
    Ok(Json(caller.session_account()?.clone().into()))
}

/// Erase the account with everything that is stored of it: submissions, runs that are kept, sessions and
/// API keys. It can't be undone.
#[utoipa::path(
    delete, path = "/api/account", operation_id = "eraseAccount", tag = "accounts",
    request_body = EraseRequest,
    responses((status = 204, description = "Nothing is left of the account"), ErrorResponses),
)]
pub(crate) async fn erase(
    State(state): State<AppState>,
    parts: Parts,
    ApiJson { value, caller, .. }: ApiJson<EraseRequest>,
) -> Result<Response, ApiError> {
    let id = caller.session_account()?.id.clone();
    confirm(&state, &caller, value.password).await?;
    // Before anything is cancelled.
    if state.store().is_last_admin(&id).await? {
        return Err(ApiError::LastAdmin);
    }
    // A task of its own: a client that disconnects must not leave half of it.
    let event = caller.audit_event(AuditAction::AccountDeleted).on(&id.0);
    let erasing = tokio::spawn(async move { erase_user(&state, &id, &event).await });
    erasing
        .await
        .map_err(|error| internal("erasing a user failed", &error))??;
    let headers = [(header::SET_COOKIE, ServiceCookie::Session.forget(&parts))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// Change the name that the account logs in with.
#[utoipa::path(
    post, path = "/api/account/name", operation_id = "renameAccount", tag = "accounts",
    request_body = RenameRequest,
    responses((status = 200, description = "The account", body = AccountAnswer), ErrorResponses),
)]
pub(crate) async fn rename(
    State(state): State<AppState>,
    ApiJson { value, caller, .. }: ApiJson<RenameRequest>,
) -> Result<Json<AccountAnswer>, ApiError> {
    let mut account = caller.session_account()?.clone();
    account.name = UserName::parse(&value.name).map_err(|_| ApiError::InvalidUserName)?;
    if !state.store().rename(&account.id, &account.name).await? {
        return Err(ApiError::NameTaken);
    }
    Ok(Json(account.into()))
}

/// Take the submissions that a browser made without a log-in into the account.
#[utoipa::path(
    post, path = "/api/account/claim", operation_id = "claimSubmissions", tag = "accounts",
    request_body = ClaimRequest,
    responses((status = 200, description = "How many there were", body = ClaimAnswer), ErrorResponses),
)]
pub(crate) async fn claim(
    State(state): State<AppState>,
    ApiJson { value, caller, .. }: ApiJson<ClaimRequest>,
) -> Result<Json<ClaimAnswer>, ApiError> {
    let account = caller.session_account()?;
    let secret = UserSecret::parse(&value.secret).ok_or(ApiError::InvalidSecret)?;
    let from = secret.public_id();
    let submissions = state.store().move_submissions(&from, &account.id).await?;
    Ok(Json(ClaimAnswer { submissions }))
}
