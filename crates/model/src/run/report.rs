use serde::{Deserialize, Serialize};

use super::bytes::{ByteText, TextEncoding};
use crate::{DeniedCall, JobId, RunActivity, Verdict, VerdictSummary, ViolationKind};

/// Result of a run that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// Result of the compiler, or of the check of an interpreted program that has a mistake; absent
    /// where nothing had to be compiled.
    pub compile: Option<CompileReport>,
    /// Results in the order of the tests; empty if the program did not compile. Shorter than the tests
    /// if the run stopped at a failure.
    pub runs: Vec<TestRunReport>,
    /// Present if a test was to be judged.
    pub verdict: Option<VerdictSummary>,
    /// The reason why the tests could not be run: a mistake in the request that only a worker sees, such
    /// as a checker that does not compile.
    #[serde(default)]
    pub error: Option<String>,
}

/// The end of one process, its output and its use of resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageReport {
    pub outcome: RunOutcome,
    /// Exit code, if it exited.
    pub exit_code: Option<i32>,
    /// Number of the signal that ended it, if one did.
    pub signal: Option<i32>,
    /// The system call for which it was ended, if the outcome is `syscall_denied` and the worker's
    /// kernel tells.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denied_call: Option<DeniedCall>,
    /// Rates of what it did, where they were measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<RunActivity>,
    pub stdout: ByteText,
    pub stderr: ByteText,
    pub truncated: OutputTruncation,
    /// CPU time in milliseconds.
    pub execution_time: f64,
    /// Wall-clock time in milliseconds.
    pub wall_time: f64,
    /// Peak memory in bytes.
    pub memory_used: u64,
}

/// Streams of which not everything was kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutputTruncation {
    pub stdout: bool,
    /// The middle is left out; a line says how much.
    pub stderr: bool,
}

/// Result of compiling a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompileReport {
    pub stage: StageReport,
    /// True if there is a program to run.
    pub succeeded: bool,
    /// True if the same program had been compiled before: times and memory are those of that time.
    pub cached: bool,
}

/// Result of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestRunReport {
    /// The test's name, if it has one.
    pub name: Option<String>,
    pub stage: StageReport,
    /// Present if the test is judged.
    pub verdict: Option<Verdict>,
    /// Explains the verdict, such as where an output differs.
    pub message: Option<String>,
    /// The files that were asked for, as far as they are there.
    pub files: Vec<CollectedFile>,
    /// The run of the request's checker, if that was ended for a denied call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied_check: Option<StageReport>,
}

/// A file that a program left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedFile {
    pub name: String,
    pub content: ByteText,
}

/// End of a process as the sandbox saw it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RunOutcome {
    Exited,
    Signaled,
    CpuTimeExceeded,
    WallTimeExceeded,
    MemoryExceeded,
    OutputExceeded,
    SyscallDenied,
    /// It made too many system calls a second, and the operator enforces that rate.
    SyscallRateExceeded,
    /// Its memory grew too fast, and the operator enforces that rate.
    MemoryGrowthExceeded,
    /// The service could not run it; nothing is wrong with the program.
    SandboxError,
}

/// Progress of a run that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RunStatus {
    Queued,
    Running,
    Completed,
    /// The service could not carry it out; nothing is wrong with the program.
    Failed,
    Cancelled,
}

/// A run that is kept, for who knows its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptRun {
    pub id: JobId,
    pub status: RunStatus,
    /// The spelling of bytes that was asked for.
    pub encoding: TextEncoding,
    /// Present when completed.
    pub report: Option<RunReport>,
}

impl StageReport {
    /// Returns a report of something that could not be run, for the reason in `message`.
    pub fn sandbox_error(message: impl Into<ByteText>) -> StageReport {
        StageReport {
            outcome: RunOutcome::SandboxError,
            exit_code: None,
            signal: None,
            denied_call: None,
            activity: None,
            stdout: ByteText::default(),
            stderr: message.into(),
            truncated: OutputTruncation::default(),
            execution_time: 0.0,
            wall_time: 0.0,
            memory_used: 0,
        }
    }

