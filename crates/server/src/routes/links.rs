//! Links to submissions, which their users make to show them to others.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_model::{RandomSecret, SubmissionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::PathText;
use crate::{AppState, ownership};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubmissionLink {
    /// The secret, for the parameter `link`. It is not shown again.
    link: String,
    /// Address of the submission's page, with the secret in it.
    #[schema(example = "/submissions/383eec56-2f1c-4a3f-9d0e-7a3c0c1f5b11?link=…")]
    path: String,
}

/// Make a link to a submission, as the user who submitted it: who has it sees result and code, without
/// an account. A submission has at most 20.
#[utoipa::path(
    post, path = "/api/submission/{id}/links", operation_id = "addLink", tag = "submissions",
    params(
        ("id" = String, Path, format = Uuid, description = "The submission's id"),
        ("userId" = Option<String>, Query, example = "user-123",
            description = "The user who submitted it; not needed with the user's secret in a header."),
    ),
    responses((status = 201, description = "The link", body = SubmissionLink), ErrorResponses),
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<(StatusCode, Json<SubmissionLink>), ApiError> {
    let id = own_submission(&state, &caller, &id).await?;
    let secret = RandomSecret::new();
    if !state.store().add_link(id, &secret.hash()).await? {
        return Err(ApiError::TooManyLinks(letscode_store::MAX_LINKS));
    }
    let link = secret.as_text().to_owned();
    let path = format!("/submissions/{id}?link={link}");
    Ok((StatusCode::CREATED, Json(SubmissionLink { link, path })))
}

/// End all links to a submission, as the user who submitted it.
#[utoipa::path(
    delete, path = "/api/submission/{id}/links", operation_id = "endLinks", tag = "submissions",
    params(
        ("id" = String, Path, format = Uuid, description = "The submission's id"),
        ("userId" = Option<String>, Query, example = "user-123",
            description = "The user who submitted it; not needed with the user's secret in a header."),
    ),
    responses((status = 204, description = "No link leads to it any more"), ErrorResponses),
)]
pub(crate) async fn end(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    let id = own_submission(&state, &caller, &id).await?;
    state.store().end_links(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn own_submission(
    state: &AppState,
    caller: &Caller,
    id: &str,
) -> Result<SubmissionId, ApiError> {
    let id: SubmissionId = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let submission = state.store().submission(id).await?;
    let own = submission.filter(|submission| ownership::owns(caller, &submission.user_id));
    own.map(|_| id).ok_or(ApiError::SubmissionNotFound)
}
