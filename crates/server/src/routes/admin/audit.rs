use axum::Json;
use axum::extract::State;
use letscode_model::{AuditAction, AuditEntry};
use letscode_store::AuditFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{AdminRights, check_numbers, user_name};
use crate::AppState;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::ApiQuery;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only events by this actor, or on this subject.
    #[param(max_length = 128)]
    user: Option<String>,
    action: Option<AuditAction>,
    /// Only events since this time, in Unix milliseconds.
    #[param(minimum = 0, maximum = 9007199254740991i64)]
    since: Option<i64>,
    /// `nextBefore` of the page before.
    #[param(minimum = 1, maximum = 9007199254740991i64)]
    before: Option<i64>,
    /// Size of the page; at most 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditList {
    events: Vec<AuditEntry>,
    /// `before` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_before: Option<i64>,
}

/// List who did what: violations, log-ins, keys, roles, problems, rejudges, flags.
#[utoipa::path(
    get, path = "/api/admin/audit", operation_id = "listAuditEvents", tag = "admin",
    params(AuditQuery), security(("adminToken" = []), ()),
    responses((status = 200, description = "A page of events", body = AuditList), ErrorResponses),
)]
pub(crate) async fn list(
    _: AdminRights,
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> Result<Json<AuditList>, ApiError> {
    check_numbers(query.since, query.before, query.limit)?;
    let filter = AuditFilter {
        user: user_name(query.user)?,
        action: query.action,
        since: query.since,
        before: query.before,
        limit: query.limit,
    };
    let page = state.store().list_audit(&filter).await?;
    Ok(Json(AuditList {
        events: page.entries,
        next_before: page.next_before,
    }))
}
