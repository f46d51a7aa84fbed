//! The compiler's output for people.

use std::fs::File;

use letscode_model::{DeniedCall, OutputTruncation, RunStage, StageReport};

use crate::execute::excerpt::excerpt;
use crate::execute::limits::RunLimits;
use crate::execute::result::{Outcome, RunResult, describe_signal};
use crate::execute::stage::report_of;

/// Most bytes of each output stream that are shown: half of them its beginning, half its end.
const MAX_MESSAGE_BYTES: u64 = 64 << 10;

/// Printed by g++ when something killed the compiler proper; it then ends with 1, as if the program
/// were wrong. That may have been one of our limits, or the host was out of memory.
const COMPILER_KILLED: &str = "signal terminated program";

/// Returns both output streams of a compiler, standard error first.
pub(super) fn compiler_output(stage: &StageReport) -> String {
    stage.stderr.to_text() + &stage.stdout.to_text()
}

/// Returns a compiler's run with its output shortened.
pub(super) fn compiler_stage(result: RunResult) -> StageReport {
    let shorten = |stream: Option<File>| {
        let length = stream.as_ref().and_then(|stream| stream.metadata().ok());
        let is_long = length.is_some_and(|metadata| metadata.len() > MAX_MESSAGE_BYTES);
        (excerpt(stream, MAX_MESSAGE_BYTES), is_long)
    };
    let (stdout, is_stdout_long) = shorten(result.stdout);
    let (stderr, is_stderr_long) = shorten(result.stderr);
    let truncated = OutputTruncation {
        stdout: is_stdout_long,
        stderr: is_stderr_long,
    };
    let denied_call = result.denied_call.map(|call| DeniedCall {
        stage: RunStage::Compile,
        ..call
    });
    StageReport {
        denied_call,
        ..report_of(
            result.outcome,
            result.usage,
            stdout.into(),
            stderr.into(),
            truncated,
        )
    }
}

/// Returns the compiler's output, and how it ended if it did not say so itself.
pub(super) fn failure_message(result: RunResult, limits: &RunLimits) -> String {
    compiler_output(&failed_stage(result, limits))
}

/// Returns a compiler's run that failed. Standard error ends with how it was ended, if the compiler
/// did not say so itself.
pub(super) fn failed_stage(result: RunResult, limits: &RunLimits) -> StageReport {
    let charged = result
        .usage
        .wall_time
        .saturating_sub(result.usage.starved_time);
    let was_idle = charged < limits.wall_time;
    let outcome = result.outcome;
    let mut stage = compiler_stage(result);
    let has_output = !(stage.stderr.is_empty() && stage.stdout.is_empty());
    let ending = match outcome {
        // The output says why.
        Outcome::Exited { .. } if has_output => String::new(),
        Outcome::Exited { code } => format!("the compiler ended with code {code}\n"),
        Outcome::Signaled { signal } => {
            format!("the compiler was ended by {}\n", describe_signal(signal))
        }
        Outcome::WallTimeExceeded if was_idle => {
            "the compiler waited for something that never came\n".to_owned()
        }
        Outcome::CpuTimeExceeded | Outcome::WallTimeExceeded => {
            "the compiler took too long\n".to_owned()
        }
        Outcome::MemoryExceeded => "the compiler needed too much memory\n".to_owned(),
        Outcome::OutputExceeded => "the compiler wrote too much\n".to_owned(),
        Outcome::SyscallRateExceeded | Outcome::MemoryGrowthExceeded => {
            "the compiler did something too fast\n".to_owned()
        }
        Outcome::SyscallDenied => match &stage.denied_call {
            Some(call) => format!("the compiler was {}\n", call.explain()),
            None => "the compiler did something that is not allowed\n".to_owned(),
        },
    };
    stage.stderr.0.extend(ending.into_bytes());
    stage
}

/// True if the compiler refused the program itself, and was not killed.
pub(super) fn is_rejection(outcome: Outcome, message: &str) -> bool {
    outcome == (Outcome::Exited { code: 1 }) && !message.contains(COMPILER_KILLED)
}
