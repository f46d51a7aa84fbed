use axum::http::Method;
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, internal};
use crate::{AppState, headers, metrics, openapi, page, routes, ws};

/// All routes, ready to be served or to be called in a test.
pub fn router(state: AppState) -> Router {
    metrics::recorder();
    let (router, document) = documented().split_for_parts();
    router
        .route("/api/openapi.json", get(async move || Json(document)))
        .route("/", get(ws::page_or_socket))
        .merge(routes::pages::router())
        .merge(page::router())
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async |method: Method| {
            ApiError::MethodNotAllowed(method.to_string())
        })
        .layer(CatchPanicLayer::custom(apologise))
        .layer(from_fn(metrics::observe))
        .layer(map_response(headers::harden))
        .with_state(state)
}

/// Health and figures, for whoever looks after a process.
pub(crate) fn probes(state: AppState) -> Router {
    metrics::recorder();
    Router::new()
        .route("/healthz", get(routes::status::healthz))
        .route("/readyz", get(routes::status::readyz))
        .route("/metrics", get(routes::status::prometheus))
        .fallback(async || ApiError::NotFound)
        .layer(CatchPanicLayer::custom(apologise))
        .layer(map_response(headers::harden))
        .with_state(state)
}

/// The routes that the OpenAPI document describes: a route cannot be in one and not in the other.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(routes::submit::submit))
        .routes(routes!(routes::submissions::one))
        .routes(routes!(routes::submissions::source))
        .routes(routes!(routes::comparison::compare))
        .routes(routes!(routes::submissions::list))
        .routes(routes!(routes::snippet::test))
        .routes(routes!(routes::hint::hint))
        .routes(routes!(routes::route::decide))
        .routes(routes!(routes::problems::list))
        .routes(routes!(routes::problems::one))
        .routes(routes!(routes::statement::file))
        .routes(routes!(routes::languages::list))
        .routes(routes!(routes::status::status))
        .routes(routes!(routes::status::history))
        .routes(routes!(routes::status::healthz))
        .routes(routes!(routes::status::readyz))
        .routes(routes!(routes::status::prometheus))
        .routes(routes!(ws::socket))
}

fn apologise(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    internal("a handler panicked", &text).into_response()
}
