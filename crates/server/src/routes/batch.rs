use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use tokio::sync::mpsc;

use crate::AppState;
use crate::batch::{self, BatchAnswer};
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::pacing;

const NDJSON: &str = "application/x-ndjson";
/// Other names of the same format.
const ACCEPTED_TYPES: [&str; 4] = [
    NDJSON,
    "application/ndjson",
    "application/jsonl",
    "application/jsonlines",
];
/// Results between the runs and the connection. Their memory is bounded elsewhere.
const MAX_RESULTS: usize = 16;

/// Run up to 10,000 programs: each line of the body is a request of `POST /api/run`, without
/// `keepFor` and `callbackUrl`; each line of the answer is a result, as it comes, with the `index` of
/// its line. A line that can't be run gets a `problem`. Each line counts as a request to run; those beyond
/// a rate wait. Nothing is refused for load. Once the API key is revoked or the session has ended, each
/// line that has not begun gets that as its `problem`.
#[utoipa::path(
    post, path = "/api/run/batch", operation_id = "runBatch", tag = "runs",
    request_body(content = String, content_type = "application/x-ndjson",
        description = "Lines of JSON, each a `RunRequest`"),
    responses(
        (status = 200, description = "Lines of JSON, each a `BatchAnswer`", body = BatchAnswer,
            content_type = "application/x-ndjson"),
        ErrorResponses,
    ),
)]
pub(crate) async fn batch(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    if !ACCEPTED_TYPES.contains(&essence.as_str()) {
        return Err(ApiError::NotLines);
    }
    let (parts, body) = request.into_parts();
    let (sender, results) = mpsc::channel::<Bytes>(MAX_RESULTS);
    pacing::spawn(batch::drive(state, parts, body, sender));
    let lines = stream::unfold(results, async |mut results| {
        let line = results.recv().await?;
        Some((Ok::<_, Infallible>(line), results))
    });
    let mut response = Response::new(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    Ok(response)
}
