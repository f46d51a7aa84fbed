use std::time::Duration;

use axum::Json;
use axum::extract::State;
use letscode_model::{
    AccountFlag, Event, FlagChanged, FlagSubject, FlagSubjectKind, StatedUserId, UserId,
};
use letscode_store::FlagChange;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AdminRights;
use crate::audit_sender::AuditSender;
use crate::body::{ApiJson, RequestBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::flag_reaction::FlagReaction;
use crate::params::PathText;
use crate::{AppState, flags};

/// Largest size of a reason, in bytes.
const MAX_REASON_BYTES: usize = 500;
/// Longest time of a flag, in seconds: ten years.
const MAX_SECONDS: u64 = 10 * 366 * 24 * 3600;

/// The flags that have not ended, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlagList {
    flags: Vec<AccountFlag>,
}

/// The caller's own flag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnFlag {
    /// Null for almost everybody.
    flag: Option<AccountFlag>,
    /// What it does as long as it lasts.
    reaction: FlagReaction,
}

/// Setting or lifting a flag.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FlagRequest {
    /// False lifts the flag.
    flagged: bool,
    /// For the audit log and, of a flag, for the user: 1 to 500 bytes.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// `user` when absent.
    kind: Option<FlagSubjectKind>,
    /// Time after which it ends; a day when absent.
    #[schema(minimum = 1, maximum = 316224000)]
    seconds: Option<u64>,
}

impl RequestBody for FlagRequest {
    const MAX_BODY_BYTES: usize = 16 * 1024;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        None
    }
}

/// List the users and addresses that are flagged.
#[utoipa::path(
    get, path = "/api/admin/flags", operation_id = "listFlags", tag = "admin",
    security(("adminToken" = []), ()),
    responses((status = 200, description = "The flags", body = FlagList), ErrorResponses),
)]
pub(crate) async fn list(
    _: AdminRights,
    State(state): State<AppState>,
) -> Result<Json<FlagList>, ApiError> {
    let flags = state.store().list_flags().await?;
    Ok(Json(FlagList { flags }))
}

/// Flag a user or an address, or lift a flag before its end.
#[utoipa::path(
    post, path = "/api/admin/flags/{name}", operation_id = "changeFlag", tag = "admin",
    params(("name" = String, Path, description = "Id of the user, or the address", example = "ada",
        max_length = 128)),
    request_body = FlagRequest, security(("adminToken" = []), ()),
    responses(
        (status = 200, description = "The flag that was set or lifted", body = AccountFlag),
        ErrorResponses,
    ),
)]
pub(crate) async fn change(
    _: AdminRights,
    State(state): State<AppState>,
    PathText(name): PathText,
    sender: AuditSender,
    ApiJson { value, .. }: ApiJson<FlagRequest>,
) -> Result<Json<AccountFlag>, ApiError> {
    let reason = value.reason.trim();
    if reason.is_empty() || reason.len() > MAX_REASON_BYTES {
        let reason = format!("`reason` has 1 to {MAX_REASON_BYTES} bytes");
        return Err(ApiError::InvalidParameter { reason });
    }
    let user_id = UserId::parse(&name).ok_or(ApiError::InvalidUserId)?;
    let seconds = value.seconds.unwrap_or(24 * 3600);
    if !(1..=MAX_SECONDS).contains(&seconds) {
        let reason = format!("`seconds` is 1 to {MAX_SECONDS}");
        return Err(ApiError::InvalidParameter { reason });
    }
    let change = FlagChange {
        subject: FlagSubject {
            kind: value.kind.unwrap_or(FlagSubjectKind::User),
            name: user_id.0,
        },
        duration: value.flagged.then(|| Duration::from_secs(seconds)),
        reason: reason.to_owned(),
        actor: sender.actor,
        address: sender.address.map(|address| address.to_string()),
    };
    let changed = state.store().change_flag(&change).await?;
    let flag = changed.ok_or(ApiError::NotFound)?;
    if flag.subject.kind == FlagSubjectKind::User {
        let until = value.flagged.then_some(flag.until);
        let event = Event::FlagChanged(FlagChanged { until });
        let user = UserId(flag.subject.name.clone());
        state.broker().events.publish(&user, event).await?;
    }
    Ok(Json(flag))
}

/// Get your own flag: after several violations of what programs may do, a user or an address is flagged
/// for a while.
#[utoipa::path(
    get, path = "/api/flag", operation_id = "getFlag", tag = "submissions",
    params(("userId" = Option<String>, Query, example = "user-123",
        description = "The user; not needed with the user's secret in a header.")),
    responses((status = 200, description = "The flag, if there is one", body = OwnFlag), ErrorResponses),
)]
pub(crate) async fn own(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<OwnFlag>, ApiError> {
    Ok(Json(OwnFlag {
        flag: flags::active_flag(
            &state,
            caller.user_id(),
            &caller.turn_terms(state.settings()),
        )
        .await?,
        reaction: state.settings().on_flag,
    }))
}
