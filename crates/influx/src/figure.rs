//! What is written, as typed values, and how each becomes a line.

use std::borrow::Cow;

use influxdb_line_protocol::LineProtocolBuilder;
use influxdb_line_protocol::builder::{AfterField, AfterMeasurement};
use letscode_model::{LanguageId, SnippetOutcome, Verdict};

type Lines<S> = LineProtocolBuilder<Vec<u8>, S>;

/// Something that was measured. Times are milliseconds and memory is bytes, as everywhere.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// A submission was judged.
    Judgement {
        language: LanguageId,
        verdict: Verdict,
        tests: u32,
        passed: u32,
        /// From the beginning of compiling to the verdict.
        took: f64,
        max_cpu_time: f64,
        max_memory_bytes: u64,
    },
    /// A submission was run on one test.
    Run {
        language: LanguageId,
        verdict: Verdict,
        cpu_time: f64,
        wall_time: f64,
        memory_bytes: u64,
    },
    /// Ad-hoc code was run.
    Snippet {
        language: LanguageId,
        outcome: SnippetOutcome,
        cpu_time: f64,
        wall_time: f64,
        memory_bytes: u64,
    },
    /// A program tried what no honest program needs.
    Violation {
        language: LanguageId,
        /// In words that are ours, from a short list.
        denied: &'static str,
    },
    /// How many jobs a worker has in hand, and could have.
    Hands {
        busy: u32,
        all: u32,
    },
    System(SystemFigure),
}

/// How busy a process and its machine are at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SystemFigure {
    /// Jobs that wait, of all users and for all workers.
    pub waiting: u32,
    /// Jobs that are being worked on, by all workers.
    pub running: u32,
    /// Jobs that all workers together can work on.
    pub capacity: u32,
    /// The machine's load average over a minute.
    pub load: f64,
    /// What this process has in memory.
    pub resident_bytes: u64,
}

impl Figure {
    /// Appends one line. `instance` tells apart processes that write to one server.
    pub(crate) fn write(&self, buffer: Vec<u8>, instance: &str, at: i64) -> Vec<u8> {
        let lines = LineProtocolBuilder::new_with(buffer);
        let begin =
            |lines: Lines<_>, name: &str| lines.measurement(name).tag("instance", &tag(instance));
        let line = match self {
            Figure::Judgement {
                language,
                verdict,
                tests,
                passed,
                took,
                max_cpu_time,
                max_memory_bytes,
            } => of(begin(lines, "judgement"), language)
                .tag("verdict", &tag(verdict.as_str()))
                .field("tests", i64::from(*tests))
                .field("passed", i64::from(*passed))
                .field("took_ms", finite(*took))
                .field("max_cpu_ms", finite(*max_cpu_time))
                .field("max_memory_bytes", integer(*max_memory_bytes)),
            Figure::Run {
                language,
                verdict,
                cpu_time,
                wall_time,
                memory_bytes,
            } => {
                let line = of(begin(lines, "run"), language).tag("verdict", &tag(verdict.as_str()));
                usage(line, *cpu_time, *wall_time, *memory_bytes)
            }
            Figure::Snippet {
                language,
                outcome,
                cpu_time,
                wall_time,
                memory_bytes,
            } => {
                let line = of(begin(lines, "snippet"), language).tag("outcome", outcome.as_str());
                usage(line, *cpu_time, *wall_time, *memory_bytes)
            }
            Figure::Violation { language, denied } => of(begin(lines, "violation"), language)
                .tag("denied", &tag(denied))
                .field("count", 1_i64),
            Figure::Hands { busy, all } => begin(lines, "hands")
                .field("busy", i64::from(*busy))
                .field("all", i64::from(*all)),
            Figure::System(system) => begin(lines, "system")
                .field("waiting", i64::from(system.waiting))
                .field("running", i64::from(system.running))
                .field("capacity", i64::from(system.capacity))
                .field("load", finite(system.load))
                .field("resident_bytes", integer(system.resident_bytes)),
        };
        line.timestamp(at).close_line().build()
    }
}

fn of(line: Lines<AfterMeasurement>, language: &LanguageId) -> Lines<AfterMeasurement> {
    line.tag("language", &tag(language.as_str()))
}

fn usage(
    line: Lines<AfterMeasurement>,
    cpu_time: f64,
    wall_time: f64,
    memory_bytes: u64,
) -> Lines<AfterField> {
    line.field("cpu_ms", finite(cpu_time))
        .field("wall_ms", finite(wall_time))
        .field("memory_bytes", integer(memory_bytes))
}

/// What the library's escaping leaves to us: a line ends a line even inside of a value, a tag without
/// a value is an error, and a backslash is read differently by different servers.
fn tag(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_control() && c != '\\';
    match value {
        "" => Cow::Borrowed("-"),
        plain if plain.chars().all(is_plain) => Cow::Borrowed(plain),
        odd => Cow::Owned(odd.replace(|c| !is_plain(c), "_")),
    }
}

/// The protocol knows no infinity, and refuses a whole batch for one.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// InfluxDB 1 knows no unsigned numbers.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
