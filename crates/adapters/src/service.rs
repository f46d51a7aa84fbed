use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::Response;
use strum::VariantArray;

use crate::context::AdapterContext;
use crate::{domjudge, jobe, judge0, piston, sandbox_fusion};

/// A service whose API an adapter speaks.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
pub enum PeerService {
    SandboxFusion,
    Piston,
    #[strum(serialize = "judge0")]
    Judge0,
    Jobe,
    Domjudge,
}

impl PeerService {
    /// Returns the name in options and paths: `sandbox-fusion`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns the service's routes, at the root.
    pub fn router(self, context: AdapterContext) -> Router {
        let router = match self {
            PeerService::SandboxFusion => sandbox_fusion::router(context),
            PeerService::Piston => piston::router(context),
            PeerService::Judge0 => judge0::router(context),
            PeerService::Jobe => jobe::router(context),
            PeerService::Domjudge => domjudge::router(context),
        };
        // The server has read the body, within bounds of its own.
        router.layer(DefaultBodyLimit::disable())
    }

    /// Returns a refusal in the service's shape, of a request that does not reach its routes.
    pub fn refusal(self, status: StatusCode, reason: &str) -> Response {
        match self {
            PeerService::SandboxFusion => sandbox_fusion::refusal(status, reason),
            PeerService::Piston => piston::refusal(status, reason),
            PeerService::Judge0 => judge0::refusal(status, reason),
            PeerService::Jobe => jobe::refusal(status, reason),
            PeerService::Domjudge => domjudge::refusal(status, reason),
        }
    }
}

/// Lists the services' names for a message.
pub fn service_names() -> String {
    let names: Vec<&str> = PeerService::VARIANTS
        .iter()
        .map(|service| service.name())
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::AdapterOptions;
    use crate::fixture::{PreparedRunner, exited, report};
    use crate::testing::call;

    #[tokio::test]
    async fn large_bodies_arrive_whole() {
        let stdin = "x".repeat(4 << 20);
        let body = serde_json::json!({"code": "1", "language": "python", "stdin": stdin});
        let runner = Arc::new(PreparedRunner::new(Ok(report(exited(0, "")))));
        let context = AdapterContext::new(runner.clone(), AdapterOptions::default());
        let router = PeerService::SandboxFusion.router(context);
        let answer = call(router, "POST", "/run_code", body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(runner.last_spec().stdin.len(), 4 << 20);
    }
}