    /// Returns the rule that it broke, if it was ended for that.
    pub fn violation(&self) -> Option<ViolationKind> {
        self.outcome.violation()
    }

    /// Explains why it was ended, if that was for a violation.
    pub fn explain_violation(&self) -> Option<String> {
        let kind = self.violation()?;
        Some(kind.explain(self.denied_call.as_ref(), self.activity))
    }

    /// True if it exited by itself with code 0.
    pub fn success(&self) -> bool {
        self.outcome == RunOutcome::Exited && self.exit_code == Some(0)
    }
}

impl TestRunReport {
    /// True if the test is passed: accepted, or exited with code 0 where nothing is judged.
    pub fn passed(&self) -> bool {
        match self.verdict {
            Some(verdict) => verdict == Verdict::Accepted,
            None => self.stage.success(),
        }
    }
}

impl RunReport {
    /// Returns the report of a run that could not be carried out.
    pub fn failed(reason: impl Into<String>) -> RunReport {
        RunReport {
            compile: None,
            runs: Vec::new(),
            verdict: None,
            error: Some(reason.into()),
        }
    }

    /// Returns the size of everything that it holds.
    pub fn size_bytes(&self) -> usize {
        let stage = |stage: &StageReport| stage.stdout.len() + stage.stderr.len();
        let compile = self
            .compile
            .as_ref()
            .map_or(0, |compile| stage(&compile.stage));
        let runs = self.runs.iter().map(|run| {
            let files = run.files.iter().map(|file| file.content.len());
            const RUN_BYTES: usize = size_of::<TestRunReport>();
            RUN_BYTES + stage(&run.stage) + files.sum::<usize>()
        });
        compile + runs.sum::<usize>() + self.error.as_ref().map_or(0, String::len)
    }

    /// True if the program did not compile.
    pub fn compile_failed(&self) -> bool {
        self.compile
            .as_ref()
            .is_some_and(|compile| !compile.succeeded)
    }
}

impl RunStatus {
    /// True if nothing about the run changes any more.
    pub fn is_final(self) -> bool {
        !matches!(self, RunStatus::Queued | RunStatus::Running)
    }
}

impl RunOutcome {
    /// Returns the rule that the program broke, if it was ended for that.
    pub fn violation(self) -> Option<ViolationKind> {
        match self {
            RunOutcome::SyscallDenied => Some(ViolationKind::DeniedCall),
            RunOutcome::SyscallRateExceeded => Some(ViolationKind::SyscallRate),
            RunOutcome::MemoryGrowthExceeded => Some(ViolationKind::MemoryGrowth),
            _ => None,
        }
    }

    /// Returns the public spelling, the same as the serialised one.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn every_outcome_serialises_as_it_prints() {
        for outcome in RunOutcome::VARIANTS.iter().copied() {
            let json = serde_json::to_value(outcome).unwrap();
            assert_eq!(json, serde_json::json!(outcome.as_str()));
        }
    }

    #[test]
    fn reports_survive_the_queue() {
        let stage = StageReport {
            stdout: ByteText(vec![0xff]),
            ..StageReport::sandbox_error("busy")
        };
        let report = RunReport {
            compile: Some(CompileReport {
                stage: stage.clone(),
                succeeded: true,
                cached: true,
            }),
            runs: vec![TestRunReport {
                name: Some("a".to_owned()),
                stage,
                verdict: Some(Verdict::InternalError),
                message: None,
                files: vec![CollectedFile {
                    name: "out.bin".to_owned(),
                    content: ByteText(vec![0, 0xff]),
                }],
                denied_check: None,
            }],
            verdict: None,
            error: Some("no".to_owned()),
        };
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&json).unwrap(), report);
    }
}
