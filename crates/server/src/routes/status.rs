use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use letscode_model::SystemStatus;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::habits::Foresight;
use crate::history::{self, Sample};
use crate::problem::Refusals;
use crate::{AppState, metrics};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceStatus {
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Seconds since the server started.
    uptime: u64,
    #[serde(flatten)]
    jobs: SystemStatus,
    /// Jobs in hand and waiting, for each that can be worked on at once: from 1 on, some wait.
    load: f64,
    /// How many workers there are.
    workers: usize,
    /// Layers of isolation that this installation runs without; should be empty.
    degraded_layers: Vec<String>,
    /// Languages whose programs are slow to start, for no interpreter waits; should be empty.
    cold_interpreters: Vec<String>,
    /// Whether drafts are compiled before they are submitted.
    compiles_drafts: bool,
    /// Cells of the language that a user is likely to submit in next are made before.
    foresight: Foresight,
    /// What became of the figures for an InfluxDB; null where there is none.
    #[schema(required)]
    influx: Option<InfluxStatus>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InfluxStatus {
    /// Taken by the server.
    written: u64,
    /// Given up: too many waited while it was away, or it refused them.
    dropped: u64,
    /// On their way.
    waiting: u64,
}

/// How busy the service is, and how well protected.
#[utoipa::path(
    get, path = "/api/status", operation_id = "getStatus", tag = "service",
    responses((status = 200, description = "The status", body = ServiceStatus), Refusals),
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
        cold_interpreters: state.settings().cold_interpreters.now(),
        compiles_drafts: state.settings().compiles_drafts,
        foresight: state.habits().foresight(),
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
    /// Milliseconds from one sample to the next, while the server runs.
    #[schema(example = 10000)]
    interval: u64,
    /// The last hour at the most, the oldest first.
    samples: Vec<Sample>,
}

/// How busy the service has been.
#[utoipa::path(
    get, path = "/api/status/history", operation_id = "getStatusHistory", tag = "service",
    responses((status = 200, description = "The last hour", body = StatusHistory)),
)]
pub(crate) async fn history(State(state): State<AppState>) -> Json<StatusHistory> {
    Json(StatusHistory {
        interval: history::INTERVAL.as_millis() as u64,
        samples: state.history().samples(),
    })
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// Whether the process answers at all.
#[utoipa::path(
    get, path = "/healthz", operation_id = "getHealth", tag = "service",
    responses((status = 200, description = "It answers", body = Health)),
)]
pub(crate) async fn healthz() -> Json<Health> {
    OK
}

/// Whether submissions can be accepted and judged: the store answers and a worker is there.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "service",
    responses((status = 200, description = "Ready", body = Health), Refusals),
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Health>, ApiError> {
    if let Err(error) = state.store().ping().await {
        tracing::warn!(%error, "not ready: the store does not answer");
        return Err(ApiError::NotReady("the store does not answer"));
    }
    if let Err(error) = state.broker().jobs.ping().await {
        tracing::warn!(%error, "not ready: the queue does not answer");
        return Err(ApiError::NotReady("the queue does not answer"));
    }
    if state.broker().workers.workers().await?.is_empty() {
        return Err(ApiError::NotReady("there is no worker"));
    }
    Ok(OK)
}

/// Figures for Prometheus.
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", tag = "service",
    responses(
        (status = 200, description = "Prometheus text format", body = String,
            content_type = "text/plain; version=0.0.4"),
        Refusals,
    ),
)]
pub(crate) async fn prometheus(State(state): State<AppState>) -> Result<Response, ApiError> {
    metrics::queue_seen(&state.broker().jobs.status().await?);
    history::show();
    let Some(recorder) = metrics::recorder() else {
        return Err(ApiError::NotFound);
    };
    recorder.run_upkeep();
    let text = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((text, recorder.render()).into_response())
}
