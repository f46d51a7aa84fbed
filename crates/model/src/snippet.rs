use serde::{Deserialize, Serialize};

use crate::named_enum::named_enum;
use crate::{DeniedCall, RunActivity, RunOutcome, RunReport, StageReport, ViolationKind};

named_enum! {
    /// The result of an ad-hoc run: the sandbox's outcome, or the reason why the program did not run.
    #[derive(strum::VariantArray)]
    #[serde(rename_all = "snake_case")]
    #[strum(serialize_all = "snake_case")]
    pub enum SnippetOutcome {
        Exited,
        Signaled,
        CpuTimeExceeded,
        WallTimeExceeded,
        MemoryExceeded,
        OutputExceeded,
        SyscallDenied,
        SyscallRateExceeded,
        MemoryGrowthExceeded,
        CompileFailed,
        SandboxError,
    }
}

/// The body of `letscode run --json`, and with `success` and `output` that of `POST /api/test`.
///
/// Bytes that are not UTF-8 are shown as U+FFFD.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SnippetReport {
    pub outcome: SnippetOutcome,
    /// Exit code, if the program exited.
    pub exit_code: Option<i32>,
    /// Number of the signal that ended the program, if one did.
    pub signal: Option<i32>,
    /// The system call for which it was ended, if the outcome is `syscall_denied` and the worker's
    /// kernel tells.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denied_call: Option<DeniedCall>,
    /// Rates of what it did, where they were measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<RunActivity>,
    pub stdout: String,
    /// Standard error of the program, or of the compiler when the program did not compile.
    pub stderr: String,
    /// CPU time in milliseconds.
    pub execution_time: f64,
    /// Wall-clock time in milliseconds.
    pub wall_time: f64,
    /// Peak memory in bytes.
    pub memory_used: u64,
}

impl SnippetReport {
    /// Explains why the program was ended, if that was for a violation.
    pub fn explain_violation(&self) -> Option<String> {
        let kind = match self.outcome {
            SnippetOutcome::SyscallDenied => ViolationKind::DeniedCall,
            SnippetOutcome::SyscallRateExceeded => ViolationKind::SyscallRate,
            SnippetOutcome::MemoryGrowthExceeded => ViolationKind::MemoryGrowth,
            _ => return None,
        };
        Some(kind.explain(self.denied_call.as_ref(), self.activity))
    }

    /// Returns true if the program exited by itself with code 0.
    pub fn success(&self) -> bool {
        self.outcome == SnippetOutcome::Exited && self.exit_code == Some(0)
    }
}

impl From<RunOutcome> for SnippetOutcome {
    fn from(outcome: RunOutcome) -> Self {
        match outcome {
            RunOutcome::Exited => SnippetOutcome::Exited,
            RunOutcome::Signaled => SnippetOutcome::Signaled,
            RunOutcome::CpuTimeExceeded => SnippetOutcome::CpuTimeExceeded,
            RunOutcome::WallTimeExceeded => SnippetOutcome::WallTimeExceeded,
            RunOutcome::MemoryExceeded => SnippetOutcome::MemoryExceeded,
            RunOutcome::OutputExceeded => SnippetOutcome::OutputExceeded,
            RunOutcome::SyscallDenied => SnippetOutcome::SyscallDenied,
            RunOutcome::SyscallRateExceeded => SnippetOutcome::SyscallRateExceeded,
            RunOutcome::MemoryGrowthExceeded => SnippetOutcome::MemoryGrowthExceeded,
            RunOutcome::SandboxError => SnippetOutcome::SandboxError,
        }
    }
}

impl From<StageReport> for SnippetReport {
    fn from(stage: StageReport) -> Self {
        SnippetReport {
            outcome: stage.outcome.into(),
            exit_code: stage.exit_code,
            signal: stage.signal,
            denied_call: stage.denied_call,
            activity: stage.activity,
            stdout: stage.stdout.to_text(),
            stderr: stage.stderr.to_text(),
            execution_time: stage.execution_time,
            wall_time: stage.wall_time,
            memory_used: stage.memory_used,
        }
    }
}

/// The report of a run without tests.
impl From<RunReport> for SnippetReport {
    fn from(report: RunReport) -> Self {
        let compile_failed = report.compile_failed();
        let RunReport {
            compile,
            runs,
            error,
            ..
        } = report;
        match (compile, runs.into_iter().next()) {
            (Some(compile), _)
                if compile_failed && compile.stage.outcome != RunOutcome::SandboxError =>
            {
                SnippetReport {
                    outcome: SnippetOutcome::CompileFailed,
                    stderr: compile.stage.stderr.to_text() + &compile.stage.stdout.to_text(),
                    ..SnippetReport::from(StageReport::sandbox_error(""))
                }
            }
            (_, Some(run)) => SnippetReport::from(run.stage),
            (_, None) => {
                let reason = error.unwrap_or_default();
                SnippetReport::from(StageReport::sandbox_error(reason.as_str()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn every_outcome_serialises_as_it_prints() {
        for outcome in SnippetOutcome::VARIANTS.iter().copied() {
            let json = serde_json::to_value(outcome).unwrap();
            assert_eq!(json, serde_json::json!(outcome.as_str()));
        }
    }

    #[test]
    fn outcomes_of_runs_keep_their_names() {
        for outcome in RunOutcome::VARIANTS.iter().copied() {
            assert_eq!(SnippetOutcome::from(outcome).as_str(), outcome.as_str());
        }
    }
}
