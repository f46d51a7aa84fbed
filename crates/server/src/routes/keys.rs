//! API keys of accounts: each acts as the account that made it.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_model::{
    ApiKey, AuditAction, KeyId, KeyNamespace, KeyOwner, KeyScope, RandomSecret, Role, UserId,
};
use letscode_store::{MAX_KEYS, NewKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::small_bodies;
use crate::AppState;
use crate::accounts::unix_millis_after;
use crate::body::{ApiJson, RequestBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::PathText;

/// Longest time that a key is valid for.
pub(crate) const MAX_DAYS: u32 = 3660;

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyAnswer {
    id: KeyId,
    name: String,
    /// The account that it acts as; `null` for a key that vouches for its users' ids.
    #[schema(required)]
    account: Option<UserId>,
    /// Where the ids that it vouches for are kept apart; `null` for a key of an account.
    #[schema(required)]
    namespace: Option<KeyNamespace>,
    scopes: BTreeSet<KeyScope>,
    /// Runs and submissions by hour or day; `null` if they are not counted.
    #[schema(required, example = "10000/day")]
    quota: Option<String>,
    /// This and the other times: Unix time in milliseconds.
    created_at: i64,
    #[schema(required)]
    expires_at: Option<i64>,
    #[schema(required)]
    revoked_at: Option<i64>,
    /// Exact to the hour.
    #[schema(required)]
    last_used_at: Option<i64>,
}

impl From<ApiKey> for KeyAnswer {
    fn from(key: ApiKey) -> Self {
        let (account, namespace) = match key.owner {
            KeyOwner::Account(account) => (Some(account), None),
            KeyOwner::Namespace(namespace) => (None, Some(namespace)),
        };
        KeyAnswer {
            id: key.id,
            name: key.name,
            account,
            namespace,
            scopes: key.scopes,
            quota: key.quota.map(|quota| quota.to_string()),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A new API key, with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewKeyAnswer {
    /// The secret: shown here and never again.
    #[schema(example = "lc_…")]
    secret: String,
    key: KeyAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// Newest first.
    pub keys: Vec<KeyAnswer>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeyRequest {
    /// For people: 1 to 64 bytes.
    #[schema(example = "laptop")]
    name: String,
    /// At least one; `setter` and `admin` for accounts of that role alone.
    scopes: BTreeSet<KeyScope>,
    /// Days until the key expires; never when absent.
    #[schema(minimum = 1, maximum = 3660)]
    expires_in_days: Option<u32>,
    /// Runs and submissions by hour or day, such as `1000/day`.
    #[schema(example = "1000/day")]
    quota: Option<String>,
}

small_bodies!(KeyRequest);

/// List the account's API keys.
#[utoipa::path(
    get, path = "/api/account/keys", operation_id = "listKeys", tag = "accounts",
    responses((status = 200, description = "The keys", body = KeyList), ErrorResponses),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<KeyList>, ApiError> {
    let account = caller.session_account()?;
    let keys = state.store().keys(Some(&account.id)).await?;
    let keys = keys.into_iter().map(KeyAnswer::from).collect();
    Ok(Json(KeyList { keys }))
}

/// Make an API key that acts as the account.
#[utoipa::path(
    post, path = "/api/account/keys", operation_id = "addKey", tag = "accounts",
    request_body = KeyRequest,
    responses((status = 201, description = "The key", body = NewKeyAnswer), ErrorResponses),
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    ApiJson { value, caller, .. }: ApiJson<KeyRequest>,
) -> Result<(StatusCode, Json<NewKeyAnswer>), ApiError> {
    let account = caller.session_account()?;
    let secret = RandomSecret::new_key();
    let new = NewKey {
        hash: secret.hash(),
        owner: KeyOwner::Account(account.id.clone()),
        ..value.check(account.role)?
    };
    let key = state.store().add_key(&new).await?;
    let key = key.ok_or(ApiError::TooManyKeys(MAX_KEYS))?;
    let event = caller
        .audit_event(AuditAction::KeyAdded)
        .on(&key.id.to_string());
    state
        .store()
        .record_audit(&event.with("name", &key.name))
        .await?;
    let answer = NewKeyAnswer {
        secret: secret.as_text().to_owned(),
        key: key.into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

impl KeyRequest {
    /// Checks a request of somebody with this role.
    fn check(self, role: Role) -> Result<NewKey, ApiError> {
        let invalid = |field: &str, reason: String| ApiError::InvalidJson {
            field: Some(field.to_owned()),
            reason,
        };
        let name = letscode_model::plain_title(&self.name);
        if !(1..=ApiKey::MAX_NAME_BYTES).contains(&name.len()) {
            let reason = format!("`name` has 1 to {} bytes", ApiKey::MAX_NAME_BYTES);
            return Err(invalid("name", reason));
        }
        if self.scopes.is_empty() {
            return Err(invalid("scopes", "`scopes` has at least one".to_owned()));
        }
        for (scope, least) in [
            (KeyScope::Setter, Role::Setter),
            (KeyScope::Admin, Role::Admin),
        ] {
            if self.scopes.contains(&scope) && role < least {
                return Err(ApiError::MissingRole(least.to_string()));
            }
        }
        if self
            .expires_in_days
            .is_some_and(|days| !(1..=MAX_DAYS).contains(&days))
        {
            let reason = format!("`expiresInDays` is 1 to {MAX_DAYS}");
            return Err(invalid("expiresInDays", reason));
        }
        let quota = self.quota.as_deref().map(str::parse).transpose();
        let days = |days| Duration::from_secs(u64::from(days) * 24 * 3600);
        Ok(NewKey {
            hash: RandomSecret::new().hash(),
            name,
            owner: KeyOwner::Account(UserId(String::new())),
            scopes: self.scopes,
            quota: quota.map_err(|error: letscode_model::InvalidQuota| {
                invalid("quota", error.to_string())
            })?,
            expires_at: self
                .expires_in_days
                .map(|count| unix_millis_after(days(count))),
        })
    }
}

/// Revoke one of the account's API keys, at once and for ever.
#[utoipa::path(
    delete, path = "/api/account/keys/{id}", operation_id = "revokeKey", tag = "accounts",
    params(("id" = KeyId, Path, description = "The key's id")),
    responses((status = 204, description = "The key is revoked"), ErrorResponses),
)]
pub(crate) async fn revoke(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    let account = caller.session_account()?;
    let keys = state.store().keys(Some(&account.id)).await?;
    let own = keys.iter().find(|key| key.id.to_string() == id);
    let own = own.ok_or(ApiError::KeyNotFound)?;
    state.store().revoke_key(own.id).await?;
    let event = caller
        .audit_event(AuditAction::KeyRevoked)
        .on(&own.id.to_string());
    state
        .store()
        .record_audit(&event.with("name", &own.name))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
