//! The compiler's output for people.

use std::fs::File;

use crate::execute::excerpt::excerpt;
use crate::execute::limits::RunLimits;
use crate::execute::result::{Outcome, RunResult, describe_signal};

/// Most bytes of each output stream that are shown: half of them its beginning, half its end.
const MAX_MESSAGE_BYTES: u64 = 64 << 10;

/// Printed by g++ when something killed the compiler proper; it then ends with 1, as if the program
/// were wrong. That may have been one of our limits, or the host was out of memory.
const COMPILER_KILLED: &str = "signal terminated program";

/// Returns both output streams of a compiler, standard error first.
pub(super) fn compiler_output(stderr: Option<File>, stdout: Option<File>) -> String {
    [stderr, stdout]
        .map(|stream| excerpt(stream, MAX_MESSAGE_BYTES))
        .concat()
}

/// Returns the compiler's output, and how it ended if it did not say so itself.
pub(super) fn failure_message(result: RunResult, limits: &RunLimits) -> String {
    let charged = result
        .usage
        .wall_time
        .saturating_sub(result.usage.starved_time);
    let was_idle = charged < limits.wall_time;
    let output = compiler_output(result.stderr, result.stdout);
    let ending = match result.outcome {
        // The output says why.
        Outcome::Exited { .. } if !output.is_empty() => String::new(),
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
        Outcome::SyscallDenied => "the compiler did something that is not allowed\n".to_owned(),
    };
    output + &ending
}

/// True if the compiler refused the program itself, and was not killed.
pub(super) fn is_rejection(outcome: Outcome, message: &str) -> bool {
    outcome == (Outcome::Exited { code: 1 }) && !message.contains(COMPILER_KILLED)
}
