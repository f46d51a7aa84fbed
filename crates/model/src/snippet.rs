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
