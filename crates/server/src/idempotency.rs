//! `Idempotency-Key`: a request that is sent again, since its answer got lost, is done once.
//!
//! Answers are remembered in the broker: a client that tries again may reach another server. A request
//! with a key goes on when its client hangs up, so that the second one finds its answer.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use blake3::{Hash, Hasher};
use http_body_util::BodyExt;
use letscode_queue::{AnswerClaim, AnswerSlot, StoredAnswer};
use tokio::time::{Instant, timeout_at};

use crate::AppState;
use crate::caller::SECRET_HEADERS;
use crate::connection::client_address;
use crate::error::{ApiError, internal};
use crate::hashed_body::HashedBody;
use crate::pacing;

const KEY_HEADER: &str = "idempotency-key";
const REPLAYED_HEADER: &str = "idempotency-replayed";
/// Longest key.
pub(crate) const MAX_KEY_BYTES: usize = 255;
/// Largest answer that is remembered. A request with a larger one is done again.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// Largest body, besides packages, that is compared with an earlier one.
const MAX_BODY_BYTES: usize = 64 << 20;
/// Least number of bytes in a second of a body that is compared: as for packages.
const BODY_BYTES_A_SECOND: f64 = 65_536.0;

/// True if answers of this route are remembered. Results of a batch are a stream, and are not.
pub(crate) fn applies(method: &str, path: &str) -> bool {
    // Answers with a new secret are not remembered either: it is shown once, and stored as its hash.
    let is_about_secrets = ["/api/auth/", "/api/account", "/api/admin/"];
    let is_about_secrets = is_about_secrets
        .iter()
        .any(|prefix| path.starts_with(prefix));
    let is_about_secrets = is_about_secrets || path.ends_with("/links");
    method.eq_ignore_ascii_case("POST") && path != "/api/run/batch" && !is_about_secrets
}

/// Answers a request with a known key as before.
pub(crate) async fn answer_once(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if !applies(request.method().as_str(), request.uri().path()) {
        return next.run(request).await;
    }
    let Some(key) = request.headers().get(KEY_HEADER) else {
        return next.run(request).await;
    };
    let is_key = |text: &str| !text.is_empty() && text.len() <= MAX_KEY_BYTES;
    let Some(key) = key.to_str().ok().filter(|text| is_key(text)) else {
        let reason = format!("`Idempotency-Key` is 1 to {MAX_KEY_BYTES} visible ASCII characters");
        return ApiError::InvalidParameter { reason }.into_response();
    };
    let key = key.to_owned();
    let (parts, body) = request.into_parts();
    let address = client_address(&parts.extensions, &parts.headers);
    let owner = address.map(|address| address.to_string());
    let owner = owner.unwrap_or_default();
    let key = scoped_key(&parts, &owner, &key).to_hex();
    // Waiting ends with the client; what is being answered goes on without it.
    let claim = match state.broker().answers.claim_answer(&owner, &key).await {
        Ok(claim) => claim,
        Err(error) => return ApiError::from(error).into_response(),
    };
    let request = ClaimedRequest { claim, parts };
    let answering = pacing::spawn(answer(state, request, body, next));
    answering
        .await
        .unwrap_or_else(|error| internal("answering once failed", &error).into_response())
}

/// A request that is taken apart, with what its key is worth.
struct ClaimedRequest {
    claim: AnswerClaim,
    parts: Parts,
}

/// Returns the hash of a key, its sender and its path: nobody gets another's answer.
fn scoped_key(parts: &Parts, client_address: &str, key: &str) -> Hash {
    let mut hasher = Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    let sent = SECRET_HEADERS.map(|name| {
        parts
            .headers
            .get(name)
            .map_or(&[][..], HeaderValue::as_bytes)
    });
    sent.iter().for_each(|secret| add(secret));
    if sent.iter().all(|secret| secret.is_empty()) {
        add(client_address.as_bytes());
    }
    add(parts.uri.to_string().as_bytes());
    add(key.as_bytes());
    hasher.finalize()
}

