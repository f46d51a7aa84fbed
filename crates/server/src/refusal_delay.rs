//! Answers refusals late, so that a client that asks again and again at once keeps no core busy.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::AppState;

/// Delays the answer to a request for work or for a WebSocket that was too much: by then its body and
/// its places are given back, and only the connection waits.
pub(crate) async fn delay_refusal(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let is_upgrade = request.headers().contains_key(header::UPGRADE);
    let is_work = is_upgrade || [Method::POST, Method::PUT].contains(request.method());
    let response = next.run(request).await;
    let is_too_much = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ]
    .contains(&response.status());
    if is_work && is_too_much {
        tokio::time::sleep(state.settings().refusal_delay).await;
    }
    response
}
