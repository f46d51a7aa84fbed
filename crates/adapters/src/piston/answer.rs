//! The answer of `POST /api/v2/execute`.

use letscode_model::{RunOutcome, RunReport, StageReport};
use serde::Serialize;

use super::runtimes::PistonRuntime;
use crate::outcome::{limit_message, signal_name, signal_number};

#[derive(Debug, Clone, Serialize)]
pub(super) struct ExecuteAnswer {
    pub language: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile: Option<StageAnswer>,
    pub run: StageAnswer,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct StageAnswer {
    pub stdout: String,
    pub stderr: String,
    /// Both streams. Here one after the other: in which order they came is not known.
    pub output: String,
    pub code: Option<i32>,
    pub signal: Option<String>,
    pub message: Option<String>,
    pub status: Option<&'static str>,
    /// Milliseconds.
    pub cpu_time: u64,
    pub wall_time: u64,
    /// Bytes.
    pub memory: u64,
}

impl ExecuteAnswer {
    pub fn of_report(runtime: &PistonRuntime, report: &RunReport) -> Self {
        let compile = report.compile.as_ref().filter(|_| runtime.info.compiled);
        let compile = compile.map(|compile| StageAnswer::of_stage(&compile.stage));
        let run = report
            .runs
            .first()
            .map(|run| StageAnswer::of_stage(&run.stage));
        ExecuteAnswer {
            language: runtime.language.clone(),
            version: runtime.version.clone(),
            // A program that did not compile has the compiler's result in both places.
            run: run
                .or_else(|| compile.clone())
                .unwrap_or_else(StageAnswer::not_run),
            compile,
        }
    }
}

impl StageAnswer {
    pub fn of_stage(stage: &StageReport) -> Self {
        let (stdout, stderr) = (stage.stdout.to_text(), stage.stderr.to_text());
        let status = match stage.outcome {
            RunOutcome::Exited => (stage.exit_code != Some(0)).then_some("RE"),
            RunOutcome::Signaled
            | RunOutcome::MemoryExceeded
            | RunOutcome::SyscallDenied
            | RunOutcome::SyscallRateExceeded
            | RunOutcome::MemoryGrowthExceeded => Some("SG"),
            RunOutcome::CpuTimeExceeded | RunOutcome::WallTimeExceeded => Some("TO"),
            RunOutcome::OutputExceeded => Some("OL"),
            RunOutcome::SandboxError => Some("XX"),
        };
        let message = limit_message(stage.outcome).map(str::to_owned);
        let exit_message = match (stage.outcome, stage.exit_code) {
            (RunOutcome::Exited, Some(code)) if code != 0 => {
                Some(format!("Exited with error status {code}"))
            }
            (RunOutcome::Signaled, _) => {
                signal_number(stage).map(|number| format!("Caught fatal signal {number}"))
            }
            _ => None,
        };
        StageAnswer {
            output: format!("{stdout}{stderr}"),
            stdout,
            stderr,
            code: stage.exit_code,
            signal: signal_number(stage).map(signal_name),
            message: message.or(exit_message),
            status,
            cpu_time: stage.execution_time.round() as u64,
            wall_time: stage.wall_time.round() as u64,
            memory: stage.memory_used,
        }
    }

    fn not_run() -> Self {
        StageAnswer::of_stage(&StageReport::sandbox_error("the program was not run"))
    }
}
