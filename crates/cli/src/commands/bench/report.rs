//! Result of a benchmark, as JSON.

use serde::Serialize;

use super::samples::TimeSummary;
use crate::layers::LayerFinding;

/// Result of a benchmark. Times are in milliseconds.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchReport {
    pub machine: MachineInfo,
    /// Layers of isolation during the measurements.
    pub layers: Vec<LayerFinding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Vec<RunRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Vec<VerdictRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Vec<RateRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Vec<MemoryRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<WorkloadRow>,
    pub aims: Vec<AimRow>,
    /// Parts that were not measured, with reasons.
    pub skipped: Vec<SkippedPart>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineInfo {
    pub letscode: &'static str,
    /// `release`, or `debug`, whose figures mean little.
    pub build: &'static str,
    pub cores: usize,
    pub processor: String,
    pub kernel: String,
    /// Load average of the last minute, at the begin and at the end.
    pub load: [f64; 2],
}

/// Times of one program, run by one alternative.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRow {
    pub program: &'static str,
    pub way: &'static str,
    pub time: TimeSummary,
    /// Ratio to the median of the bare spawn.
    pub ratio: f64,
    /// CPU time of all processes involved.
    pub cpu: Option<f64>,
    pub cpu_ratio: Option<f64>,
}

/// Times from a POST to its verdict.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictRow {
    pub program: &'static str,
    /// `first`, or `again`: the same source; or `100 tests`, of a source that was compiled before.
    pub way: &'static str,
    pub time: TimeSummary,
    /// The same work by hand: compiling, and a run for each test, one after the other.
    pub bare: TimeSummary,
    pub ratio: f64,
}

/// Throughput with one number of clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RateRow {
    pub program: &'static str,
    /// `cells`: runs; `submissions`: over HTTP, with several runs each.
    pub way: &'static str,
    pub clients: usize,
    /// Submissions, or runs for `cells`.
    pub per_second: f64,
    pub runs_per_second: f64,
    /// Bare spawns on all cores.
    pub bare_per_second: f64,
    /// Ratio of runs to bare spawns.
    pub ratio: f64,
    /// CPU time of one run; `bare_cpu` is that of a bare spawn.
    pub cpu: Option<f64>,
    pub bare_cpu: Option<f64>,
}

/// Memory of one idle cell, in bytes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryRow {
    pub what: &'static str,
    pub count: usize,
    /// Proportional set size (PSS) of its processes.
    pub processes_bytes: f64,
    pub page_tables_bytes: f64,
    /// Growth of the whole machine's kernel memory.
    pub kernel_bytes: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRow {
    pub programs: usize,
    pub agreed: usize,
    /// Programs whose outcome differs from the expected one.
    pub disagreed: Vec<String>,
    pub at_once: usize,
    pub first: WorkloadPass,
    /// The second pass, with all programs compiled before.
    pub again: WorkloadPass,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadPass {
    pub seconds: f64,
    pub per_second: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AimRow {
    pub what: String,
    pub at_most: Option<f64>,
    pub at_least: Option<f64>,
    pub unit: &'static str,
    pub measured: f64,
    pub met: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct SkippedPart {
    pub what: String,
    pub why: String,
}

impl SkippedPart {
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        SkippedPart {
            what: what.into(),
            why: why.into(),
        }
    }
}
