//! The HTML pages that belong to the server itself. Nothing on them is loaded from elsewhere.

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::AppState;
use crate::headers::PAGE_POLICY;

const FRONT: &str = include_str!("../../assets/front.html");
const DOCS: &str = include_str!("../../assets/docs.html");
const DOCS_SCRIPT: &str = include_str!("../../assets/docs.js");
const STYLE: &str = include_str!("../../assets/style.css");

type StaticAsset = ([(HeaderName, &'static str); 2], &'static str);

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/docs", get(async || page(DOCS)))
        .route(
            "/api/docs/docs.js",
            get(async || asset("text/javascript", DOCS_SCRIPT)),
        )
        .route(
            "/api/docs/style.css",
            get(async || asset("text/css", STYLE)),
        )
}

pub(crate) fn front() -> impl IntoResponse {
    page(FRONT)
}

fn page(html: &'static str) -> StaticAsset {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    ];
    (headers, html)
}

fn asset(kind: &'static str, text: &'static str) -> StaticAsset {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
