//! Metrics for Prometheus. Every label has few values: routes are patterns, never addresses.

use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use letscode_model::{FlagSubjectKind, LanguageId, SystemStatus};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::process_stats;

const REQUESTS: &str = "letscode_http_requests_total";
const REQUEST_SECONDS: &str = "letscode_http_request_seconds";
const SUBMISSIONS: &str = "letscode_submissions_total";
const SNIPPETS: &str = "letscode_snippets_total";
/// Counted by the worker.
const JUDGEMENTS: &str = "letscode_judgements_total";
const JUDGEMENT_SECONDS: &str = "letscode_judgement_seconds";
const RUNS: &str = "letscode_runs_total";
const RUN_SECONDS: &str = "letscode_run_cpu_seconds";
const RUN_MEMORY: &str = "letscode_run_memory_bytes";
const SNIPPETS_RUN: &str = "letscode_snippets_run_total";
const VIOLATIONS: &str = "letscode_violations_total";
const FLAGS: &str = "letscode_flags_set_total";
const SWEPT: &str = "letscode_swept_total";
const SLOTS: &str = "letscode_worker_slots";
const RESERVE_SLOTS: &str = "letscode_worker_reserve_slots";
const SLOTS_BUSY: &str = "letscode_worker_slots_busy";
/// The former names of the two, which the worker still writes for one release.
const HANDS: &str = "letscode_hands";
const HANDS_BUSY: &str = "letscode_hands_busy";
const COMPILATIONS: &str = "letscode_compilations_total";
const DAMAGED: &str = "letscode_compile_cache_damaged_total";
const UNIDENTIFIED: &str = "letscode_compilations_unidentified_total";
const CACHE_OFF: &str = "letscode_compile_cache_off";
const HEADER_MISSING: &str = "letscode_precompiled_header_missing";
const TOOLCHAIN_CHANGES: &str = "letscode_toolchain_changes_total";
/// Counted by the store.
const PACKAGES: &str = "letscode_packages_total";
const DAMAGED_PACKAGES: &str = "letscode_package_cache_damaged_total";
const SOCKETS: &str = "letscode_websockets";
const SOCKETS_CLOSED: &str = "letscode_websockets_closed_total";
const MESSAGES: &str = "letscode_websocket_messages_total";
const WORKERS: &str = "letscode_workers";
const WAITING: &str = "letscode_queue_waiting";
const RUNNING: &str = "letscode_queue_running";
const CAPACITY: &str = "letscode_queue_capacity";

const SECONDS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
const BYTES: [f64; 8] = [1e6, 4e6, 16e6, 32e6, 64e6, 128e6, 256e6, 512e6];

/// Returns the recorder of this process, which the first call installs. `None` if another one is
/// installed: then the metrics go there.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let handle = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .ok()?
                .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)
                .ok()?
                .install_recorder()
                .ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

fn describe() {
    describe_counter!(REQUESTS, "HTTP requests answered");
    describe_histogram!(REQUEST_SECONDS, "Time from a request to its response");
    describe_counter!(SUBMISSIONS, "Submissions accepted");
    describe_counter!(SNIPPETS, "Ad-hoc runs accepted");
    describe_counter!(JUDGEMENTS, "Submissions judged, by verdict");
    describe_histogram!(
        JUDGEMENT_SECONDS,
        "From the start of compiling to the verdict"
    );
    describe_counter!(RUNS, "Runs of a submission on one test, by outcome");
    describe_histogram!(RUN_SECONDS, "CPU time of a run");
    describe_histogram!(RUN_MEMORY, "Peak memory of a run");
    describe_counter!(SNIPPETS_RUN, "Ad-hoc runs done, by outcome");
    describe_counter!(VIOLATIONS, "Programs killed for a forbidden action");
    // An alert asks for it before there is a flag.
    for kind in [FlagSubjectKind::User, FlagSubjectKind::Address] {
        counter!(FLAGS, "kind" => kind.as_str()).increment(0);
    }
    describe_counter!(FLAGS, "Users and addresses that were flagged");
    describe_counter!(SWEPT, "Rows that were deleted because they were old");
    describe_gauge!(SLOTS, "Jobs that this process can run at once");
    describe_gauge!(SLOTS_BUSY, "Jobs that this process is running");
    describe_gauge!(
        RESERVE_SLOTS,
        "Slots beyond those, for addresses that have nothing running"
    );
    describe_gauge!(HANDS, "Deprecated: letscode_worker_slots");
    describe_gauge!(HANDS_BUSY, "Deprecated: letscode_worker_slots_busy");
    process_stats::describe();
    describe_counter!(COMPILATIONS, "Compilations, by source");
    describe_counter!(DAMAGED, "Damaged entries of the compile cache");
    describe_counter!(
        UNIDENTIFIED,
        "Compilations that could not be kept: the toolchain can't be told from another"
    );
    describe_gauge!(CACHE_OFF, "1 while nothing compiled is kept, by language");
    describe_gauge!(
        HEADER_MISSING,
        "1 while programs are compiled without the precompiled header, by language"
    );
    describe_counter!(TOOLCHAIN_CHANGES, "Toolchains that changed, by language");
    describe_counter!(PACKAGES, "Problem packages looked up, by source");
    describe_counter!(DAMAGED_PACKAGES, "Damaged problem packages on disk");
    describe_gauge!(SOCKETS, "Open WebSockets");
    describe_counter!(SOCKETS_CLOSED, "Closed WebSockets, by reason");
    describe_counter!(MESSAGES, "Messages sent to WebSockets");
    describe_gauge!(WORKERS, "Workers of the queue; 0: submissions wait");
    describe_gauge!(WAITING, "Jobs waiting in the queue");
    describe_gauge!(RUNNING, "Jobs running on a worker");
    describe_gauge!(CAPACITY, "Slots of all workers");
}

/// Middleware: counts and times a request.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "(none)".to_owned(),
    };
    // Clients may invent methods; only those that some route accepts become labels.
    let method = if route == "(none)" {
        "-".to_owned()
    } else {
        method
    };
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    counter!(REQUESTS, "method" => standard(method), "route" => route.clone(), "status" => status)
        .increment(1);
    histogram!(REQUEST_SECONDS, "route" => route).record(started.elapsed());
    response
}

fn standard(method: String) -> String {
    match method.as_str() {
        "GET" | "POST" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "PATCH" => method,
        _ => "-".to_owned(),
    }
}

pub(crate) fn submission_accepted(language: &LanguageId) {
    counter!(SUBMISSIONS, "language" => language.to_string()).increment(1);
}

pub(crate) fn snippet_accepted(language: &LanguageId) {
    counter!(SNIPPETS, "language" => language.to_string()).increment(1);
}

pub(crate) fn socket_opened() {
    gauge!(SOCKETS).increment(1);
}

pub(crate) fn socket_ended() {
    gauge!(SOCKETS).decrement(1);
}

pub(crate) fn socket_closed(reason: &'static str) {
    counter!(SOCKETS_CLOSED, "reason" => reason).increment(1);
}

pub(crate) fn message_sent() {
    counter!(MESSAGES).increment(1);
}

pub(crate) fn update_queue(status: &SystemStatus, workers: usize) {
    gauge!(WORKERS).set(workers as f64);
    gauge!(WAITING).set(status.queued);
    gauge!(RUNNING).set(status.running);
    gauge!(CAPACITY).set(status.capacity);
}
