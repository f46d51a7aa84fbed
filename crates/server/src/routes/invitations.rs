//! Invitations to register, for admins.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_model::{AuditAction, Invitation, InvitationId, RandomSecret, Role, UserName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::small_bodies;
use crate::accounts::unix_millis_after;
use crate::body::{ApiJson, RequestBody};
use crate::caller::{Caller, Proof};
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::PathText;
use crate::{AppState, AuthMode, RegistrationMode};

const DEFAULT_DAYS: u32 = 7;
/// Longest time that an invitation is valid for.
const MAX_INVITATION_DAYS: u32 = 90;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InvitationRequest {
    /// The name that the account gets; whoever registers chooses when absent.
    name: Option<String>,
    /// `user` when absent.
    role: Option<Role>,
    /// Days until it expires; 7 when absent.
    #[schema(minimum = 1, maximum = 90)]
    days: Option<u32>,
}

/// A new invitation, for one registration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationAnswer {
    id: InvitationId,
    /// Shown here and never again; `invitation` of `POST /api/auth/register`.
    code: String,
    /// Path and query of the page that it is entered on.
    #[schema(example = "/register?invitation=…")]
    path: String,
    role: Role,
    /// Unix time in milliseconds.
    expires_at: i64,
}

small_bodies!(InvitationRequest);

/// Invite somebody to register.
#[utoipa::path(
    post, path = "/api/admin/invitations", operation_id = "invite", tag = "admin",
    request_body = InvitationRequest,
    responses((status = 201, description = "The invitation", body = InvitationAnswer), ErrorResponses),
)]
pub(crate) async fn invite(
    State(state): State<AppState>,
    ApiJson { value, caller, .. }: ApiJson<InvitationRequest>,
) -> Result<(StatusCode, Json<InvitationAnswer>), ApiError> {
    caller.require_role(Role::Admin)?;
    let auth = &state.settings().auth;
    if auth.mode != AuthMode::Accounts {
        return Err(ApiError::NoAccounts);
    }
    if auth.registration == RegistrationMode::Closed {
        return Err(ApiError::RegistrationClosed);
    }
    let days = value.days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MAX_INVITATION_DAYS).contains(&days) {
        let reason = format!("`days` is 1 to {MAX_INVITATION_DAYS}");
        let field = Some("days".to_owned());
        return Err(ApiError::InvalidJson { field, reason });
    }
    let name = value.name.as_deref().map(UserName::parse).transpose();
    let secret = RandomSecret::new();
    let invitation = Invitation {
        name: name.map_err(|_| ApiError::InvalidUserName)?,
        role: value.role.unwrap_or(Role::User),
        created_by: match caller.identity().proof() {
            Proof::Session(account, _) => account.name.to_string(),
            Proof::Key(key, ..) => key.name.clone(),
            Proof::Operator | Proof::Nothing => "operator".to_owned(),
        },
        created_at: unix_millis_after(Duration::ZERO),
        expires_at: unix_millis_after(Duration::from_secs(u64::from(days) * 24 * 3600)),
    };
    state
        .store()
        .add_invitation(&secret.hash(), &invitation)
        .await?;
    let id = InvitationId::of(&secret.hash());
    let event = caller
        .audit_event(AuditAction::InvitationAdded)
        .on(id.as_str());
    let name = invitation.name.as_ref().map(UserName::as_str);
    let event = event
        .with("role", invitation.role)
        .with("name", name.unwrap_or_default());
    state.store().record_audit(&event).await?;
    let answer = InvitationAnswer {
        id,
        code: secret.as_text().to_owned(),
        path: format!("/register?invitation={}", secret.as_text()),
        role: invitation.role,
        expires_at: invitation.expires_at,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// An invitation that nobody has used, without its code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenInvitation {
    id: InvitationId,
    /// The name that the account gets; `null` if whoever registers chooses.
    #[schema(required)]
    name: Option<UserName>,
    role: Role,
    /// User name of who invites, or `operator`.
    created_by: String,
    /// This and the other time: Unix time in milliseconds.
    created_at: i64,
    expires_at: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationList {
    /// Newest first, at most 1,000.
    invitations: Vec<OpenInvitation>,
}

/// List the invitations that can still be used.
#[utoipa::path(
    get, path = "/api/admin/invitations", operation_id = "listInvitations", tag = "admin",
    responses((status = 200, description = "The invitations", body = InvitationList), ErrorResponses),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<InvitationList>, ApiError> {
    caller.require_role(Role::Admin)?;
    let invitations = state.store().invitations().await?.into_iter();
    let invitations = invitations.map(|(id, invitation)| OpenInvitation {
        id,
        name: invitation.name,
        role: invitation.role,
        created_by: invitation.created_by,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
    });
    Ok(Json(InvitationList {
        invitations: invitations.collect(),
    }))
}

/// Revoke an invitation that nobody has used.
#[utoipa::path(
    delete, path = "/api/admin/invitations/{id}", operation_id = "revokeInvitation", tag = "admin",
    params(("id" = String, Path, description = "The invitation's id")),
    responses((status = 204, description = "The invitation is revoked"), ErrorResponses),
)]
pub(crate) async fn revoke(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    caller.require_role(Role::Admin)?;
    let id = InvitationId::parse(&id).ok_or(ApiError::InvitationNotFound)?;
    if !state.store().revoke_invitation(&id).await? {
        return Err(ApiError::InvitationNotFound);
    }
    let event = caller
        .audit_event(AuditAction::InvitationRevoked)
        .on(id.as_str());
    state.store().record_audit(&event).await?;
    Ok(StatusCode::NO_CONTENT)
}
