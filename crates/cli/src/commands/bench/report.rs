//! What a benchmark comes to, as machines read it.

use serde::Serialize;

use super::samples::TimeSummary;
use crate::layers::LayerFinding;

/// Times are milliseconds.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchReport {
    pub machine: MachineInfo,
    /// In force while this was measured.
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
    /// What was not measured, and why.
    pub skipped: Vec<SkippedPart>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineInfo {
    pub letscode: &'static str,
    /// `release`, or `debug`, which says little.
    pub build: &'static str,
    pub cores: usize,
    pub processor: String,
    pub kernel: String,
    /// How many processes wanted to run, on average of the last minute: when it began, and at the end.
    pub load: [f64; 2],
}

/// One way to run one program.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRow {
    pub program: &'static str,
    pub way: &'static str,
    pub time: TimeSummary,
    /// To the bare spawn's median.
    pub ratio: f64,
    /// Of all processes that had to do with it.
    pub cpu: Option<f64>,
    pub cpu_ratio: Option<f64>,
}

/// From a POST to its verdict.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictRow {
    pub program: &'static str,
    /// `first`, or `again`: the same source; or `100 tests`, of a source that was compiled before.
    pub way: &'static str,
    pub time: TimeSummary,
    /// The same work without us: compiling, and a run for each test, one after the other.
    pub bare: TimeSummary,
    pub ratio: f64,
}

/// How many a second.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RateRow {
    pub program: &'static str,
    /// `cells`: runs, `submissions`: over HTTP, with several runs each.
    pub way: &'static str,
    pub clients: usize,
    /// Submissions, or runs where there are none.
    pub per_second: f64,
    pub runs_per_second: f64,
    /// Bare spawns on all cores.
    pub bare_per_second: f64,
    /// Of runs to bare spawns.
    pub ratio: f64,
    /// Of one run; a bare spawn's beside it.
    pub cpu: Option<f64>,
    pub bare_cpu: Option<f64>,
}

/// Bytes for each of many that wait.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryRow {
    pub what: &'static str,
    pub count: usize,
    /// Of its processes: their own pages, and their share of those that several have.
    pub processes_bytes: f64,
    pub page_tables_bytes: f64,
    /// By how much the whole machine's kernel memory grew.
    pub kernel_bytes: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRow {
    pub programs: usize,
    pub agreed: usize,
    /// Those whose outcome is another than the workload says.
    pub disagreed: Vec<String>,
    pub at_once: usize,
    pub first: WorkloadPass,
    /// Compiled before.
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
