//! `Idempotency-Key`: a request that is sent again, since its answer got lost, is done once.
//!
//! Answers are remembered in this process: behind a load balancer, a client that tries again has to
//! reach the same server. A request with a key goes on when its client hangs up, so that the second
//! one finds its answer.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use blake3::{Hash, Hasher};
use http_body_util::BodyExt;

use crate::AppState;
use crate::answer_memory::{AnswerMemory, StoredAnswer};
use crate::connection::client_address;
use crate::error::{ApiError, internal};
use crate::hashed_body::HashedBody;
use crate::pacing;

const KEY_HEADER: &str = "idempotency-key";
const REPLAYED_HEADER: &str = "idempotency-replayed";
const MAX_KEY_BYTES: usize = 255;
/// Largest answer that is remembered. A request with a larger one is done again.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// Largest body, besides packages, that is compared with an earlier one.
const MAX_BODY_BYTES: usize = 64 << 20;

/// Answers a request with a known key as before.
pub(crate) async fn answer_once(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    // Results of a batch are a stream, and are not remembered.
    let is_stream = request.uri().path() == "/api/run/batch";
    if request.method() != Method::POST || is_stream {
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
    let key = scoped_key(&parts, &key);
    let answering = pacing::spawn(answer(state, KeyedRequest { key, parts }, body, next));
    answering
        .await
        .unwrap_or_else(|error| internal("answering once failed", &error).into_response())
}

/// A request that is taken apart, with its key.
struct KeyedRequest {
    key: Hash,
    parts: Parts,
}

/// Returns the hash of a key, its sender and its address: nobody gets another's answer.
fn scoped_key(parts: &Parts, key: &str) -> Hash {
    let mut hasher = Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    let secrets = [header::AUTHORIZATION.as_str(), "x-letscode-secret"];
    let sent = secrets.map(|name| {
        parts
            .headers
            .get(name)
            .map_or(&[][..], HeaderValue::as_bytes)
    });
    sent.iter().for_each(|secret| add(secret));
    if sent.iter().all(|secret| secret.is_empty()) {
        let address = client_address(&parts.extensions, &parts.headers);
        add(address
            .map(|address| address.to_string())
            .unwrap_or_default()
            .as_bytes());
    }
    add(parts.uri.to_string().as_bytes());
    add(key.as_bytes());
    hasher.finalize()
}

async fn answer(state: AppState, request: KeyedRequest, body: Body, next: Next) -> Response {
    let KeyedRequest { key, parts } = request;
    let memory = state.answer_memory();
    let lock = memory.lock_of(key);
    let guard = lock.lock().await;
    let response = match memory.answers.get(&key) {
        Some(stored) => {
            let limit = state.settings().packages.max_bytes;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            replay(&stored, body, limit.max(MAX_BODY_BYTES)).await
        }
        None => {
            let (body, hash) = HashedBody::new(body);
            let response = next.run(Request::from_parts(parts, Body::new(body))).await;
            match hash.of_whole_body() {
                Some(body_hash) => remember(memory, key, body_hash, response).await,
                // It broke off, or was refused before it was read: the next one may be another.
                None => response,
            }
        }
    };
    drop(guard);
    memory.release(key, lock);
    response
}

/// Remembers an answer that trying again would not change.
async fn remember(
    memory: &AnswerMemory,
    key: Hash,
    body_hash: Hash,
    response: Response,
) -> Response {
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
    let stored = StoredAnswer {
        body_hash,
        status,
        content_type: parts.headers.get(header::CONTENT_TYPE).cloned(),
        location: parts.headers.get(header::LOCATION).cloned(),
        bytes: bytes.clone(),
    };
    memory.answers.insert(key, Arc::new(stored));
    Response::from_parts(parts, Body::from(bytes))
}

/// Returns the answer again, if the body is the same again.
async fn replay(stored: &StoredAnswer, mut body: Body, limit: usize) -> Response {
    let mut hasher = Hasher::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return ApiError::BodyBrokenOff.into_response();
        };
        if let Some(data) = frame.data_ref() {
            size += data.len();
            hasher.update(data);
        }
        if size > limit {
            return ApiError::BodyTooLarge(limit).into_response();
        }
    }
    if hasher.finalize() != stored.body_hash {
        return ApiError::KeyReused.into_response();
    }
    let mut response = (stored.status, stored.bytes.clone()).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(content_type) = &stored.content_type {
        headers.insert(header::CONTENT_TYPE, content_type.clone());
    }
    if let Some(location) = &stored.location {
        headers.insert(header::LOCATION, location.clone());
    }
    headers.insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    response
}
