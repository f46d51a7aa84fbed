//! The answer of `POST /run_code`.

use std::collections::BTreeMap;

use letscode_model::{RunOutcome, RunReport, StageReport, TestRunReport};
use serde::Serialize;

use crate::encoding::encode_base64;
use crate::outcome::{is_timeout, signal_number};

#[derive(Debug, Clone, Serialize)]
pub(super) struct RunCodeAnswer {
    status: RunStatusName,
    message: String,
    compile_result: Option<CommandResult>,
    run_result: Option<CommandResult>,
    executor_pod_name: Option<String>,
    files: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum RunStatusName {
    Success,
    Failed,
    SandboxError,
}

#[derive(Debug, Clone, Serialize)]
struct CommandResult {
    status: CommandStatus,
    /// Wall-clock time in seconds.
    execution_time: f64,
    /// CPU time in seconds.
    cpu_time: f64,
    /// Absent after a time-out; negative after a signal, as in Python's `subprocess`.
    return_code: Option<i32>,
    stdout: String,
    stderr: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum CommandStatus {
    Finished,
    Error,
    TimeLimitExceeded,
}

impl RunCodeAnswer {
    /// Returns the answer for a run without tests.
    pub fn of_run(report: &RunReport, is_compiled: bool) -> Self {
        RunCodeAnswer::of_test(report, report.runs.first(), is_compiled)
    }

    /// Returns the answer for one test; `None` if the program was not run.
    pub fn of_test(report: &RunReport, test: Option<&TestRunReport>, is_compiled: bool) -> Self {
        let compile = report.compile.as_ref().filter(|_| is_compiled);
        let compile_result = compile.map(|compile| CommandResult::of_stage(&compile.stage));
        let run_result = test.map(|test| CommandResult::of_stage(&test.stage));
        let results = || compile_result.iter().chain(&run_result);
        let failed = results().find(|result| result.status == CommandStatus::Error);
        let status = if failed.is_some() || (compile_result.is_none() && run_result.is_none()) {
            RunStatusName::SandboxError
        } else if results().all(CommandResult::is_success) && run_result.is_some() {
            RunStatusName::Success
        } else {
            RunStatusName::Failed
        };
        let message = match (status, failed) {
            (RunStatusName::SandboxError, Some(failed)) => failed.stderr.clone(),
            (RunStatusName::SandboxError, None) => "the program was not run".to_owned(),
            _ => String::new(),
        };
        let files = test.map_or(&[][..], |test| &test.files).iter();
        let files = files.map(|file| (file.name.clone(), encode_base64(&file.content.0)));
        RunCodeAnswer {
            status,
            message,
            files: files.collect(),
            compile_result,
            run_result,
            executor_pod_name: None,
        }
    }
}

impl CommandResult {
    fn of_stage(stage: &StageReport) -> Self {
        let (status, return_code) = match stage.outcome {
            RunOutcome::SandboxError => (CommandStatus::Error, None),
            outcome if is_timeout(outcome) => (CommandStatus::TimeLimitExceeded, None),
            _ => {
                let signal = signal_number(stage).map(|number| -number);
                (CommandStatus::Finished, stage.exit_code.or(signal))
            }
        };
        CommandResult {
            status,
            execution_time: stage.wall_time / 1000.0,
            cpu_time: stage.execution_time / 1000.0,
            return_code,
            stdout: stage.stdout.to_text(),
            stderr: stage.stderr.to_text(),
        }
    }

    fn is_success(&self) -> bool {
        self.status == CommandStatus::Finished && self.return_code == Some(0)
    }
}
