//! The result of a submission, as Judge0 would see it.

use letscode_model::{ByteText, KeptRun, RunOutcome, RunReport, RunStatus, Verdict};

use super::status::{self, JudgeStatus};
use crate::outcome::{limit_message, signal_number};

#[derive(Debug, Clone)]
pub(super) struct JudgeResult {
    pub status: JudgeStatus,
    pub stdout: Option<ByteText>,
    pub stderr: Option<ByteText>,
    pub compile_output: Option<ByteText>,
    pub message: Option<String>,
    /// Seconds of CPU time, the average of all runs.
    pub time: Option<f64>,
    pub wall_time: Option<f64>,
    /// Largest memory of a run in KiB.
    pub memory: Option<u64>,
    pub exit_code: Option<i32>,
    pub exit_signal: Option<i32>,
}

impl JudgeResult {
    fn of_status(status: JudgeStatus, message: Option<&str>) -> Self {
        JudgeResult {
            status,
            stdout: None,
            stderr: None,
            compile_output: None,
            message: message.map(str::to_owned),
            time: None,
            wall_time: None,
            memory: None,
            exit_code: None,
            exit_signal: None,
        }
    }

    /// `merges_streams`: standard error follows standard output.
    pub fn of_run(run: &KeptRun, merges_streams: bool) -> Self {
        match (run.status, &run.report) {
            (RunStatus::Queued, _) => JudgeResult::of_status(status::IN_QUEUE, None),
            (RunStatus::Running, _) => JudgeResult::of_status(status::PROCESSING, None),
            (RunStatus::Completed, Some(report)) => JudgeResult::of_report(report, merges_streams),
            (RunStatus::Cancelled, _) => {
                JudgeResult::of_status(status::INTERNAL_ERROR, Some("the run was cancelled"))
            }
            (RunStatus::Failed | RunStatus::Completed, _) => {
                let message = "the service could not run the program";
                JudgeResult::of_status(status::INTERNAL_ERROR, Some(message))
            }
        }
    }

    pub fn is_final(&self) -> bool {
        ![status::IN_QUEUE, status::PROCESSING].contains(&self.status)
    }

    fn of_report(report: &RunReport, merges_streams: bool) -> Self {
        let compiler = report.compile.as_ref().map(|compile| {
            let mut output = compile.stage.stdout.0.clone();
            output.extend_from_slice(compile.stage.stderr.as_bytes());
            ByteText(output)
        });
        let compile_output = compiler.filter(|output| !output.is_empty());
        // The last run is the one that failed, if one did.
        let Some(last) = report.runs.last() else {
            return JudgeResult {
                compile_output,
                ..JudgeResult::of_status(status::COMPILATION_ERROR, None)
            };
        };
        let stage = &last.stage;
        let status = match status::of_stage(stage) {
            status::ACCEPTED if last.verdict == Some(Verdict::WrongAnswer) => status::WRONG_ANSWER,
            status => status,
        };
        let (mut stdout, mut stderr) = (stage.stdout.clone(), stage.stderr.clone());
        if merges_streams {
            stdout.0.append(&mut stderr.0);
        }
        let count = report.runs.len() as f64;
        let stages = || report.runs.iter().map(|run| &run.stage);
        let exit_message = match (stage.outcome, stage.exit_code) {
            (RunOutcome::Exited, Some(0)) => None,
            (RunOutcome::Exited, Some(code)) => Some(format!("Exited with error code {code}")),
            (RunOutcome::Signaled, _) => {
                signal_number(stage).map(|number| format!("Caught fatal signal {number}"))
            }
            (outcome, _) => limit_message(outcome).map(str::to_owned),
        };
        JudgeResult {
            status,
            stdout: Some(stdout).filter(|text| !text.is_empty()),
            stderr: Some(stderr).filter(|text| !text.is_empty()),
            compile_output,
            message: exit_message,
            time: Some(stages().map(|stage| stage.execution_time).sum::<f64>() / count / 1000.0),
            wall_time: Some(stages().map(|stage| stage.wall_time).sum::<f64>() / count / 1000.0),
            memory: stages().map(|stage| stage.memory_used >> 10).max(),
            exit_code: stage.exit_code,
            exit_signal: signal_number(stage),
        }
    }
}
