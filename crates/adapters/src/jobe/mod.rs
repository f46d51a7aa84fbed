//! Jobe, the sandbox of Moodle's CodeRunner.

mod answer;
mod files;
mod request;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use letscode_model::{LanguageInfo, LanguageStatus};

use crate::access::{self, header_text};
use crate::context::{AdapterContext, RequestSender};
use crate::outcome::version_number;
use crate::runner::{QueuePatience, RunError};
use answer::RunAnswer;
use files::{FileStore, UploadBody};
use letscode_json::read_body;
use request::{JobeRefusal, RunsBody};

/// Path that CodeRunner appends to the host that it is given.
const BASE: &str = "/jobe/index.php/restapi";

/// Longest wait for a place in the queue: as long as Jobe itself waits.
const PATIENCE: QueuePatience = QueuePatience::Wait(Duration::from_secs(10));

/// State of Jobe's handlers.
#[derive(Clone)]
struct JobeService {
    context: AdapterContext,
    files: FileStore,
}

pub(crate) fn router(context: AdapterContext) -> Router {
    let files = FileStore::new(context.runner.bounds().max_file_bytes);
    let service = JobeService { context, files };
    let routes = Router::new()
        .route("/languages", get(list_languages))
        .route("/files/{id}", put(put_file).head(has_file).get(has_file))
        .route("/runs", post(run));
    Router::new()
        .nest(BASE, routes)
        .fallback(async || refusal(StatusCode::NOT_FOUND, "Unknown method"))
        .method_not_allowed_fallback(async || {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "Unknown method")
        })
        .layer(from_fn_with_state(service.clone(), check_key))
        .with_state(service)
}

/// Returns a refusal: a text as JSON.
pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(reason)).into_response()
}

async fn check_key(State(service): State<JobeService>, request: Request, next: Next) -> Response {
    let sent = header_text(request.headers(), "x-api-key");
    if access::is_allowed(service.context.options.key.as_deref(), sent) {
        next.run(request).await
    } else {
        refusal(
            StatusCode::FORBIDDEN,
            "Send the key in the header X-API-KEY",
        )
    }
}

async fn list_languages(State(service): State<JobeService>) -> Result<Response, JobeRefusal> {
    let languages = service.context.runner.languages().await?;
    let available = languages.iter().filter(|language| is_available(language));
    let pairs = available.filter_map(|language| {
        let name = language.peers.jobe.clone()?;
        Some([name, version_number(language)])
    });
    Ok(Json(pairs.collect::<Vec<_>>()).into_response())
}

fn is_available(language: &LanguageInfo) -> bool {
    language.status == LanguageStatus::Available
}

async fn put_file(
    State(service): State<JobeService>,
    sender: RequestSender,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, JobeRefusal> {
    let body: UploadBody = read_body(body).await?;
    service.files.put(&sender, id, body)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn has_file(
    State(service): State<JobeService>,
    sender: RequestSender,
    Path(id): Path<String>,
    method: Method,
) -> Response {
    if method != Method::HEAD {
        return refusal(StatusCode::METHOD_NOT_ALLOWED, "Unknown method");
    }
    if service.files.get(&sender, &id).is_some() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn run(
    State(service): State<JobeService>,
    sender: RequestSender,
    body: Bytes,
) -> Result<Response, JobeRefusal> {
    let request = read_body::<RunsBody>(body).await?.check()?;
    let runner = &service.context.runner;
    let is_meant = |language: &LanguageInfo| {
        let name = language.peers.jobe.as_deref();
        let is_named = name.is_some_and(|name| name.eq_ignore_ascii_case(&request.language));
        is_available(language) && is_named
    };
    let Some(language) = service.context.language(is_meant).await? else {
        let reason = format!("Language '{}' is not known", request.language);
        return Err(JobeRefusal::new(StatusCode::BAD_REQUEST, reason));
    };
    let stored = |id: &str| service.files.get(&sender, id);
    let spec = request.into_spec(&language, runner.bounds(), stored)?;
    let answer = match service.context.run(spec, &sender.caller(PATIENCE)).await {
        Ok(report) => RunAnswer::of_report(&report),
        Err(RunError::Busy { .. }) => RunAnswer::overload(),
        Err(RunError::Unavailable(reason)) => RunAnswer::failed(reason),
        Err(error) => return Err(error.into()),
    };
    Ok(Json(answer).into_response())
}

impl IntoResponse for JobeRefusal {
    fn into_response(self) -> Response {
        refusal(self.status, &self.reason)
    }
}

#[cfg(test)]
mod tests;
