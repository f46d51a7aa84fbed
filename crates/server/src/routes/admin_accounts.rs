//! Accounts and keys, for admins.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_model::{AuditAction, KeyId, Role, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::{AccountAnswer, MAX_NAME_TEXT_BYTES, small_bodies};
use super::keys::{KeyAnswer, KeyList};
use crate::AppState;
use crate::body::{ApiJson, RequestBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::{ApiQuery, PathText, page_size};

const DEFAULT_PAGE_SIZE: u32 = 100;
const MAX_PAGE_SIZE: u32 = 1000;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    /// `next` of the previous page.
    after: Option<String>,
    /// At most this many; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountList {
    /// By name.
    users: Vec<AccountAnswer>,
    /// Start of the next page; `null` on the last one.
    #[schema(required)]
    next: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RoleRequest {
    role: Role,
}

small_bodies!(RoleRequest);

/// List all accounts.
#[utoipa::path(
    get, path = "/api/admin/users", operation_id = "listUsers", tag = "admin", params(AccountQuery),
    responses((status = 200, description = "One page", body = AccountList), ErrorResponses),
)]
pub(crate) async fn users(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(query): ApiQuery<AccountQuery>,
) -> Result<Json<AccountList>, ApiError> {
    caller.require_role(Role::Admin)?;
    let limit = page_size(query.limit, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?;
    if query
        .after
        .as_ref()
        .is_some_and(|after| after.len() > MAX_NAME_TEXT_BYTES)
    {
        let reason = format!("`after` has at most {MAX_NAME_TEXT_BYTES} bytes");
        return Err(ApiError::InvalidParameter { reason });
    }
    // A text with a NUL would be an error of PostgreSQL.
    let after = query.after.as_deref().filter(|after| !after.contains('\0'));
    let page = state.store().accounts(after, limit).await?;
    Ok(Json(AccountList {
        users: page.accounts.into_iter().map(AccountAnswer::from).collect(),
        next: page.next,
    }))
}

/// Change somebody's role. It holds from their next request on.
#[utoipa::path(
    post, path = "/api/admin/users/{id}", operation_id = "changeRole", tag = "admin",
    params(("id" = String, Path, description = "The account's id")),
    request_body = RoleRequest,
    responses((status = 200, description = "The account", body = AccountAnswer), ErrorResponses),
)]
pub(crate) async fn change_role(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiJson { value, caller, .. }: ApiJson<RoleRequest>,
) -> Result<Json<AccountAnswer>, ApiError> {
    caller.require_role(Role::Admin)?;
    let id = Some(UserId(id)).filter(UserId::is_account);
    let id = id.ok_or(ApiError::AccountNotFound)?;
    if !state.store().set_role(&id, value.role).await? {
        return Err(ApiError::AccountNotFound);
    }
    let event = caller.audit_event(AuditAction::RoleChange).on(&id.0);
    state
        .store()
        .record_audit(&event.with("role", value.role))
        .await?;
    let account = state.store().account(&id).await?;
    Ok(Json(account.ok_or(ApiError::AccountNotFound)?.into()))
}

/// List all API keys.
#[utoipa::path(
    get, path = "/api/admin/keys", operation_id = "listAllKeys", tag = "admin",
    responses((status = 200, description = "The keys", body = KeyList), ErrorResponses),
)]
pub(crate) async fn keys(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<KeyList>, ApiError> {
    caller.require_role(Role::Admin)?;
    let keys = state.store().keys(None).await?;
    let keys = keys.into_iter().map(KeyAnswer::from).collect();
    Ok(Json(KeyList { keys }))
}

/// Revoke an API key, at once and for ever.
#[utoipa::path(
    delete, path = "/api/admin/keys/{id}", operation_id = "revokeAnyKey", tag = "admin",
    params(("id" = KeyId, Path, description = "The key's id")),
    responses((status = 204, description = "The key is revoked"), ErrorResponses),
)]
pub(crate) async fn revoke_key(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    caller.require_role(Role::Admin)?;
    let id: KeyId = id.parse().map_err(|_| ApiError::KeyNotFound)?;
    if !state.store().revoke_key(id).await? {
        return Err(ApiError::KeyNotFound);
    }
    let event = caller
        .audit_event(AuditAction::KeyRevoked)
        .on(&id.to_string());
    state.store().record_audit(&event).await?;
    Ok(StatusCode::NO_CONTENT)
}
