//! Piston, version 2 of its API: `piston-client` from npm, chat bots, open-r1.

mod answer;
mod open_r1;
mod request;
mod runtimes;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::access::{self, header_text};
use crate::context::{AdapterContext, RequestSender};
use crate::runner::{QueuePatience, RunError};
use answer::ExecuteAnswer;
use letscode_json::read_body;
use open_r1::GradedRun;
use request::{ExecuteBody, PistonRefusal};
use runtimes::{PistonRuntime, installed_runtimes};

/// Longest wait for a place in the queue: Piston itself keeps jobs waiting.
const PATIENCE: QueuePatience = QueuePatience::Wait(Duration::from_secs(120));

/// The routes are at `/api/v2` and, as on Piston's public host, at `/api/v2/piston`.
pub(crate) fn router(context: AdapterContext) -> Router {
    let package = post(install_package).delete(remove_package);
    let routes = Router::new()
        .route("/runtimes", get(list_runtimes))
        .route("/execute", post(execute))
        .route(
            "/packages",
            get(list_packages).post(name_package).delete(remove_package),
        )
        .route("/packages/{language}/{version}", package)
        .route("/connect", get(refuse_connect));
    let unknown = || async { refusal(StatusCode::NOT_FOUND, "Not Found") };
    Router::new()
        .nest("/api/v2", routes.clone())
        .nest("/api/v2/piston", routes)
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(context.clone(), check_request))
        .with_state(context)
}

pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "message": reason }))).into_response()
}

/// Checks the key, and the type of a body.
async fn check_request(
    State(context): State<AdapterContext>,
    request: Request,
    next: Next,
) -> Response {
    let sent = access::authorization(request.headers());
    if !access::is_allowed(context.options.key.as_deref(), sent.as_deref()) {
        let reason = "send the key in the header `Authorization`";
        return refusal(StatusCode::UNAUTHORIZED, reason);
    }
    if request.method() != axum::http::Method::GET && !may_be_json(request.headers()) {
        let reason = "requests must be of type application/json";
        return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason);
    }
    next.run(request).await
}

/// True for JSON, and for text from a client that is no browser: `piston-client` sends its JSON so.
/// A browser names its page in `Origin`, and a page of another site can send text without asking.
fn may_be_json(headers: &HeaderMap) -> bool {
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let is_text = content_type.is_empty() || content_type.starts_with("text/plain");
    content_type.starts_with("application/json")
        || (is_text && !headers.contains_key(header::ORIGIN))
}

async fn list_runtimes(
    State(context): State<AdapterContext>,
) -> Result<Json<Vec<PistonRuntime>>, PistonRefusal> {
    Ok(Json(installed_runtimes(&context).await?))
}

async fn execute(
    State(context): State<AdapterContext>,
    sender: RequestSender,
    body: Bytes,
) -> Result<Response, PistonRefusal> {
    let request = read_body::<ExecuteBody>(body).await?.check()?;
    let caller = sender.caller(PATIENCE);
    if let Some(graded) = GradedRun::of_request(&request, context.runner.bounds())? {
        let answer = graded.execute(&context, &caller).await?;
        return Ok(Json(answer).into_response());
    }
    let runtime = runtimes::find(&context, &request.language, &request.version).await?;
    let spec = request.into_spec(&runtime.info, context.runner.bounds())?;
    let report = context.run(spec, &caller).await?;
    Ok(Json(ExecuteAnswer::of_report(&runtime, &report)).into_response())
}

async fn list_packages(State(context): State<AdapterContext>) -> Result<Response, PistonRefusal> {
    let runtimes = installed_runtimes(&context).await?;
    let packages = runtimes.iter().map(|runtime| {
        json!({
            "language": runtime.language,
            "language_version": runtime.version,
            "installed": true,
        })
    });
    Ok(Json(packages.collect::<Vec<_>>()).into_response())
}

/// Answers as if a language that is there had just been installed.
async fn install_package(
    State(context): State<AdapterContext>,
    Path((language, version)): Path<(String, String)>,
) -> Result<Response, PistonRefusal> {
    package(&context, &language, &version).await
}

async fn name_package(
    State(context): State<AdapterContext>,
    body: Bytes,
) -> Result<Response, PistonRefusal> {
    let body: request::PackageBody = read_body(body).await?;
    package(&context, &body.language, &body.version).await
}

async fn package(
    context: &AdapterContext,
    language: &str,
    version: &str,
) -> Result<Response, PistonRefusal> {
    Ok(match runtimes::find(context, language, version).await {
        Ok(runtime) => {
            let answer = json!({"language": runtime.language, "version": runtime.version});
            Json(answer).into_response()
        }
        Err(PistonRefusal::UnknownRuntime(name)) => {
            let reason = format!("Requested package {name} does not exist");
            refusal(StatusCode::NOT_FOUND, &reason)
        }
        Err(error) => return Err(error),
    })
}

async fn remove_package() -> Response {
    let reason = "languages belong to the machine, and can't be removed here";
    refusal(StatusCode::FORBIDDEN, reason)
}

async fn refuse_connect() -> Response {
    let reason = "interactive runs (/connect) are not available here; use POST /api/v2/execute";
    refusal(StatusCode::NOT_IMPLEMENTED, reason)
}

impl IntoResponse for PistonRefusal {
    fn into_response(self) -> Response {
        match self {
            PistonRefusal::BadRequest(reason) => refusal(StatusCode::BAD_REQUEST, &reason),
            PistonRefusal::UnknownRuntime(name) => refusal(
                StatusCode::BAD_REQUEST,
                &format!("{name} runtime is unknown"),
            ),
            PistonRefusal::Failed(RunError::Busy { reason, .. }) => {
                refusal(StatusCode::SERVICE_UNAVAILABLE, &reason)
            }
            // Piston's own faults have no body.
            PistonRefusal::Failed(error) => {
                tracing::warn!(%error, "a run for a Piston client failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests;
