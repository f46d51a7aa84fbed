use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use strum::VariantArray;

use crate::context::AdapterContext;
use crate::{jobe, judge0, piston, sandbox_fusion};

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
}

impl PeerService {
    /// Returns the name in options and paths: `sandbox-fusion`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns the service's routes, at the root.
    pub fn router(self, context: AdapterContext) -> Router {
        match self {
            PeerService::SandboxFusion => sandbox_fusion::router(context),
            PeerService::Piston => piston::router(context),
            PeerService::Judge0 => judge0::router(context),
            PeerService::Jobe => jobe::router(context),
        }
    }

    /// Returns a refusal in the service's shape, of a request that does not reach its routes.
    pub fn refusal(self, status: StatusCode, reason: &str) -> Response {
        match self {
            PeerService::SandboxFusion => sandbox_fusion::refusal(status, reason),
            PeerService::Piston => piston::refusal(status, reason),
            PeerService::Judge0 => judge0::refusal(status, reason),
            PeerService::Jobe => jobe::refusal(status, reason),
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
