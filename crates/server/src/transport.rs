//! The parts of HTTP that are the same for every route: request ids, other sites, encodings.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use letscode_model::JobId;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::NetworkPolicy;
use crate::error::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id that is taken over.
pub(crate) const MAX_REQUEST_ID_BYTES: usize = 128;
/// Smaller answers are not worth the time.
const MIN_COMPRESSED_BYTES: u64 = 1024;

/// Returns the client's `X-Request-Id`, or one of our own, in the response.
pub(crate) async fn return_request_id(request: Request, next: Next) -> Response {
    let sent = request.headers().get(REQUEST_ID).cloned();
    let sent = sent.filter(|id| {
        let bytes = id.as_bytes();
        (1..=MAX_REQUEST_ID_BYTES).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    });
    let id = sent.or_else(|| HeaderValue::from_str(&JobId::random().to_string()).ok());
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Refuses bodies with a content encoding: what they unpack to has no bound that was checked.
pub(crate) async fn refuse_encoded_bodies(request: Request, next: Next) -> Response {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let encoding = encoding.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    match encoding {
        Some(encoding) if !encoding.eq_ignore_ascii_case("identity") => {
            ApiError::EncodedBody(crate::admission::quote(&encoding)).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Lets pages of the allowed origins use the API; `None` if there are none.
pub(crate) fn allow_origins(policy: &NetworkPolicy) -> Option<CorsLayer> {
    if policy.api_origins.is_empty() {
        return None;
    }
    let origins = policy.api_origins.iter();
    let origins = origins.filter_map(|origin| HeaderValue::from_str(origin).ok());
    let names = |names: &[&'static str]| -> Vec<HeaderName> {
        names
            .iter()
            .map(|name| HeaderName::from_static(name))
            .collect()
    };
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(names(&[
            "authorization",
            "content-type",
            "idempotency-key",
            "x-api-key",
            "x-letscode-secret",
            "x-request-id",
        ]))
        .expose_headers(names(&[
            "idempotency-replayed",
            "location",
            "retry-after",
            "x-request-id",
        ]));
    Some(cors)
}

/// Compresses answers for clients that accept it, but those that come bit by bit.
pub(crate) fn compress() -> CompressionLayer<impl Predicate> {
    let predicate = SizeAbove::new(MIN_COMPRESSED_BYTES)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("application/x-ndjson"));
    CompressionLayer::new()
        .gzip(true)
        .zstd(true)
        .compress_when(predicate)
}
