//! The answer of `POST /runs`.

use letscode_model::{RunOutcome, RunReport, StageReport};
use serde::Serialize;

use crate::encoding::escape_invalid;
use crate::outcome::{signal_name, signal_number};

const COMPILATION_ERROR: u32 = 11;
const RUNTIME_ERROR: u32 = 12;
const TIME_LIMIT: u32 = 13;
const SUCCESS: u32 = 15;
const MEMORY_LIMIT: u32 = 17;
const ILLEGAL_SYSCALL: u32 = 19;
const INTERNAL_ERROR: u32 = 20;
const SERVER_OVERLOAD: u32 = 21;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct RunAnswer {
    run_id: Option<String>,
    outcome: u32,
    cmpinfo: String,
    stdout: String,
    stderr: String,
}

impl RunAnswer {
    pub fn of_report(report: &RunReport) -> Self {
        let Some(run) = report.runs.first() else {
            let compiler = report.compile.as_ref().map(|compile| {
                let stage = &compile.stage;
                let (stdout, stderr) = (stage.stdout.as_bytes(), stage.stderr.as_bytes());
                escape_invalid(stdout) + &escape_invalid(stderr)
            });
            // Without a word a client would take it for success.
            let cmpinfo = compiler.filter(|text| !text.is_empty());
            return RunAnswer {
                cmpinfo: cmpinfo.unwrap_or_else(|| "the compiler failed".to_owned()),
                ..RunAnswer::of_outcome(COMPILATION_ERROR)
            };
        };
        let stage = &run.stage;
        let stderr = escape_invalid(stage.stderr.as_bytes());
        let outcome = outcome(stage);
        RunAnswer {
            stdout: escape_invalid(stage.stdout.as_bytes()),
            stderr: match explanation(stage) {
                Some(explanation) if stderr.is_empty() => explanation,
                // The words of a program that was stopped are not its own end.
                _ if outcome == TIME_LIMIT => String::new(),
                _ => stderr,
            },
            ..RunAnswer::of_outcome(outcome)
        }
    }

    pub fn overload() -> Self {
        RunAnswer::of_outcome(SERVER_OVERLOAD)
    }

    /// Returns the answer for a run that the service could not carry out.
    pub fn failed(reason: String) -> Self {
        RunAnswer {
            stderr: reason,
            ..RunAnswer::of_outcome(INTERNAL_ERROR)
        }
    }

    fn of_outcome(outcome: u32) -> Self {
        RunAnswer {
            run_id: None,
            outcome,
            cmpinfo: String::new(),
            stdout: String::new(),
            stderr: String::new(),
        }
    }
}

/// Returns Jobe's number. As there, a program that writes to standard error has failed.
fn outcome(stage: &StageReport) -> u32 {
    match stage.outcome {
        RunOutcome::Exited if stage.exit_code == Some(0) && stage.stderr.is_empty() => SUCCESS,
        RunOutcome::Exited | RunOutcome::Signaled | RunOutcome::OutputExceeded => RUNTIME_ERROR,
        RunOutcome::CpuTimeExceeded | RunOutcome::WallTimeExceeded => TIME_LIMIT,
        RunOutcome::MemoryExceeded => MEMORY_LIMIT,
        RunOutcome::SyscallDenied
        | RunOutcome::SyscallRateExceeded
        | RunOutcome::MemoryGrowthExceeded => ILLEGAL_SYSCALL,
        RunOutcome::SandboxError => INTERNAL_ERROR,
    }
}

/// Explains an end that is a runtime error without a word of the program's.
fn explanation(stage: &StageReport) -> Option<String> {
    match (stage.outcome, stage.exit_code) {
        (RunOutcome::Signaled, _) => {
            let name = signal_number(stage).map(signal_name)?;
            Some(format!("Terminated by signal {name}"))
        }
        (RunOutcome::OutputExceeded, _) => Some("Output limit exceeded".to_owned()),
        (RunOutcome::Exited, Some(code)) if code != 0 => Some(format!("Exited with code {code}")),
        _ => None,
    }
}
