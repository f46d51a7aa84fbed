//! SandboxFusion: `sandbox-fusion` from PyPI, verl, and whatever posts to `/run_code`.
//!
//! Its Python client takes any status but 200 as a reason to try again, so that a full queue is
//! waited for within the request.

mod answer;
mod extraction;
mod request;
mod submit;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::access;
use crate::context::{AdapterContext, RequestSender};
use crate::runner::{QueuePatience, RunError};
use answer::RunCodeAnswer;
use letscode_json::read_body;
use request::{FusionRefusal, RunCodeBody, find_language};
use submit::SubmitBody;

/// Longest wait for a place in the queue.
const PATIENCE: QueuePatience = QueuePatience::Wait(Duration::from_secs(600));

/// Routes that clients know and that have no counterpart here.
const ABSENT_ROUTES: [&str; 5] = [
    "/run_jupyter",
    "/get_prompts",
    "/get_prompt_by_id",
    "/list_ids",
    "/get_metrics",
];

pub(crate) fn router(context: AdapterContext) -> Router {
    let mut router = Router::new()
        .route("/run_code", post(run_code))
        .route("/submit", post(submit_code))
        .route("/v1/ping", get(async || Json("pong")))
        .route("/list_datasets", get(async || Json(json!([]))));
    for path in ABSENT_ROUTES {
        let reason =
            format!("{path} is not available here: there are no data sets and no notebooks");
        let refuse = async move || refusal(StatusCode::NOT_IMPLEMENTED, &reason);
        router = router.route(path, get(refuse.clone()).post(refuse));
    }
    router
        .fallback(async || refusal(StatusCode::NOT_FOUND, "Not Found"))
        .method_not_allowed_fallback(async || {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .layer(from_fn_with_state(context.clone(), check_key))
        .with_state(context)
}

pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "detail": reason }))).into_response()
}

async fn check_key(
    State(context): State<AdapterContext>,
    request: Request,
    next: Next,
) -> Response {
    let sent = access::authorization(request.headers());
    if access::is_allowed(context.options.key.as_deref(), sent.as_deref()) {
        next.run(request).await
    } else {
        let reason = "send the key in the header `Authorization: Bearer …`";
        refusal(StatusCode::UNAUTHORIZED, reason)
    }
}

async fn run_code(
    State(context): State<AdapterContext>,
    sender: RequestSender,
    body: Bytes,
) -> Result<Json<RunCodeAnswer>, FusionRefusal> {
    let body: RunCodeBody = read_body(body).await?;
    let language = find_language(&context, &body.language).await?;
    let spec = body.into_spec(&language, context.runner.bounds())?;
    let report = context.run(spec, &sender.caller(PATIENCE)).await?;
    Ok(Json(RunCodeAnswer::of_run(&report, language.compiled)))
}

async fn submit_code(
    State(context): State<AdapterContext>,
    sender: RequestSender,
    body: Bytes,
) -> Result<Response, FusionRefusal> {
    let submission = read_body::<SubmitBody>(body).await?.check()?;
    let language = find_language(&context, &submission.language).await?;
    let extracted = submission.extract();
    let Some(spec) = submission.spec(&extracted, &language, context.runner.bounds()) else {
        return Ok(Json(submission.without_program(&extracted)).into_response());
    };
    let report = context.run(spec, &sender.caller(PATIENCE)).await?;
    Ok(Json(submission.result(&extracted, &report, language.compiled)).into_response())
}

impl IntoResponse for FusionRefusal {
    fn into_response(self) -> Response {
        match self {
            FusionRefusal::Body {
                location,
                reason,
                kind,
            } => {
                let mut path = vec!["body".to_owned()];
                path.extend(location);
                let detail = json!({"detail": [{"loc": path, "msg": reason, "type": kind}]});
                (StatusCode::UNPROCESSABLE_ENTITY, Json(detail)).into_response()
            }
            FusionRefusal::NotImplemented(reason) => refusal(StatusCode::NOT_IMPLEMENTED, &reason),
            FusionRefusal::Failed(error) => {
                let status = match &error {
                    // verl tries again after 504, and after nothing else.
                    RunError::Busy { .. } => StatusCode::GATEWAY_TIMEOUT,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                refusal(status, &error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests;
