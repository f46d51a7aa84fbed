use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_adapters::{KeepOptions, QueuePatience, RunCaller};
use letscode_model::{
    InvalidSpec, JobId, MAX_INPUT_BYTES, RunAnswer, RunBody, RunStatus, StatedUserId,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{ApiJson, RequestBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::{ApiQuery, PathText};
use crate::runs::{accept, keep};
use crate::{AppState, ownership};

impl RequestBody for RunBody {
    const MAX_BODY_BYTES: usize = 8 * MAX_INPUT_BYTES;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        self.user_id.as_ref()
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// False to be answered at once, with status 202 and the id: then `keepFor` or `callbackUrl` is
    /// required. True by default.
    wait: Option<bool>,
}

/// Run a program on any number of tests; it is compiled once. A client that hangs up cancels its run,
/// unless the result is kept or sent.
#[utoipa::path(
    post, path = "/api/run", operation_id = "runProgram", tag = "runs", params(RunQuery),
    request_body = RunBody,
    responses(
        (status = 200, description = "The results", body = RunAnswer),
        (status = 202, description = "The run is queued", body = RunAnswer),
        ErrorResponses,
    ),
)]
pub(crate) async fn run(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<RunQuery>,
    ApiJson {
        value,
        caller,
        permit,
    }: ApiJson<RunBody>,
) -> Result<(StatusCode, Json<RunAnswer>), ApiError> {
    let encoding = value.encoding;
    let options = KeepOptions {
        keep_for: value.keep_for.map(Duration::from_millis),
        callback_url: value.callback_url.clone(),
        encoding,
    };
    let is_followed = options.keep_for.is_some() || options.callback_url.is_some();
    let waits = query.wait.unwrap_or(true);
    if !waits && !is_followed {
        let reason = "it is required with `wait=false`, or nobody would get the result";
        return Err(InvalidSpec::new("keepFor", reason).into());
    }
    keep::check_options(&state, &options).await?;
    let caller = RunCaller {
        user_id: caller.user_id().clone(),
        terms: caller.turn_terms(state.settings()),
        counted_key: caller.counted_key(),
        patience: QueuePatience::Refuse,
    };
    let queued = accept::queue(&state, value.into_spec()?, &caller).await?;
    let id = queued.id;
    let report = if is_followed {
        let report = keep::follow(&state, queued, &caller, options, Some(permit)).await?;
        if !waits {
            let answer = RunAnswer::without_results(id, RunStatus::Queued);
            return Ok((StatusCode::ACCEPTED, Json(answer)));
        }
        report.await.map_err(|_| ApiError::Internal)??
    } else {
        // The permit is kept until here, since the queue holds the code and the input.
        let report = queued.report(&state, state.settings().run_wait).await?;
        drop(permit);
        report
    };
    let answer = RunAnswer::completed(id, report, encoding);
    Ok((StatusCode::OK, Json(answer)))
}

/// Get a run that is kept (`keepFor`): its status, and its results when it has ended.
#[utoipa::path(
    get, path = "/api/run/{id}", operation_id = "getRun", tag = "runs",
    params(("id" = JobId, Path, description = "The run's id")),
    responses((status = 200, description = "The run", body = RunAnswer), ErrorResponses),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<Json<RunAnswer>, ApiError> {
    let id = parse_id(&id)?;
    let run = ownership::visible_run(&state, &caller, id).await?;
    Ok(Json(RunAnswer::of_kept(run)))
}

/// Cancel a run, wherever it is. The results of one that has ended are forgotten.
#[utoipa::path(
    delete, path = "/api/run/{id}", operation_id = "cancelRun", tag = "runs",
    params(("id" = JobId, Path, description = "The run's id")),
    responses((status = 200, description = "The run as it ended", body = RunAnswer), ErrorResponses),
)]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<Json<RunAnswer>, ApiError> {
    let id = parse_id(&id)?;
    let run = ownership::visible_run(&state, &caller, id).await?;
    let run = keep::cancel(&state, run).await?;
    Ok(Json(RunAnswer::of_kept(run)))
}

fn parse_id(text: &str) -> Result<JobId, ApiError> {
    text.parse().map_err(|_| ApiError::InvalidRunId)
}
