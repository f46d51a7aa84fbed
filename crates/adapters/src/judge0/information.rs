//! Judge0's routes about the service itself.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::config::JudgeConfig;
use super::languages;
use super::service::JudgeService;
use super::status::STATUSES;
use crate::access::{self, header_text};

/// Version whose API this is. The Python SDK knows languages by it, and no version but these two.
const VERSION: &str = "1.13.1";
const VERSION_WITH_IMPLICIT_BASE64: &str = "1.14.0";

pub(super) fn routes() -> Router<JudgeService> {
    Router::new()
        .route("/languages", get(list_languages))
        .route("/languages/all", get(list_all_languages))
        .route("/languages/{id}", get(show_language))
        .route("/statuses", get(async || Json(STATUSES)))
        .route("/config_info", get(show_config))
        .route("/about", get(about))
        .route(
            "/version",
            get(async |State(service): State<JudgeService>| version(&service)),
        )
        .route(
            "/isolate",
            get(async || "Let'sCode runs programs in cells of its own, not in isolate"),
        )
        .route("/license", get(async || "MIT OR Apache-2.0"))
        // Its queues are Resque's; figures of ours are at /api/status and /metrics.
        .route("/workers", get(async || Json(json!([]))))
        .route("/statistics", get(statistics))
        .route("/system_info", get(system_info))
        // The key is checked for every route.
        .route("/authenticate", post(async || StatusCode::OK))
        .route("/authorize", post(authorize))
}

fn version(service: &JudgeService) -> &'static str {
    if service.context.options.judge0_implicit_base64 {
        VERSION_WITH_IMPLICIT_BASE64
    } else {
        VERSION
    }
}

async fn list_languages(State(service): State<JudgeService>) -> Response {
    match service.context.runner.languages().await {
        Ok(available) => Json(languages::numbered(&available)).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn list_all_languages(State(service): State<JudgeService>) -> Response {
    let Ok(available) = service.context.runner.languages().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let numbered = languages::numbered(&available);
    let all = numbered
        .iter()
        .map(|language| json!({"id": language.id, "name": language.name, "is_archived": false}));
    Json(all.collect::<Vec<_>>()).into_response()
}

async fn show_language(State(service): State<JudgeService>, Path(id): Path<String>) -> Response {
    let Ok(available) = service.context.runner.languages().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let id = id.parse::<u32>().ok();
    let detail = id.and_then(|id| Some(languages::detail(id, languages::find(&available, id)?)));
    match detail {
        Some(detail) => Json(detail).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn show_config(State(service): State<JudgeService>) -> Json<JudgeConfig> {
    Json(service.config())
}

async fn about(State(service): State<JudgeService>) -> Response {
    let answer = json!({
        "version": version(&service),
        "homepage": "https://judge0.com",
        "source_code": "https://github.com/judge0/judge0",
        "maintainer": "Let'sCode answers in place of Judge0",
    });
    Json(answer).into_response()
}

async fn statistics(State(service): State<JudgeService>) -> Response {
    match service.context.runner.languages().await {
        Ok(available) => {
            let total = languages::numbered(&available).len();
            Json(json!({"languages": {"total": total}})).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn system_info(State(service): State<JudgeService>, headers: HeaderMap) -> Response {
    if !is_admin(&service, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Json(json!({"CPU(s)": cores.to_string()})).into_response()
}

async fn authorize(State(service): State<JudgeService>, headers: HeaderMap) -> StatusCode {
    if is_admin(&service, &headers) {
        StatusCode::OK
    } else {
        StatusCode::FORBIDDEN
    }
}

/// Name of the header with the secret for administrators.
const ADMIN_HEADER: &str = "x-auth-user";

/// True if the request has the secret for administrators.
pub(super) fn is_admin(service: &JudgeService, headers: &HeaderMap) -> bool {
    let sent = header_text(headers, ADMIN_HEADER);
    access::is_admin(service.context.options.admin_key.as_deref(), sent)
}