async fn answer(state: AppState, request: ClaimedRequest, body: Body, next: Next) -> Response {
    let ClaimedRequest { claim, parts } = request;
    let slot = match claim {
        AnswerClaim::Stored(stored) => {
            let limit = state.settings().packages.max_bytes;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let patience = state.settings().body_timeout;
            return replay(*stored, body, limit.max(MAX_BODY_BYTES), patience).await;
        }
        AnswerClaim::Open(slot) => slot,
    };
    let (body, hash) = HashedBody::new(body);
    let response = next.run(Request::from_parts(parts, Body::new(body))).await;
    match hash.of_whole_body() {
        Some(request_hash) => remember(slot, request_hash, response).await,
        // It broke off, or was refused before it was read: the next one may be another.
        None => response,
    }
}

/// Remembers an answer that trying again would not change.
async fn remember(slot: Box<dyn AnswerSlot>, request_hash: Hash, response: Response) -> Response {
    let status = response.status();
    let is_final = !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS;
    let size = response.body().size_hint().upper();
    if !is_final || size.is_none_or(|size| size > MAX_ANSWER_BYTES) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => return internal("an answer could not be read", &error).into_response(),
    };
    let header = |name: HeaderName| {
        let value = parts.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    // All answers of this service are text; another one is answered again.
    if let Ok(text) = std::str::from_utf8(&bytes) {
        let stored = StoredAnswer {
            request_hash: request_hash.to_hex().to_string(),
            status: status.as_u16(),
            content_type: header(header::CONTENT_TYPE),
            location: header(header::LOCATION),
            body: text.to_owned(),
        };
        if let Err(error) = slot.store(stored).await {
            tracing::error!(%error, "an answer could not be remembered");
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Returns the answer again, if the body is the same again. `patience`: time for the body, and more for
/// each part that arrives.
async fn replay(
    stored: StoredAnswer,
    mut body: Body,
    limit: usize,
    patience: Duration,
) -> Response {
    let mut hasher = Hasher::new();
    let mut size = 0;
    let begin = Instant::now();
    loop {
        let more = Duration::from_secs_f64(size as f64 / BODY_BYTES_A_SECOND);
        let deadline = begin + patience + more;
        let frame = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            Ok(Some(Err(_))) => return ApiError::BodyBrokenOff.into_response(),
            Err(_) => return ApiError::BodyTimeout(patience.as_secs()).into_response(),
        };
        if let Some(data) = frame.data_ref() {
            size += data.len();
            hasher.update(data);
        }
        if size > limit {
            return ApiError::BodyTooLarge(limit).into_response();
        }
    }
    if hasher.finalize().to_hex().as_str() != stored.request_hash {
        return ApiError::KeyReused.into_response();
    }
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let mut response = (status, stored.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let values = [
        (header::CONTENT_TYPE, stored.content_type),
        (header::LOCATION, stored.location),
    ];
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn stored(body: &[u8]) -> StoredAnswer {
        StoredAnswer {
            request_hash: blake3::hash(body).to_hex().to_string(),
            status: 201,
            content_type: None,
            location: None,
            body: String::new(),
        }
    }

    /// A client that sends the head of a request again, and then nothing.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_ends_the_wait() {
        let body = Body::from_stream(stream::pending::<Result<Vec<u8>, axum::Error>>());
        let patience = Duration::from_secs(30);
        let begin = Instant::now();
        let response = replay(stored(b"x"), body, 100, patience).await;
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(begin.elapsed(), patience);
    }

    #[tokio::test]
    async fn the_same_body_gets_the_same_answer() {
        let patience = Duration::from_secs(30);
        let same = replay(stored(b"x"), Body::from("x"), 100, patience).await;
        assert_eq!(same.status(), StatusCode::CREATED);
        let refused = replay(stored(b"x"), Body::from("y"), 100, patience).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
