//! Figures for whoever watches, beside the server's: for Prometheus (`metrics`), which asks, and for
//! an InfluxDB (`letscode_influx`), which is told. Neither costs what could be measured in a run.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use letscode_influx::{Figure, record};
use letscode_judge::CompileCounts;
use letscode_model::{Judgement, LanguageId, SnippetOutcome, SnippetReport, TestResult, Verdict};
use metrics::{counter, gauge, histogram};

/// What a cell says of a denied program: that it was a system call, and not which one.
const SYSTEM_CALL: &str = "system call";

/// How often an InfluxDB is told of the hands.
const INTERVAL: Duration = Duration::from_secs(10);

/// How many programs were compiled, and how many came without.
pub fn compiled(counts: CompileCounts) {
    let by = [
        ("compiler", counts.compiled),
        ("cache", counts.remembered),
        ("shared", counts.shared),
    ];
    for (source, count) in by {
        counter!("letscode_compilations_total", "source" => source).absolute(count);
    }
    counter!("letscode_compile_cache_damaged_total").absolute(counts.damaged);
}

/// What was done before anybody asked: `cells` made to wait, a `draft` compiled.
pub fn followed(what: &'static str) {
    counter!("letscode_hints_followed_total", "what" => what).increment(1);
}

/// A judgement was come to, whether or not another worker was first with it.
pub fn judged(language: &LanguageId, judgement: &Judgement, took: Duration) {
    let verdict = &judgement.verdict;
    counter!("letscode_judgements_total",
        "language" => language.to_string(), "verdict" => verdict.status.as_str())
    .increment(1);
    histogram!("letscode_judgement_seconds", "language" => language.to_string()).record(took);
    for result in &judgement.test_results {
        run(language, result);
    }
    if verdict.status == Verdict::SecurityViolation {
        denied(language);
    }
    record(Figure::Judgement {
        language: language.clone(),
        verdict: verdict.status,
        tests: verdict.total_tests,
        passed: verdict.passed_tests,
        took: took.as_secs_f64() * 1e3,
        max_cpu_time: verdict.max_time,
        max_memory_bytes: verdict.max_memory,
    });
}

fn run(language: &LanguageId, result: &TestResult) {
    counter!("letscode_runs_total",
        "language" => language.to_string(), "verdict" => result.verdict.as_str())
    .increment(1);
    used(language, result.execution_time, result.memory_used);
    record(Figure::Run {
        language: language.clone(),
        verdict: result.verdict,
        cpu_time: result.execution_time,
        wall_time: result.wall_time,
        memory_bytes: result.memory_used,
    });
}

/// Ad-hoc code was run, or could not be.
pub fn snippet_run(language: &LanguageId, report: &SnippetReport) {
    counter!("letscode_snippets_run_total",
        "language" => language.to_string(), "outcome" => report.outcome.as_str())
    .increment(1);
    used(language, report.execution_time, report.memory_used);
    if report.outcome == SnippetOutcome::SyscallDenied {
        denied(language);
    }
    record(Figure::Snippet {
        language: language.clone(),
        outcome: report.outcome,
        cpu_time: report.execution_time,
        wall_time: report.wall_time,
        memory_bytes: report.memory_used,
    });
}

fn used(language: &LanguageId, milliseconds: f64, memory_bytes: u64) {
    histogram!("letscode_run_cpu_seconds", "language" => language.to_string())
        .record(milliseconds / 1e3);
    histogram!("letscode_run_memory_bytes", "language" => language.to_string())
        .record(memory_bytes as f64);
}

fn denied(language: &LanguageId) {
    counter!("letscode_violations_total",
        "language" => language.to_string(), "denied" => SYSTEM_CALL)
    .increment(1);
    record(Figure::Violation {
        language: language.clone(),
        denied: SYSTEM_CALL,
    });
}

static BUSY: AtomicU32 = AtomicU32::new(0);

/// As long as it lives, a hand of this process has something to do.
pub struct Busy;

impl Busy {
    pub fn begin() -> Self {
        show_busy(BUSY.fetch_add(1, Ordering::Relaxed) + 1);
        Busy
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        show_busy(BUSY.fetch_sub(1, Ordering::Relaxed) - 1);
    }
}

/// Set and not counted up: what is counted before somebody listens is lost.
fn show_busy(count: u32) {
    gauge!("letscode_hands_busy").set(count);
}

/// Says again and again how many hands there are and have something to do; never ends.
pub async fn watch_hands(all: u32) {
    // Whoever serves `/metrics` begins to listen meanwhile.
    tokio::time::sleep(Duration::from_secs(1)).await;
    loop {
        let busy = BUSY.load(Ordering::Relaxed);
        gauge!("letscode_hands").set(all);
        show_busy(busy);
        record(Figure::Hands { busy, all });
        tokio::time::sleep(INTERVAL).await;
    }
}
