//! Serves the page: `web/`, built by `make web` and embedded when this crate is compiled.
//!
//! Its build names every file below `assets/` after a hash of its content, writes compressed copies
//! beside them (`.br`, `.gz`), and writes the policies of its two documents (`index.csp`,
//! `runner.csp`): one of them contains the hash of a script, which only the build knows.

mod embedded;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::AppState;
use crate::error::ApiError;
use crate::routes::static_pages;
use embedded::EmbeddedFile;

/// Cache policy of a file with a hash in its name: it never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Cache policy of documents: cached, but revalidated each time.
const REVALIDATE: &str = "no-cache";

/// Routes of the page's views and assets. `/` is not among them: it is shared with the stream.
pub(crate) fn router() -> Router<AppState> {
    let document = || get(async |headers: HeaderMap| front(&headers));
    Router::new()
        .route("/problems", document())
        .route("/problems/{id}", document())
        .route("/problems/{id}/submissions", document())
        .route("/submissions", document())
        .route("/submissions/{id}", document())
        .route("/status", document())
        .route("/register", document())
        .route("/login", document())
        .route("/account", document())
        .route("/users/{name}", document())
        .route("/admin", document())
        .route(
            "/runner.html",
            get(async |headers: HeaderMap| frame(&headers)),
        )
        .route("/assets/{*path}", get(asset))
}

/// Returns the page's document, or, if this binary was built without the page, one that says so.
pub(crate) fn front(request: &HeaderMap) -> Response {
    match EmbeddedFile::get("index.html") {
        Some(page) => document(request, &page, "index.csp"),
        None => static_pages::front().into_response(),
    }
}

/// Returns the document of the frame in which programs run. It has no origin, no network, and may
/// be framed by the page only.
fn frame(request: &HeaderMap) -> Response {
    let Some(frame) = EmbeddedFile::get("runner.html") else {
        return ApiError::NotFound.into_response();
    };
    let mut response = document(request, &frame, "runner.csp");
    let same_origin = HeaderValue::from_static("SAMEORIGIN");
    response
        .headers_mut()
        .insert(header::X_FRAME_OPTIONS, same_origin);
    response
}

fn document(request: &HeaderMap, file: &EmbeddedFile, policy: &str) -> Response {
    let mut response = if is_cached(request, file) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content(request, file)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(REVALIDATE));
    if let Ok(tag) = HeaderValue::from_str(&file.tag()) {
        headers.insert(header::ETAG, tag);
    }
    // Without one, the policy of the API's responses applies: it allows nothing.
    let policy = EmbeddedFile::get(policy).and_then(|file| file.header_value());
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// True if the client has the file already.
fn is_cached(request: &HeaderMap, file: &EmbeddedFile) -> bool {
    let tags = request
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    tags.is_some_and(|tags| {
        let tag = file.tag();
        // A proxy that compresses makes the tag a weak one.
        tags.split(',')
            .any(|candidate| candidate.trim().trim_start_matches("W/") == tag)
    })
}

async fn asset(Path(path): Path<String>, request: HeaderMap) -> Response {
    let Some(file) = EmbeddedFile::get(&format!("assets/{path}")) else {
        return ApiError::NotFound.into_response();
    };
    let mut response = content(&request, &file);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
    response
}

fn content(request: &HeaderMap, file: &EmbeddedFile) -> Response {
    let (body, encoding) = file.best_for(request);
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
