use axum::Json;
use axum::extract::State;
use letscode_model::{UserId, Violation, ViolationEvidence};
use letscode_store::ViolationFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{AdminRights, check_numbers, row_id, user_name};
use crate::AppState;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::{ApiQuery, PathText};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ViolationQuery {
    /// Only violations of this user.
    #[param(max_length = 128)]
    user: Option<String>,
    /// Only violations since this time, in Unix milliseconds.
    #[param(minimum = 0, maximum = 9007199254740991i64)]
    since: Option<i64>,
    /// `nextBefore` of the page before.
    #[param(minimum = 1, maximum = 9007199254740991i64)]
    before: Option<i64>,
    /// Size of the page; at most 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A page of violations, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ViolationList {
    violations: Vec<Violation>,
    /// `before` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_before: Option<i64>,
}

/// A violation and what shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ViolationDetail {
    #[serde(flatten)]
    violation: Violation,
    /// The program with its input and limits (`run`), its usage, the ends of its output, the toolchain's
    /// identity and the policy's version. Text that is not UTF-8 is an object with `base64`.
    #[schema(value_type = Option<Object>)]
    evidence: Option<ViolationEvidence>,
}

/// List programs that were ended for something that they may not do.
#[utoipa::path(
    get, path = "/api/admin/violations", operation_id = "listViolations", tag = "admin",
    params(ViolationQuery), security(("adminToken" = []), ()),
    responses((status = 200, description = "A page of them", body = ViolationList), ErrorResponses),
)]
pub(crate) async fn list(
    _: AdminRights,
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<ViolationQuery>,
) -> Result<Json<ViolationList>, ApiError> {
    check_numbers(query.since, query.before, query.limit)?;
    let filter = ViolationFilter {
        user_id: user_name(query.user)?.map(UserId),
        since: query.since,
        before: query.before,
        limit: query.limit,
    };
    let page = state.store().list_violations(&filter).await?;
    Ok(Json(ViolationList {
        violations: page.violations,
        next_before: page.next_before,
    }))
}

/// Get a violation with its evidence.
#[utoipa::path(
    get, path = "/api/admin/violations/{id}", operation_id = "getViolation", tag = "admin",
    params(("id" = i64, Path, description = "The violation's number", minimum = 1,
        maximum = 9007199254740991i64)),
    security(("adminToken" = []), ()),
    responses((status = 200, description = "The violation", body = ViolationDetail), ErrorResponses),
)]
pub(crate) async fn get(
    _: AdminRights,
    State(state): State<AppState>,
    PathText(id): PathText,
) -> Result<Json<ViolationDetail>, ApiError> {
    let id = row_id(&id)?;
    let violation = state.store().violation(id).await?;
    Ok(Json(ViolationDetail {
        violation: violation.ok_or(ApiError::NotFound)?,
        evidence: state.store().evidence(id).await?,
    }))
}
