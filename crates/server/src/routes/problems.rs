use axum::Json;
use axum::extract::State;
use letscode_model::{ProblemDetail, ProblemId, ProblemSummary};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::admission::quote;
use crate::error::ApiError;
use crate::params::PathText;
use crate::problem::Refusals;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemList {
    problems: Vec<ProblemSummary>,
}

/// All problems, by id.
#[utoipa::path(
    get, path = "/api/problems", operation_id = "listProblems", tag = "problems",
    responses((status = 200, description = "The problems", body = ProblemList), Refusals),
)]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<ProblemList>, ApiError> {
    let problems = state.store().problems().await?;
    Ok(Json(ProblemList { problems }))
}

/// One problem with its statement and samples.
#[utoipa::path(
    get, path = "/api/problems/{id}", operation_id = "getProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    responses((status = 200, description = "The problem", body = ProblemDetail), Refusals),
)]
pub(crate) async fn one(
    State(state): State<AppState>,
    PathText(text): PathText,
) -> Result<Json<ProblemDetail>, ApiError> {
    let unknown = || ApiError::UnknownProblem(quote(&text));
    let id = ProblemId::parse(&text).map_err(|_| unknown())?;
    let problem = state.store().problem(&id).await?;
    problem.map(Json).ok_or_else(unknown)
}
