//! The worker's metrics, beside the server's: exported to Prometheus (`metrics`) and pushed to InfluxDB
//! (`letscode_influx`). Neither costs a measurable part of a run.

use std::fmt::Display;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use letscode_influx::{MetricPoint, record};
use letscode_judge::{CompileCounts, CompileHealth, TestReport};
use letscode_model::{
    FlagSubjectKind, JobId, Judgement, JudgementKey, LanguageId, RunActivity, RunReport,
    SnippetOutcome, StageReport, TestResult, ViolationKind,
};
use metrics::{counter, gauge, histogram};

/// Returns the label of a violation's kind.
pub(crate) fn denied_thing(kind: ViolationKind) -> &'static str {
    match kind {
        ViolationKind::DeniedCall => "system call",
        ViolationKind::SyscallRate => "syscall rate",
        ViolationKind::MemoryGrowth => "memory growth",
    }
}

/// Interval at which the slots are pushed to InfluxDB.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Updates the numbers of programs that were compiled, and that needed no compiler.
pub(crate) fn compiled(counts: CompileCounts) {
    let damaged = counts.damaged;
    let counts_by_source = [
        ("compiler", counts.compiled),
        ("cache", counts.remembered),
        ("shared", counts.shared),
    ];
    for (source, count) in counts_by_source {
        counter!("letscode_compilations_total", "source" => source).absolute(count);
    }
    counter!("letscode_compile_cache_damaged_total").absolute(damaged);
    counter!("letscode_compilations_unidentified_total").absolute(counts.unidentified);
}

/// Updates how well a language's programs are compiled.
pub(crate) fn compile_health(language: &LanguageId, health: &CompileHealth) {
    let gauges = [
        (
            "letscode_compile_cache_off",
            !health.toolchain.is_identified,
        ),
        ("letscode_precompiled_header_missing", health.lacks_header),
    ];
    for (name, value) in gauges {
        gauge!(name, "language" => language.to_string()).set(u8::from(value));
    }
    counter!("letscode_toolchain_changes_total", "language" => language.to_string())
        .absolute(health.toolchain.changes);
}

/// Counts a hint that was followed: `cells` that wait, a `draft` that was compiled.
pub(crate) fn hint_followed(what: &'static str) {
    counter!("letscode_hints_followed_total", "what" => what).increment(1);
}

/// Counts a judgement, whether or not another worker was first with it.
pub(crate) fn judged(language: &LanguageId, judgement: &Judgement, took: Duration) {
    let verdict = &judgement.verdict;
    counter!("letscode_judgements_total",
        "language" => language.to_string(), "verdict" => verdict.status.as_str())
    .increment(1);
    histogram!("letscode_judgement_seconds", "language" => language.to_string()).record(took);
    for result in &judgement.test_results {
        test_run(language, result);
    }
    record(MetricPoint::Judgement {
        language: language.clone(),
        verdict: verdict.status,
        tests: verdict.total_tests,
        passed: verdict.passed_tests,
        took: took.as_secs_f64() * 1e3,
        max_cpu_time: verdict.max_time,
        max_memory_bytes: verdict.max_memory,
    });
}

fn test_run(language: &LanguageId, result: &TestResult) {
    counter!("letscode_runs_total",
        "language" => language.to_string(), "verdict" => result.verdict.as_str())
    .increment(1);
    resources_used(language, result.execution_time, result.memory_used);
    record(MetricPoint::Run {
        language: language.clone(),
        verdict: result.verdict,
        cpu_time: result.execution_time,
        wall_time: result.wall_time,
        memory_bytes: result.memory_used,
    });
}

/// Reports rates of a test above their thresholds.
pub(crate) fn watched_test(language: &LanguageId, report: &TestReport, key: JudgementKey) {
    if report.output.is_none() {
        warn_of_rates(language, report.result.activity, &key);
    }
}

