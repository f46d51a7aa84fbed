//! Points as typed values, and their form in the line protocol.

use std::borrow::Cow;

use influxdb_line_protocol::LineProtocolBuilder;
use influxdb_line_protocol::builder::{AfterField, AfterMeasurement};
use letscode_model::{LanguageId, SnippetOutcome, UserId, Verdict};

type LineBuilder<S> = LineProtocolBuilder<Vec<u8>, S>;

/// One point of a measurement. Times are milliseconds and memory is bytes, as everywhere.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricPoint {
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
        /// A name from a short list of our own.
        denied: &'static str,
        user: UserId,
        /// Name of the system call, if it is known.
        call: Option<String>,
    },
    /// Slots of a worker: those that are busy, and all. The measurement keeps the name `hands`.
    Slots {
        busy: u32,
        total: u32,
    },
    System(SystemPoint),
}

/// Load of a process and its machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SystemPoint {
    /// Jobs that wait, of all users and for all workers.
    pub waiting: u32,
    /// Jobs that are being worked on, by all workers.
    pub running: u32,
    /// Jobs that all workers together can work on.
    pub capacity: u32,
    /// The machine's load average over a minute.
    pub load: f64,
    /// Resident memory of this process.
    pub resident_bytes: u64,
}

impl MetricPoint {
    /// Appends one line. `instance` distinguishes the processes that write to one server.
    pub(crate) fn write(&self, buffer: Vec<u8>, instance: &str, at: i64) -> Vec<u8> {
        let lines = LineProtocolBuilder::new_with(buffer);
        let begin = |lines: LineBuilder<_>, name: &str| {
            lines.measurement(name).tag("instance", &tag(instance))
        };
        let line = match self {
            MetricPoint::Judgement {
                language,
                verdict,
                tests,
                passed,
                took,
                max_cpu_time,
                max_memory_bytes,
            } => tag_language(begin(lines, "judgement"), language)
                .tag("verdict", &tag(verdict.as_str()))
                .field("tests", i64::from(*tests))
                .field("passed", i64::from(*passed))
                .field("took_ms", finite(*took))
                .field("max_cpu_ms", finite(*max_cpu_time))
                .field("max_memory_bytes", integer(*max_memory_bytes)),
            MetricPoint::Run {
                language,
                verdict,
                cpu_time,
                wall_time,
                memory_bytes,
            } => {
                let line = tag_language(begin(lines, "run"), language)
                    .tag("verdict", &tag(verdict.as_str()));
                usage(line, *cpu_time, *wall_time, *memory_bytes)
            }
            MetricPoint::Snippet {
                language,
                outcome,
                cpu_time,
                wall_time,
                memory_bytes,
            } => {
                let line = tag_language(begin(lines, "snippet"), language)
                    .tag("outcome", outcome.as_str());
                usage(line, *cpu_time, *wall_time, *memory_bytes)
            }
            MetricPoint::Violation {
                language,
                denied,
                user,
                call,
            } => tag_language(begin(lines, "violation"), language)
                .tag("denied", &tag(denied))
                .tag("call", &tag(call.as_deref().unwrap_or("unknown")))
                .field("count", 1_i64)
                // A field: there is no bound on the number of users, and each tag value costs.
                .field("user", user.0.as_str()),
            MetricPoint::Slots { busy, total } => begin(lines, "hands")
                .field("busy", i64::from(*busy))
                .field("all", i64::from(*total)),
            MetricPoint::System(system) => begin(lines, "system")
                .field("waiting", i64::from(system.waiting))
                .field("running", i64::from(system.running))
                .field("capacity", i64::from(system.capacity))
                .field("load", finite(system.load))
                .field("resident_bytes", integer(system.resident_bytes)),
        };
        line.timestamp(at).close_line().build()
    }
}

fn tag_language(
    line: LineBuilder<AfterMeasurement>,
    language: &LanguageId,
) -> LineBuilder<AfterMeasurement> {
    line.tag("language", &tag(language.as_str()))
}

fn usage(
    line: LineBuilder<AfterMeasurement>,
    cpu_time: f64,
    wall_time: f64,
    memory_bytes: u64,
) -> LineBuilder<AfterField> {
    line.field("cpu_ms", finite(cpu_time))
        .field("wall_ms", finite(wall_time))
        .field("memory_bytes", integer(memory_bytes))
}

/// Replaces what the library does not escape: a line feed ends the line even inside of a value, a tag
/// without a value is an error, and servers differ about backslashes.
fn tag(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_control() && c != '\\';
    match value {
        "" => Cow::Borrowed("-"),
        plain if plain.chars().all(is_plain) => Cow::Borrowed(plain),
        odd => Cow::Owned(odd.replace(|c| !is_plain(c), "_")),
    }
}

/// Replaces infinity and NaN, for which servers refuse the whole batch.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Converts to the signed integers that InfluxDB 1 has.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
