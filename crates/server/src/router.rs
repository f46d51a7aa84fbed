use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use letscode_adapters::PeerService;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::caller::{authenticate, enforce};
use crate::connection::ConnectionInfo;
use crate::error::{ApiError, internal};
use crate::query_names::{self, QueryNames};
use crate::{
    AppState, answer_budget, connection, headers, idempotency, metrics, openapi, pacing, page,
    peers, rate_limits, refusal_delay, routes, transport, ws,
};

/// Returns all routes, ready to be served or to be called in a test.
pub fn router(state: AppState) -> Router {
    metrics::recorder();
    let (router, document) = openapi::documented_routes().split_for_parts();
    let query_names = QueryNames::of_document(&document);
    let document = openapi::complete(&document, &state.settings().run_bounds);
    let document = document_response(&document);
    let cors = transport::allow_origins(&state.settings().network);
    let router = router
        .route_layer(from_fn_with_state(query_names, query_names::check))
        .route_layer(from_fn(enforce));
    mount_adapters(router, &state)
        .route("/api/openapi.json", get(async move || document))
        .route("/", get(ws::page_or_socket))
        .merge(routes::static_pages::router())
        .merge(routes::provider_login::router())
        .merge(page::router())
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async |method: Method| {
            ApiError::MethodNotAllowed(method.to_string())
        })
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(from_fn_with_state(
            state.clone(),
            answer_budget::count_answer,
        ))
        .layer(from_fn_with_state(state.clone(), idempotency::answer_once))
        .layer(from_fn_with_state(state.clone(), authenticate))
        .layer(from_fn(transport::refuse_encoded_bodies))
        .layer(option_layer(cors))
        .layer(transport::compress())
        .layer(from_fn_with_state(
            state.clone(),
            refusal_delay::delay_refusal,
        ))
        .layer(from_fn_with_state(state.clone(), rate_limits::limit_rate))
        .layer(from_fn_with_state(state.clone(), pacing::pace_request))
        .layer(from_fn_with_state(state.clone(), notice_untrusted_proxy))
        .layer(from_fn(connection::check_host))
        .layer(from_fn(metrics::observe))
        .layer(map_response(headers::harden))
        .layer(from_fn(transport::return_request_id))
        .with_state(state)
}

/// Adds the APIs of other services that the operator asked for.
fn mount_adapters(router: Router<AppState>, state: &AppState) -> Router<AppState> {
    let mounted = state.settings().adapters.mounted.iter();
    mounted.fold(router, |router, service| {
        router.nest_service(&peers::mount_path(*service), peers::routes(*service, state))
    })
}

/// Returns the API of another service, to be served at the root of an address.
pub(crate) fn adapter_router(service: PeerService, state: &AppState) -> Router {
    metrics::recorder();
    peers::routes(service, state)
        .layer(from_fn(transport::refuse_encoded_bodies))
        .layer(option_layer(transport::allow_origins(
            &state.settings().network,
        )))
        .layer(transport::compress())
        .layer(from_fn_with_state(
            state.clone(),
            refusal_delay::delay_refusal,
        ))
        .layer(from_fn_with_state(state.clone(), pacing::pace_request))
        .layer(from_fn_with_state(state.clone(), notice_untrusted_proxy))
        .layer(from_fn(connection::check_host))
        .layer(from_fn(metrics::observe))
        .layer(from_fn(transport::return_request_id))
}

/// Returns the OpenAPI document, written once.
fn document_response(document: &serde_json::Value) -> impl IntoResponse + Clone + use<> {
    // Texts, numbers and lists always serialise.
    let json = serde_json::to_vec(document).unwrap_or_default();
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (content_type, Bytes::from(json))
}

/// Returns the routes for operators only: health and metrics.
pub(crate) fn probes(state: AppState) -> Router {
    metrics::recorder();
    Router::new()
        .route("/healthz", get(routes::status::healthz))
        .route("/readyz", get(routes::status::readyz))
        .route("/metrics", get(routes::status::prometheus))
        .fallback(async || ApiError::NotFound)
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(from_fn(connection::check_host))
        .layer(map_response(headers::harden))
        .with_state(state)
}

fn panic_response(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    internal("a handler panicked", &text).into_response()
}

/// Notices forwarded requests of peers that are not trusted proxies. Anybody on the Internet can send
/// such headers, so only those of near peers say something.
async fn notice_untrusted_proxy(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let proxy = state.untrusted_proxy();
    if proxy.seen().is_none()
        && let Some(connection) = request.extensions().get::<ConnectionInfo>()
        && let Some(peer) = connection.untrusted_proxy(request.headers())
    {
        proxy.report(peer);
    }
    next.run(request).await
}
