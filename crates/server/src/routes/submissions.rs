use axum::Json;
use axum::extract::State;
use letscode_model::{LanguageId, ProblemId, Submission, SubmissionSummary};
use letscode_store::{MAX_PAGE_SIZE, SubmissionFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::{ApiQuery, PathText, page_cursor, page_size};
use crate::{AppState, ownership, public_result};

pub(crate) const DEFAULT_PAGE_SIZE: u32 = 20;
/// Most submissions that can be asked for by their ids.
pub(crate) const MAX_IDS: usize = 100;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// Secret of a link that the submission's user made.
    link: Option<String>,
}

/// Get a submission with its status, verdict and test results.
#[utoipa::path(
    get, path = "/api/submission/{id}", operation_id = "getSubmission", tag = "submissions",
    params(("id" = String, Path, format = Uuid, description = "The submission's id"), LinkQuery),
    responses((status = 200, description = "The submission", body = Submission), ErrorResponses),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiQuery(query): ApiQuery<LinkQuery>,
    caller: Caller,
) -> Result<Json<Submission>, ApiError> {
    let id = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let link = query.link.as_deref();
    let submission = ownership::visible_submission(&state, &caller, id, link).await?;
    let submission = caller.identity().show(submission);
    Ok(Json(public_result::submission(submission)))
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmittedSource {
    language: LanguageId,
    code: String,
}

/// Get the code of a submission, as the user who submitted it or with a link that they made; in a service
/// with accounts or keys, as the setter of its problem as well.
#[utoipa::path(
    get, path = "/api/submission/{id}/source", operation_id = "getSource", tag = "submissions",
    params(
        ("id" = String, Path, format = Uuid, description = "The submission's id"),
        ("userId" = Option<String>, Query, example = "user-123",
            description = "The user who submitted it; not needed with the user's secret in a header."),
        LinkQuery,
    ),
    responses((status = 200, description = "The code", body = SubmittedSource), ErrorResponses),
)]
pub(crate) async fn source(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiQuery(query): ApiQuery<LinkQuery>,
    caller: Caller,
) -> Result<Json<SubmittedSource>, ApiError> {
    let id = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let link = query.link.as_deref();
    if link.is_none() && caller.identity().is_open() {
        caller.stated_user_id()?;
    }
    let submission = ownership::visible_source(&state, &caller, id, link).await?;
    Ok(Json(SubmittedSource {
        language: submission.language,
        code: submission.code,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Ids of up to 100 submissions, with commas between them: these are returned, in this order and
    /// without those that are not there or that the caller may not see. Not to be used with other parameters.
    ids: Option<String>,
    /// Only submissions for this problem.
    problem_id: Option<String>,
    /// `nextCursor` of the previous page.
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
    /// Start of the next page; `null` on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List a user's submissions, newest first, without code.
#[utoipa::path(
    get, path = "/api/submissions", operation_id = "listSubmissions", tag = "submissions",
    params(
        ("userId" = Option<String>, Query, example = "user-123",
            description = "The user whose submissions are listed; not needed with the user's secret in a header."),
        ListQuery,
    ),
    responses((status = 200, description = "One page", body = SubmissionList), ErrorResponses),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<SubmissionList>, ApiError> {
    if let Some(ids) = &query.ids {
        return by_ids(&state, ids, &caller).await.map(Json);
    }
    let filter = filter(&caller, query)?;
    let page = state.store().list_submissions(&filter).await?;
    Ok(Json(SubmissionList {
        submissions: page
            .submissions
            .into_iter()
            .map(|summary| public_result::summary(caller.identity().show_summary(summary)))
            .collect(),
        next_cursor: page.next_cursor,
    }))
}

async fn by_ids(state: &AppState, ids: &str, caller: &Caller) -> Result<SubmissionList, ApiError> {
    let ids: Vec<&str> = ids.split(',').collect();
    if ids.len() > MAX_IDS {
        let reason = format!("`ids` has {}; at most {MAX_IDS} are allowed", ids.len());
        return Err(ApiError::InvalidParameter { reason });
    }
    let mut submissions = Vec::new();
    for id in ids {
        let id = id
            .trim()
            .parse()
            .map_err(|_| ApiError::InvalidSubmissionId)?;
        let visible = ownership::visible_submission(state, caller, id, None).await;
        let submission = match visible {
            Err(ApiError::SubmissionNotFound) => None,
            visible => Some(visible?),
        };
        submissions.extend(submission.map(|submission| {
            public_result::summary(SubmissionSummary {
                id: submission.id,
                user_id: caller.identity().shown(submission.user_id),
                problem_id: submission.problem_id,
                language: submission.language,
                is_custom_test: submission.is_custom_test,
                status: submission.status,
                verdict: submission.verdict,
                verified_by: submission.verified_by,
                created_at: submission.created_at,
            })
        }));
    }
    Ok(SubmissionList {
        submissions,
        next_cursor: None,
    })
}

fn filter(caller: &Caller, query: ListQuery) -> Result<SubmissionFilter, ApiError> {
    let invalid = |reason: String| ApiError::InvalidParameter { reason };
    let user = caller.stated_user_id()?;
    let problem = query.problem_id.as_deref().map(ProblemId::parse);
    Ok(SubmissionFilter {
        user_id: Some(user.clone()),
        problem_id: problem
            .transpose()
            .map_err(|error| invalid(error.to_string()))?,
        cursor: page_cursor(query.cursor)?,
        limit: Some(page_size(query.limit, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?),
    })
}
