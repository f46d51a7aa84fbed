use axum::Json;
use axum::extract::State;
use letscode_analysis::{
    AnalysisBudget, AnalysisReport, ClientCapabilities, Estimate, Fact, Incomplete, Language,
    Placement, PlacementPurpose, PlacementRequest, ProblemPolicy, analyse, choose_placement,
};
use letscode_model::{LanguageId, MAX_SOURCE_BYTES, Strategy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{ApiJson, BodyBound};
use crate::error::{ApiError, internal};
use crate::problem::Refusals;
use crate::{AppState, admission};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteRequest {
    /// The program: at most 1 MiB, no NUL.
    code: String,
    #[schema(example = "javascript")]
    language: String,
    /// The problem that is worked on, if it is one.
    #[schema(example = "aplusb")]
    problem_id: Option<String>,
    /// The languages that the client runs itself.
    client_languages: Option<Vec<String>>,
}

impl BodyBound for RouteRequest {
    const MAX_BODY_BYTES: usize = 6 * MAX_SOURCE_BYTES + 64 * 1024;
}

/// Where a Run of the code is best done, and what was found in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteAnswer {
    strategy: Strategy,
    /// Why this strategy, for a person; the decisive one first.
    reasons: Vec<String>,
    /// At most 100.
    facts: Vec<Fact>,
    /// Why something may have been missed; `null` when all of it was read.
    #[schema(required)]
    incomplete: Option<Incomplete>,
    estimate: Estimate,
    /// Jobs in hand and waiting, for each that can be worked on at once.
    load: f64,
}

/// Where code is best run. Nothing is kept, and nothing is run.
#[utoipa::path(
    post, path = "/api/route", operation_id = "routeRun", tag = "submissions", request_body = RouteRequest,
    responses((status = 200, description = "The decision and its reasons", body = RouteAnswer), Refusals),
)]
pub(crate) async fn decide(
    State(state): State<AppState>,
    ApiJson { value, held }: ApiJson<RouteRequest>,
) -> Result<Json<RouteAnswer>, ApiError> {
    admission::source(&value.code)?;
    let problem = match &value.problem_id {
        Some(text) => {
            let id = admission::problem(text)?;
            let problem = state.store().problem(&id).await?;
            let problem =
                problem.ok_or_else(|| ApiError::UnknownProblem(admission::quote(text)))?;
            ProblemPolicy {
                interactive: problem.summary.interactive,
                trusts_client: false,
            }
        }
        None => ProblemPolicy::default(),
    };
    let question = Question {
        purpose: PlacementPurpose::Run,
        language: LanguageId(value.language),
        problem,
        client: value.client_languages.unwrap_or_default(),
    };
    let (facts, route, load) = ask(&state, value.code, question).await?;
    drop(held);
    Ok(Json(RouteAnswer {
        strategy: route.strategy,
        reasons: route.reasons,
        facts: facts.facts,
        incomplete: facts.incomplete,
        estimate: facts.estimate,
        load,
    }))
}

/// All that the router is asked, beside the code and the load.
pub(crate) struct Question {
    pub purpose: PlacementPurpose,
    pub language: LanguageId,
    pub problem: ProblemPolicy,
    /// Languages that the client says it runs.
    pub client: Vec<String>,
}

/// Reads the code and decides. Reading takes the processor for up to some 40 ms, so only a few texts
/// are read at once, and others wait.
pub(crate) async fn ask(
    state: &AppState,
    code: String,
    question: Question,
) -> Result<(AnalysisReport, Placement, f64), ApiError> {
    let load = state.broker().jobs.status().await?.load();
    let turn = state.reading_turn().await;
    let read = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let language = Language::of(&question.language);
        let facts = language.map(|language| analyse(&code, language, AnalysisBudget::default()));
        let known = Language::ALL.into_iter();
        let client = ClientCapabilities {
            languages: known
                .filter(|one| question.client.iter().any(|id| id == one.id()))
                .collect(),
        };
        let decided = choose_placement(&PlacementRequest {
            purpose: question.purpose,
            language,
            facts: facts.as_ref(),
            load,
            problem: question.problem,
            client: &client,
        });
        (facts.unwrap_or_default(), decided)
    });
    let (facts, route) = read
        .await
        .map_err(|error| internal("a text could not be read", &error))?;
    Ok((facts, route, load))
}
