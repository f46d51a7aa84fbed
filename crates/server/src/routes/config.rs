use axum::Json;
use axum::extract::State;
use letscode_model::{LimitCaps, MAX_INPUT_BYTES, MAX_SOURCE_BYTES, RunBounds};
use serde::Serialize;
use utoipa::ToSchema;

use crate::uploads::PackageBounds;
use crate::{AppState, AuthMode, AuthSettings, RegistrationMode};

/// The bounds of this service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceConfig {
    /// Largest source of `POST /api/submit` and `POST /api/test`.
    max_source_bytes: usize,
    /// Largest `input` of `POST /api/test`.
    max_input_bytes: usize,
    /// Defaults and bounds of `POST /api/run`.
    runs: RunBounds,
    /// Limits that no program exceeds, whatever its package says; absent ones are not capped.
    caps: LimitCaps,
    /// Bounds of `POST /api/problems`, in bytes.
    packages: PackageBounds,
    /// Access to the service.
    auth: AuthReport,
}

/// Identification of callers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthReport {
    mode: AuthMode,
    /// Registration of new accounts; `null` in a service without accounts.
    #[schema(required)]
    registration: Option<RegistrationMode>,
    /// Name of the OpenID provider that people may log in at as well; `null` without one.
    #[schema(required)]
    provider: Option<String>,
}

impl AuthReport {
    pub fn new(auth: &AuthSettings) -> Self {
        AuthReport {
            mode: auth.mode,
            provider: auth.oidc.as_ref().map(|provider| provider.name.clone()),
            registration: (auth.mode == AuthMode::Accounts).then_some(auth.registration),
        }
    }
}

/// Get the bounds that this service's operator has set.
#[utoipa::path(
    get, path = "/api/config", operation_id = "getConfig", tag = "service",
    responses((status = 200, description = "Defaults and maxima", body = ServiceConfig)),
)]
pub(crate) async fn config(State(state): State<AppState>) -> Json<ServiceConfig> {
    let packages = &state.settings().packages;
    Json(ServiceConfig {
        auth: AuthReport::new(&state.settings().auth),
        packages: PackageBounds::new(packages.max_bytes, packages.unpacked),
        max_source_bytes: MAX_SOURCE_BYTES,
        max_input_bytes: MAX_INPUT_BYTES,
        runs: state.settings().run_bounds.clone(),
        caps: state.settings().caps,
    })
}
