use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use letscode_model::{SystemStatus, WatchMode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::load_history::{LoadSample, SAMPLE_INTERVAL};
use crate::predictor::PredictionStats;
use crate::{AppState, AuthMode, metrics, process_stats};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceStatus {
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Seconds since the server started.
    uptime: u64,
    #[serde(flatten)]
    jobs: SystemStatus,
    /// Jobs running and waiting, relative to the number of slots: above 1, some wait.
    load: f64,
    /// Number of workers.
    workers: usize,
    /// Layers of isolation that are missing on this machine; should be empty.
    degraded_layers: Vec<String>,
    /// Supervision of how fast programs make system calls and take memory, by the worker of this
    /// process; `null` if other processes judge.
    #[schema(required)]
    watch: Option<WatchMode>,
    /// Languages whose programs start slowly, without a warm interpreter; should be empty.
    cold_interpreters: Vec<String>,
    /// Languages whose programs are compiled slower than they should be, because nothing that is
    /// compiled can be kept or a precompiled header is missing; should be empty. `letscode doctor` and
    /// the log have the reasons.
    slow_compilers: Vec<String>,
    /// Identification of callers; in mode `open` everybody may run programs, under any name.
    auth: AuthMode,
    /// True if requests come through a proxy that is not a trusted one, so that all its clients count as
    /// one address; should be false. The log names the proxy.
    has_untrusted_proxy: bool,
    /// True if drafts are compiled before they are submitted.
    compiles_drafts: bool,
    /// Predictions of a user's next language, for which cells are prepared in advance.
    #[serde(rename = "foresight")]
    predictions: PredictionStats,
    /// Export of metrics to InfluxDB; `null` if none is configured.
    #[schema(required)]
    influx: Option<InfluxStatus>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InfluxStatus {
    /// Points written.
    written: u64,
    /// Points dropped: too many waited while it was unavailable, or it refused them.
    dropped: u64,
    /// Points waiting to be written.
    waiting: u64,
}

/// Get the load of the service and the state of its isolation.
#[utoipa::path(
    get, path = "/api/status", operation_id = "getStatus", tag = "service",
    responses((status = 200, description = "The status", body = ServiceStatus), ErrorResponses),
)]
pub(crate) async fn status(State(state): State<AppState>) -> Result<Json<ServiceStatus>, ApiError> {
    let jobs = state.broker().jobs.status().await?;
    Ok(Json(ServiceStatus {
        version: env!("CARGO_PKG_VERSION"),
        uptime: state.uptime_seconds(),
        load: jobs.load(),
        jobs,
        workers: state.broker().workers.workers().await?.len(),
        degraded_layers: state.settings().degraded_layers.clone(),
        watch: state.settings().watch,
        cold_interpreters: state.settings().cold_interpreters.current(),
        slow_compilers: state.settings().slow_compilers.current(),
        auth: state.settings().auth.mode,
        has_untrusted_proxy: state.untrusted_proxy().seen().is_some(),
        compiles_drafts: state.settings().compiles_drafts,
        predictions: state.predictor().stats(),
        influx: letscode_influx::counts().map(|counts| InfluxStatus {
            written: counts.written,
            dropped: counts.dropped,
            waiting: counts.waiting,
        }),
    }))
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusHistory {
    /// Milliseconds between two samples, while the server runs.
    #[schema(example = 10000)]
    interval: u64,
    /// At most the last hour, oldest first.
    samples: Vec<LoadSample>,
}

/// Get the load of the last hour.
#[utoipa::path(
    get, path = "/api/status/history", operation_id = "getStatusHistory", tag = "service",
    responses((status = 200, description = "The last hour", body = StatusHistory)),
)]
pub(crate) async fn history(State(state): State<AppState>) -> Json<StatusHistory> {
    Json(StatusHistory {
        interval: SAMPLE_INTERVAL.as_millis() as u64,
        samples: state.load_history().samples(),
    })
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthStatus {
    #[schema(example = "ok")]
    status: &'static str,
}

const OK: Json<HealthStatus> = Json(HealthStatus { status: "ok" });

/// Check that the process responds.
#[utoipa::path(
    get, path = "/healthz", operation_id = "getHealth", tag = "service",
    responses((status = 200, description = "It responds", body = HealthStatus)),
)]
pub(crate) async fn healthz() -> Json<HealthStatus> {
    OK
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Readiness {
    #[schema(example = "ok")]
    status: &'static str,
    /// Number of workers. Submissions are accepted and wait while there is none.
    workers: usize,
    /// Something that an operator should look after, although submissions are accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
}

/// Check that submissions can be accepted and kept: store and queue are available, and a worker has
/// announced its languages. Workers that have left meanwhile are no reason to send clients elsewhere.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "service",
    responses((status = 200, description = "Ready", body = Readiness), ErrorResponses),
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Readiness>, ApiError> {
    if let Err(error) = state.store().ping().await {
        tracing::warn!(%error, "not ready: the store does not answer");
        return Err(ApiError::NotReady("the store does not answer"));
    }
    if let Err(error) = state.broker().jobs.ping().await {
        tracing::warn!(%error, "not ready: the queue does not answer");
        return Err(ApiError::NotReady("the queue does not answer"));
    }
    if state.broker().workers.languages().await?.is_empty() {
        return Err(ApiError::NotReady(
            "no worker has announced its languages yet",
        ));
    }
    let workers = state.broker().workers.workers().await?.len();
    Ok(Json(Readiness {
        status: "ok",
        workers,
        detail: (workers == 0).then_some("no worker is connected: submissions wait for one"),
    }))
}

/// Get the metrics for Prometheus.
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", tag = "service",
    responses(
        (status = 200, description = "Prometheus text format", body = String,
            content_type = "text/plain; version=0.0.4"),
        ErrorResponses,
    ),
)]
pub(crate) async fn prometheus(State(state): State<AppState>) -> Result<Response, ApiError> {
    let workers = state.broker().workers.workers().await?.len();
    metrics::update_queue(&state.broker().jobs.status().await?, workers);
    process_stats::update();
    let Some(recorder) = metrics::recorder() else {
        return Err(ApiError::NotFound);
    };
    recorder.run_upkeep();
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((content_type, recorder.render()).into_response())
}
