use serde::{Deserialize, Serialize};

use crate::LanguageId;

/// Ad-hoc code with ad-hoc input: no problem, no verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    pub code: String,
    pub input: String,
    pub language: LanguageId,
}

/// How an ad-hoc run ended: what the sandbox saw, plus the two ways of never having run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SnippetOutcome {
    Exited,
    Signaled,
    CpuTimeExceeded,
    WallTimeExceeded,
    MemoryExceeded,
    OutputExceeded,
    SyscallDenied,
    CompileFailed,
    SandboxError,
}

impl SnippetOutcome {
    /// The public spelling, the same as the serialised one.
    pub fn as_str(self) -> &'static str {
        match self {
            SnippetOutcome::Exited => "exited",
            SnippetOutcome::Signaled => "signaled",
            SnippetOutcome::CpuTimeExceeded => "cpu_time_exceeded",
            SnippetOutcome::WallTimeExceeded => "wall_time_exceeded",
            SnippetOutcome::MemoryExceeded => "memory_exceeded",
            SnippetOutcome::OutputExceeded => "output_exceeded",
            SnippetOutcome::SyscallDenied => "syscall_denied",
            SnippetOutcome::CompileFailed => "compile_failed",
            SnippetOutcome::SandboxError => "sandbox_error",
        }
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
    /// The exit code, when the program exited.
    pub exit_code: Option<i32>,
    /// The signal's number, when a signal ended it.
    pub signal: Option<i32>,
    pub stdout: String,
    /// What the program wrote to standard error; the compiler's words when it did not compile.
    pub stderr: String,
    /// CPU time in milliseconds.
    pub execution_time: f64,
    /// Wall-clock time in milliseconds.
    pub wall_time: f64,
    /// Peak memory in bytes.
    pub memory_used: u64,
}

impl SnippetReport {
    /// Exited by itself with code 0.
    pub fn success(&self) -> bool {
        self.outcome == SnippetOutcome::Exited && self.exit_code == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_serialises_as_it_prints() {
        let all = [
            SnippetOutcome::Exited,
            SnippetOutcome::Signaled,
            SnippetOutcome::CpuTimeExceeded,
            SnippetOutcome::WallTimeExceeded,
            SnippetOutcome::MemoryExceeded,
            SnippetOutcome::OutputExceeded,
            SnippetOutcome::SyscallDenied,
            SnippetOutcome::CompileFailed,
            SnippetOutcome::SandboxError,
        ];
        for outcome in all {
            let json = serde_json::to_value(outcome).unwrap();
            assert_eq!(json, serde_json::json!(outcome.as_str()));
        }
    }
}
