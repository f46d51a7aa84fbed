//! A run that has ended, as clients see it.

use std::fs::File;
use std::io::{Read, Seek};
use std::time::Duration;

use letscode_model::{ByteText, OutputTruncation, RunOutcome, StageReport, ViolationKind};

use super::result::{Outcome, ResourceUsage, RunResult};

impl Outcome {
    /// Returns the rule for which the program was ended.
    pub(crate) fn violation(self) -> Option<ViolationKind> {
        self.public().0.violation()
    }

    /// Returns the public outcome, the exit code and the signal.
    pub(crate) fn public(self) -> (RunOutcome, Option<i32>, Option<i32>) {
        match self {
            Outcome::Exited { code } => (RunOutcome::Exited, Some(code), None),
            Outcome::Signaled { signal } => (RunOutcome::Signaled, None, Some(signal)),
            Outcome::CpuTimeExceeded => (RunOutcome::CpuTimeExceeded, None, None),
            Outcome::WallTimeExceeded => (RunOutcome::WallTimeExceeded, None, None),
            Outcome::MemoryExceeded => (RunOutcome::MemoryExceeded, None, None),
            Outcome::OutputExceeded => (RunOutcome::OutputExceeded, None, None),
            Outcome::SyscallDenied => (RunOutcome::SyscallDenied, None, None),
            Outcome::SyscallRateExceeded => (RunOutcome::SyscallRateExceeded, None, None),
            Outcome::MemoryGrowthExceeded => (RunOutcome::MemoryGrowthExceeded, None, None),
        }
    }
}

/// Returns the report of a run whose streams were captured up to `output_bytes`.
pub(crate) fn stage_report(result: RunResult, output_bytes: u64) -> StageReport {
    let stderr = read_stream(result.stderr);
    let truncated = OutputTruncation {
        stdout: result.outcome == Outcome::OutputExceeded,
        // The line that says how much is left out comes on top of the limit.
        stderr: stderr.len() as u64 > output_bytes,
    };
    let stdout = read_stream(result.stdout);
    StageReport {
        denied_call: result.denied_call,
        activity: result.activity,
        ..report_of(result.outcome, result.usage, stdout, stderr, truncated)
    }
}

pub(crate) fn report_of(
    outcome: Outcome,
    usage: ResourceUsage,
    stdout: ByteText,
    stderr: ByteText,
    truncated: OutputTruncation,
) -> StageReport {
    let (outcome, exit_code, signal) = outcome.public();
    StageReport {
        outcome,
        exit_code,
        signal,
        denied_call: None,
        activity: None,
        stdout,
        stderr,
        truncated,
        execution_time: milliseconds(usage.cpu_time),
        wall_time: milliseconds(usage.wall_time),
        memory_used: usage.memory_bytes,
    }
}

/// Returns milliseconds with a resolution of microseconds: the counters are no more precise.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Reads a whole stream, which the executor has limited.
fn read_stream(stream: Option<File>) -> ByteText {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // A checker may have read it before. An anonymous file: reading fails only without memory,
        // and the report is then short.
        let _ = stream.rewind();
        let _ = stream.read_to_end(&mut bytes);
    }
    ByteText(bytes)
}
