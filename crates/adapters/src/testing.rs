//! Calls a router as a client would.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

pub(crate) struct PeerAnswer {
    pub status: u16,
    pub text: String,
}

impl PeerAnswer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

pub(crate) async fn call(router: Router, method: &str, path: &str, body: String) -> PeerAnswer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    send(router, request).await
}

pub(crate) async fn send(router: Router, request: Request<Body>) -> PeerAnswer {
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    PeerAnswer {
        status,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
