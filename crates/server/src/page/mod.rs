//! The page: `web/`, built by `make web` and embedded when this crate is compiled.
//!
//! Its build names every file below `assets/` after a hash of its content, writes compressed copies
//! beside them (`.br`, `.gz`), and writes the policies of its two documents (`index.csp`,
//! `runner.csp`): one of them holds a hash of a script that only the build knows.

mod embedded;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::AppState;
use crate::error::ApiError;
use crate::routes::pages;
use embedded::Embedded;

/// A file with a hash in its name never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for each time whether it is still the same.
const ASK_FIRST: &str = "no-cache";

/// Addresses that the page itself understands. `/` is not among them: it is shared with the stream.
pub(crate) fn router() -> Router<AppState> {
    let document = || get(async |headers: HeaderMap| front(&headers));
    Router::new()
        .route("/problems", document())
        .route("/problems/{id}", document())
        .route("/submissions", document())
        .route("/submissions/{id}", document())
        .route("/status", document())
        .route(
            "/runner.html",
            get(async |headers: HeaderMap| frame(&headers)),
        )
        .route("/assets/{*path}", get(asset))
}

/// The page's document, or, when this binary was built without it, one that says so.
pub(crate) fn front(asked: &HeaderMap) -> Response {
    match Embedded::get("index.html") {
        Some(page) => document(asked, &page, "index.csp"),
        None => pages::front().into_response(),
    }
}

/// The document of the frame in which people's programs run. It has no origin, no network, and may
/// be framed by the page only.
fn frame(asked: &HeaderMap) -> Response {
    let Some(frame) = Embedded::get("runner.html") else {
        return ApiError::NotFound.into_response();
    };
    let mut response = document(asked, &frame, "runner.csp");
    let same_origin = HeaderValue::from_static("SAMEORIGIN");
    response
        .headers_mut()
        .insert(header::X_FRAME_OPTIONS, same_origin);
    response
}

fn document(asked: &HeaderMap, file: &Embedded, policy: &str) -> Response {
    let mut response = if asked_for_same(asked, file) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content(asked, file)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(ASK_FIRST));
    if let Ok(tag) = HeaderValue::from_str(&file.tag()) {
        headers.insert(header::ETAG, tag);
    }
    // Where there is none, the policy of the API's answers stays: it allows nothing.
    let policy = Embedded::get(policy).and_then(|file| file.header_value());
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn asked_for_same(asked: &HeaderMap, file: &Embedded) -> bool {
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        let tag = file.tag();
        // A proxy that compresses makes the tag a weak one.
        known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag)
    })
}

async fn asset(Path(path): Path<String>, asked: HeaderMap) -> Response {
    let Some(file) = Embedded::get(&format!("assets/{path}")) else {
        return ApiError::NotFound.into_response();
    };
    let mut response = content(&asked, &file);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    response
}

fn content(asked: &HeaderMap, file: &Embedded) -> Response {
    let (body, encoding) = file.best_for(asked);
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(file.content_type()),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}
