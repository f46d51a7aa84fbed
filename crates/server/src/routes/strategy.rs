use axum::Json;
use axum::extract::State;
use letscode_analysis::{Estimate, Fact, Incomplete, PlacementPurpose, ProblemPolicy};
use letscode_model::{LanguageId, MAX_SOURCE_BYTES, StatedUserId, Strategy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{ApiJson, RequestBody};

use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::strategy::{
    ClientLanguages, LanguageName, StrategyQuery, language_names, select_strategy,
};
use crate::{AppState, admission};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RouteRequest)]
pub(crate) struct StrategyRequest {
    /// The program: at most 1 MiB, no NUL.
    code: String,
    #[schema(value_type = String, example = "javascript")]
    language: LanguageName,
    /// The problem that the program is for, if any.
    #[schema(example = "aplusb")]
    problem_id: Option<String>,
    /// The languages that the client can run itself.
    #[schema(value_type = Option<Vec<String>>)]
    client_languages: Option<ClientLanguages>,
}

impl RequestBody for StrategyRequest {
    const MAX_BODY_BYTES: usize = 6 * MAX_SOURCE_BYTES + 64 * 1024;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        None
    }
}

/// The best place for a Run of the code, and the facts behind the decision.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RouteAnswer)]
pub(crate) struct StrategyAnswer {
    strategy: Strategy,
    /// The reasons for this strategy, for people; the decisive one first.
    reasons: Vec<String>,
    /// At most 100.
    facts: Vec<Fact>,
    /// The reason why something may have been missed; `null` when all of the code was analysed.
    #[schema(required)]
    incomplete: Option<Incomplete>,
    estimate: Estimate,
    /// Jobs running and waiting, relative to the number of slots.
    load: f64,
}

/// Decide whether code is best run by the client or the server. Nothing is stored or run.
#[utoipa::path(
    post, path = "/api/route", operation_id = "routeRun", tag = "submissions", request_body = StrategyRequest,
    responses((status = 200, description = "The decision and its reasons", body = StrategyAnswer), ErrorResponses),
)]
pub(crate) async fn decide(
    State(state): State<AppState>,
    ApiJson {
        value,
        caller,
        permit,
    }: ApiJson<StrategyRequest>,
) -> Result<Json<StrategyAnswer>, ApiError> {
    admission::source(&value.code)?;
    let share = state.analyses_by_address().take(caller.address(), 1);
    let _share = share.ok_or(ApiError::TooManyAnalyses)?;
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
    let query = StrategyQuery {
        purpose: PlacementPurpose::Run,
        language: LanguageId(value.language.0),
        problem,
        client_languages: value
            .client_languages
            .map(language_names)
            .unwrap_or_default(),
        address: caller.address(),
    };
    let decision = select_strategy(&state, value.code, query).await?;
    drop(permit);
    Ok(Json(StrategyAnswer {
        strategy: decision.placement.strategy,
        reasons: decision.placement.reasons,
        facts: decision.report.facts,
        incomplete: decision.report.incomplete,
        estimate: decision.report.estimate,
        load: decision.load,
    }))
}
