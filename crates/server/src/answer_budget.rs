//! Keeps the memory of answers that wait to be written within a budget.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

use crate::AppState;
use crate::connection::client_address;
use crate::error::{ApiError, internal};
use crate::memory_budget::{MemoryPermit, SMALL_BYTES};

/// Counts a large answer until its last byte is written: the bytes themselves hold the permit. Small
/// ones are bounded by the number of connections.
pub(crate) async fn count_answer(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    // The page's files are part of the program, and take no memory of their own.
    if request.uri().path().starts_with("/api/") {
        count_every_answer(State(state), request, next).await
    } else {
        next.run(request).await
    }
}

/// As [`count_answer`], whatever the path.
pub(crate) async fn count_every_answer(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let address = client_address(request.extensions(), request.headers());
    let response = next.run(request).await;
    let size = response.body().size_hint().exact().unwrap_or(0);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size <= SMALL_BYTES {
        return response;
    }
    let Some(permit) = state.answer_budget().take(address, size) else {
        return ApiError::Overloaded("too many large answers at once; try again later")
            .into_response();
    };
    let (parts, body) = response.into_parts();
    match body.collect().await {
        Ok(collected) => {
            let bytes = Bytes::from_owner(CountedBytes {
                bytes: collected.to_bytes(),
                _permit: permit,
            });
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => internal("an answer could not be read", &error).into_response(),
    }
}

struct CountedBytes {
    bytes: Bytes,
    _permit: MemoryPermit,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
