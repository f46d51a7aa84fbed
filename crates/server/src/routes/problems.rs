use axum::Json;
use axum::extract::State;
use letscode_model::{ProblemDetail, ProblemId, ProblemSample, ProblemSummary, Statement};
use serde::Serialize;
use utoipa::ToSchema;

use crate::admission::quote;
use crate::error::ApiError;
use crate::params::PathText;
use crate::problem::Refusals;
use crate::{AppState, statement};

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

/// A statement as its author wrote it, and as a page may show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownStatement {
    #[serde(flatten)]
    statement: Statement,
    /// HTML that is safe to be put into a page: text and its structure, no script, style, picture
    /// or form. `null` for a format that is not translated.
    #[schema(required)]
    html: Option<String>,
}

impl From<Statement> for ShownStatement {
    fn from(statement: Statement) -> Self {
        ShownStatement {
            html: statement::html(&statement),
            statement,
        }
    }
}

/// One problem. Holds nothing of the hidden tests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownProblem {
    #[serde(flatten)]
    summary: ProblemSummary,
    statements: Vec<ShownStatement>,
    samples: Vec<ProblemSample>,
    #[schema(required)]
    author: Option<String>,
    #[schema(required)]
    source: Option<String>,
    #[schema(required)]
    license: Option<String>,
}

impl From<ProblemDetail> for ShownProblem {
    fn from(detail: ProblemDetail) -> Self {
        ShownProblem {
            summary: detail.summary,
            statements: detail.statements.into_iter().map(Into::into).collect(),
            samples: detail.samples,
            author: detail.author,
            source: detail.source,
            license: detail.license,
        }
    }
}

/// One problem with its statement and samples.
#[utoipa::path(
    get, path = "/api/problems/{id}", operation_id = "getProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    responses((status = 200, description = "The problem", body = ShownProblem), Refusals),
)]
pub(crate) async fn one(
    State(state): State<AppState>,
    PathText(text): PathText,
) -> Result<Json<ShownProblem>, ApiError> {
    let unknown = || ApiError::UnknownProblem(quote(&text));
    let id = ProblemId::parse(&text).map_err(|_| unknown())?;
    let problem = state.store().problem(&id).await?;
    problem.map(|found| Json(found.into())).ok_or_else(unknown)
}