/// Reports rates above their thresholds that the program was not ended for.
fn warn_of_rates(language: &LanguageId, activity: Option<RunActivity>, work: &dyn Display) {
    let Some((activity, rate)) = activity.and_then(|activity| Some((activity, activity.above?)))
    else {
        return;
    };
    let rate = rate.as_str();
    counter!("letscode_watch_warnings_total", "language" => language.to_string(), "rate" => rate)
        .increment(1);
    tracing::warn!(%work, %language, rate, syscalls_per_second = activity.syscalls_per_second,
        memory_growth_per_second = activity.memory_growth_per_second,
        "a program is far above the ordinary");
}

/// Counts the runs of a program, or that it did not compile.
pub(crate) fn program_run(language: &LanguageId, report: &RunReport, id: JobId) {
    for run in &report.runs {
        stage_run(language, run.stage.outcome.into(), &run.stage);
        if run.stage.violation().is_none() {
            warn_of_rates(language, run.stage.activity, &id);
        }
    }
    if let Some(compile) = report.compile.as_ref().filter(|compile| !compile.succeeded) {
        stage_run(language, SnippetOutcome::CompileFailed, &compile.stage);
    }
}

fn stage_run(language: &LanguageId, outcome: SnippetOutcome, stage: &StageReport) {
    counter!("letscode_snippets_run_total",
        "language" => language.to_string(), "outcome" => outcome.as_str())
    .increment(1);
    resources_used(language, stage.execution_time, stage.memory_used);
    record(MetricPoint::Snippet {
        language: language.clone(),
        outcome,
        cpu_time: stage.execution_time,
        wall_time: stage.wall_time,
        memory_bytes: stage.memory_used,
    });
}

fn resources_used(language: &LanguageId, cpu_ms: f64, memory_bytes: u64) {
    histogram!("letscode_run_cpu_seconds", "language" => language.to_string()).record(cpu_ms / 1e3);
    histogram!("letscode_run_memory_bytes", "language" => language.to_string())
        .record(memory_bytes as f64);
}

/// Counts a violation that was recorded.
pub(crate) fn violation(language: &LanguageId, kind: ViolationKind) {
    counter!("letscode_violations_total",
        "language" => language.to_string(), "denied" => denied_thing(kind))
    .increment(1);
}

/// Counts a flag that violations have set.
pub(crate) fn flag_set(kind: FlagSubjectKind) {
    counter!("letscode_flags_set_total", "kind" => kind.as_str()).increment(1);
}

/// Counts rows that were deleted because they were old.
pub(crate) fn swept(table: &'static str, count: u64) {
    counter!("letscode_swept_total", "what" => table).increment(count);
}

static BUSY_SLOTS: AtomicU32 = AtomicU32::new(0);

/// A slot of this process that is busy until this is dropped.
pub(crate) struct BusySlot;

impl BusySlot {
    pub fn occupy() -> Self {
        set_busy(BUSY_SLOTS.fetch_add(1, Ordering::Relaxed) + 1);
        BusySlot
    }
}

impl Drop for BusySlot {
    fn drop(&mut self) {
        set_busy(BUSY_SLOTS.fetch_sub(1, Ordering::Relaxed) - 1);
    }
}

/// Sets the gauge, and doesn't increment it: increments before the exporter is installed would be
/// lost.
fn set_busy(count: u32) {
    gauge!("letscode_worker_slots_busy").set(count);
    // The name before 0.2, for one more release.
    gauge!("letscode_hands_busy").set(count);
}

/// Reports the numbers of all and of busy slots in intervals, until the task is aborted.
pub(crate) async fn report_slots(all: u32, reserve: u32) {
    // The exporter of `/metrics` is installed meanwhile.
    tokio::time::sleep(Duration::from_secs(1)).await;
    loop {
        let busy = BUSY_SLOTS.load(Ordering::Relaxed);
        gauge!("letscode_worker_slots").set(all);
        gauge!("letscode_worker_reserve_slots").set(reserve);
        // The name before 0.2, for one more release.
        gauge!("letscode_hands").set(all);
        set_busy(busy);
        record(MetricPoint::Slots { busy, total: all });
        tokio::time::sleep(REPORT_INTERVAL).await;
    }
}
