use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use letscode_json::BoundedText;
use letscode_model::{ProblemDetail, ProblemId, ProblemSummary, plain_title};
use letscode_statement::StatementSource;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::AppState;
use crate::admission::quote;
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;
use crate::pacing;
use crate::params::{ApiQuery, PathText};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemList {
    problems: Vec<ProblemSummary>,
}

/// List all problems, by id.
#[utoipa::path(
    get, path = "/api/problems", operation_id = "listProblems", tag = "problems",
    responses((status = 200, description = "The problems", body = ProblemList), ErrorResponses),
)]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<ProblemList>, ApiError> {
    let mut problems = state.store().problems().await?;
    for problem in &mut problems {
        problem.title = plain_title(&problem.title);
        problem.lower_limits(&state.settings().caps);
    }
    Ok(Json(ProblemList { problems }))
}

/// Longest name of a statement's language: those of BCP 47 are shorter.
pub(crate) const MAX_LANG_BYTES: usize = 64;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementQuery {
    /// Preferred language of the statement, such as `sv`. Otherwise, or without a statement in it:
    /// English, or else the first one.
    #[param(value_type = Option<String>)]
    lang: Option<BoundedText<MAX_LANG_BYTES>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemPage {
    #[serde(flatten)]
    problem: ProblemDetail,
    /// A statement with the samples, as HTML that is safe to put into a page: sanitised, with
    /// images from below `/api/problems/{id}/statement/` only. Formulas are TeX in `span.math`.
    statement_html: String,
    /// The language of `statementHtml`; `null` if the problem has no statement.
    #[schema(required)]
    statement_language: Option<String>,
    /// All values of `lang` that have a statement.
    statement_languages: Vec<String>,
}

/// Get one problem with its statement and samples.
#[utoipa::path(
    get, path = "/api/problems/{id}", operation_id = "getProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id", example = "aplusb"), StatementQuery),
    responses((status = 200, description = "The problem", body = ProblemPage), ErrorResponses),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    PathText(text): PathText,
    ApiQuery(query): ApiQuery<StatementQuery>,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::UnknownProblem(quote(&text));
    let id = ProblemId::parse(&text).map_err(|_| unknown())?;
    let problem = state.store().problem(&id).await?;
    let mut problem = problem.ok_or_else(unknown)?;
    problem.summary.title = plain_title(&problem.summary.title);
    problem.summary.lower_limits(&state.settings().caps);
    // Rendering a long statement would hold up other requests.
    let page = pacing::spawn_blocking(move || cached_page(&state, problem, query));
    let json = page
        .await
        .map_err(|error| internal("a statement could not be rendered", &error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Returns the answer for a problem, which is rendered once for each of its statements.
fn cached_page(state: &AppState, problem: ProblemDetail, query: StatementQuery) -> Bytes {
    let language = query.lang.as_ref().map(|lang| lang.0.as_str());
    let statement = letscode_statement::pick(&problem.statements, language);
    let language = statement.map(|statement| statement.language.clone());
    // Both always serialise: they are made of texts and numbers.
    let content = serde_json::to_vec(&(&problem, &language)).unwrap_or_default();
    state.page_cache().get_or_make(&content, || {
        let page = page(problem, language.as_deref());
        serde_json::to_vec(&page).unwrap_or_default().into()
    })
}

fn page(problem: ProblemDetail, language: Option<&str>) -> ProblemPage {
    let statement = letscode_statement::pick(&problem.statements, language);
    let rendered = letscode_statement::render(&StatementSource {
        statement,
        title: &problem.summary.title,
        samples: &problem.samples,
        files: &problem.statement_files,
        files_url: &format!("/api/problems/{}/statement/", problem.summary.id),
    });
    let languages = problem.statements.iter().map(|s| s.language.clone());
    ProblemPage {
        statement_html: rendered.html,
        statement_language: statement.map(|s| s.language.clone()),
        statement_languages: languages.collect(),
        problem,
    }
}
