use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::metered_body::MeteredBody;
use crate::AppState;
use crate::connection::client_address;

/// Lets a request wait before anything of its body is read.
pub(crate) async fn pace_request(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let Some(address) = client_address(request.extensions(), request.headers()) else {
        return next.run(request).await;
    };
    let is_read = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if !is_read || request.headers().contains_key(header::UPGRADE) {
        state.pacer().note_work(address);
    }
    let work = state.pacer().begin(address).await;
    let response = work.measure(next.run(request)).await;
    let meter = work.meter.clone();
    response.map(|body| Body::new(MeteredBody { body, meter }))
}
