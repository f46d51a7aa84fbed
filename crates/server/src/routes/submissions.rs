use axum::Json;
use axum::extract::State;
use letscode_model::{LanguageId, ProblemId, Submission, SubmissionSummary};
use letscode_store::{MAX_PAGE_SIZE, SubmissionFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::AppState;
use crate::admission;
use crate::error::ApiError;
use crate::params::{ApiQuery, PathText};
use crate::problem::Refusals;

const DEFAULT_PAGE_SIZE: u32 = 20;

/// Where a submission stands, with its verdict and test results.
#[utoipa::path(
    get, path = "/api/submission/{id}", operation_id = "getSubmission", tag = "submissions",
    params(("id" = String, Path, format = Uuid, description = "The submission's id")),
    responses((status = 200, description = "The submission", body = Submission), Refusals),
)]
pub(crate) async fn one(
    State(state): State<AppState>,
    PathText(id): PathText,
) -> Result<Json<Submission>, ApiError> {
    let id = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let submission = state.store().submission(id).await?;
    submission.map(Json).ok_or(ApiError::SubmissionNotFound)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct SourceQuery {
    /// Who submitted it. Required until there are accounts: to have seen an id is not enough.
    #[param(required = true, example = "user-123")]
    user_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmittedSource {
    language: LanguageId,
    code: String,
}

/// The code of a submission, for whoever submitted it.
#[utoipa::path(
    get, path = "/api/submission/{id}/source", operation_id = "getSource", tag = "submissions",
    params(("id" = String, Path, format = Uuid, description = "The submission's id"), SourceQuery),
    responses((status = 200, description = "The code", body = SubmittedSource), Refusals),
)]
pub(crate) async fn source(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiQuery(query): ApiQuery<SourceQuery>,
) -> Result<Json<SubmittedSource>, ApiError> {
    let id = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let user = query.user_id.ok_or_else(|| ApiError::InvalidParameter {
        reason: "`userId` is required".to_owned(),
    })?;
    let user = admission::user(Some(&user))?;
    let submitted = state.store().new_submission(id).await?;
    // Whether somebody else's submission exists is nobody's business either. Anybody can be who submitted without
    // a name, and find all of those in a list.
    let own = submitted.filter(|one| one.user_id == user && !admission::is_anonymous(&user));
    let submission = own.ok_or(ApiError::SubmissionNotFound)?;
    Ok(Json(SubmittedSource {
        language: submission.language,
        code: submission.code,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Whose submissions. Required until there are accounts: ids of submissions are not for all.
    #[param(required = true, example = "user-123")]
    user_id: Option<String>,
    /// Only those to this problem.
    problem_id: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// At most this many; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubmissionList {
    /// Newest first.
    submissions: Vec<SubmissionSummary>,
    /// Where the next page begins; `null` on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A user's submissions, newest first, without code.
#[utoipa::path(
    get, path = "/api/submissions", operation_id = "listSubmissions", tag = "submissions", params(ListQuery),
    responses((status = 200, description = "One page", body = SubmissionList), Refusals),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<SubmissionList>, ApiError> {
    let page = state.store().list_submissions(&filter(query)?).await?;
    Ok(Json(SubmissionList {
        submissions: page.submissions,
        next_cursor: page.next_cursor,
    }))
}

fn filter(query: ListQuery) -> Result<SubmissionFilter, ApiError> {
    let invalid = |reason: String| ApiError::InvalidParameter { reason };
    let user = query
        .user_id
        .ok_or_else(|| invalid("`userId` is required".to_owned()))?;
    let problem = query.problem_id.as_deref().map(ProblemId::parse);
    let limit = query.limit.unwrap_or(DEFAULT_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&limit) {
        return Err(invalid(format!("`limit` is 1 to {MAX_PAGE_SIZE}")));
    }
    Ok(SubmissionFilter {
        user_id: Some(admission::user(Some(&user))?),
        problem_id: problem
            .transpose()
            .map_err(|error| invalid(error.to_string()))?,
        cursor: query.cursor,
        limit: Some(limit),
    })
}
