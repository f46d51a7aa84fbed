//! The page as it is served. The page is embedded only if `make web` ran before this was compiled;
//! both cases are tested.

use crate::common::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Request, StatusCode};

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn is_embedded(front: &Answer) -> bool {
    front.text.contains("/assets/")
}

async fn get_with(server: &TestServer, path: &str, name: &str, value: &str) -> Answer {
    let request = Request::get(path).header(name, value);
    server.call(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_front_page_is_the_page_or_explains_the_build() {
    let server = TestServer::start().await;
    let front = server.get("/").await;
    assert_eq!(front.status, StatusCode::OK);
    assert_eq!(header(&front, "content-type"), "text/html; charset=utf-8");
    let policy = header(&front, "content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(
        is_embedded(&front) || front.text.contains("make web"),
        "{}",
        front.text
    );
    for path in [
        "/problems/aplusb",
        "/problems/aplusb/submissions",
        "/submissions",
        "/status",
        "/register",
        "/account",
        "/users/ada",
        "/admin",
    ] {
        assert_eq!(server.get(path).await.text, front.text, "{path}");
    }
}

#[tokio::test]
async fn the_page_does_not_shadow_the_api() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    for path in ["/api/problems", "/healthz", "/readyz"] {
        let answer = server.get(path).await;
        assert_eq!(
            header(&answer, "content-type"),
            "application/json",
            "{path}"
        );
    }
    for path in [
        "/api/nothing",
        "/nothing",
        "/assets/nothing.js",
        "/assets/../index.csp",
        "/index.csp",
    ] {
        assert_eq!(
            server.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn documents_are_revalidated_and_hashed_files_immutable() {
    let server = TestServer::start().await;
    let front = server.get("/").await;
    if !is_embedded(&front) {
        println!("skipped: the page is not built");
        return;
    }
    assert_eq!(header(&front, "cache-control"), "no-cache");
    let same = get_with(&server, "/", "if-none-match", header(&front, "etag")).await;
    assert_eq!(
        (same.status, same.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );

    let script = front
        .text
        .split('"')
        .find(|text| text.ends_with(".js"))
        .unwrap();
    let plain = server.get(script).await;
    assert_eq!(
        header(&plain, "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        header(&plain, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header(&plain, "content-encoding"), "");
}

#[tokio::test]
async fn the_frame_for_programs_has_no_origin_and_no_network() {
    let server = TestServer::start().await;
    let frame = server.get("/runner.html").await;
    if !is_embedded(&server.get("/").await) {
        assert_eq!(frame.status, StatusCode::NOT_FOUND);
        return;
    }
    let policy = header(&frame, "content-security-policy");
    for part in [
        "sandbox allow-scripts;",
        "default-src 'none'",
        "script-src 'sha256-",
        "connect-src 'none'",
        "worker-src blob:",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("allow-same-origin"));
    assert_eq!(header(&frame, "x-frame-options"), "SAMEORIGIN");
}
