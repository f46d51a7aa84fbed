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

/// The result of an ad-hoc run: the sandbox's outcome, or the reason why the program did not run.
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
    /// Returns the public spelling, the same as the serialised one.
    pub fn as_str(self) -> &'static str {
        self.into()
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
    /// Returns true if the program exited by itself with code 0.
    pub fn success(&self) -> bool {
        self.outcome == SnippetOutcome::Exited && self.exit_code == Some(0)
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
}
