use serde::{Deserialize, Serialize};

use crate::LimitCaps;

/// The folder name of a problem package: letters, digits, `.`, `_` and `-`, 1 to 128 bytes, not
/// starting with a dot. It is used in paths, so nothing else is ever accepted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "aplusb"))]
#[serde(try_from = "String", into = "String")]
pub struct ProblemId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a problem id: use 1 to 128 letters, digits, `.`, `_` or `-`, and no dot in front"
)]
pub struct InvalidProblemId(String);

impl ProblemId {
    pub const MAX_BYTES: usize = 128;

    pub fn parse(text: &str) -> Result<Self, InvalidProblemId> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let valid = (1..=Self::MAX_BYTES).contains(&text.len())
            && !text.starts_with('.')
            && text.chars().all(allowed);
        if valid {
            Ok(ProblemId(text.to_owned()))
        } else {
            // Untrusted input: quote enough to recognise it, not all of it.
            Err(InvalidProblemId(text.chars().take(80).collect()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProblemId {
    type Error = InvalidProblemId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        ProblemId::parse(&text)
    }
}

impl From<ProblemId> for String {
    fn from(id: ProblemId) -> String {
        id.0
    }
}

impl std::fmt::Display for ProblemId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One item of `GET /api/problems`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProblemSummary {
    pub id: ProblemId,
    pub title: String,
    /// CPU time limit of one run in milliseconds.
    pub time_limit: f64,
    /// Memory limit of one run in bytes.
    pub memory_limit: u64,
    pub total_tests: u32,
    pub keywords: Vec<String>,
    /// Scored in points rather than accepted or not.
    pub scoring: bool,
    pub interactive: bool,
    /// Largest source code in bytes.
    #[serde(default = "largest_code_limit")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub code_limit: u64,
}

impl ProblemSummary {
    /// Lowers the limits to what the operator's caps leave of them.
    pub fn lower_limits(&mut self, caps: &LimitCaps) {
        if let Some(usable) = caps.usable_cpu_time() {
            self.time_limit = self.time_limit.min(usable as f64);
        }
        if let Some(memory) = caps.limits.memory {
            self.memory_limit = self.memory_limit.min(memory);
        }
    }
}

/// Limit of problems that were imported before it was kept with them: the service's own. The judge knows
/// better.
fn largest_code_limit() -> u64 {
    crate::MAX_SOURCE_BYTES as u64
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StatementFormat {
    Markdown,
    Latex,
}

/// The sources of verdicts that a problem accepts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    #[default]
    Server,
    /// Verdicts of browsers too: practice with public tests.
    Client,
}

/// A problem statement as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// An ISO 639 code such as `en`.
    pub language: String,
    pub format: StatementFormat,
    pub text: String,
}

/// A public example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProblemSample {
    pub name: String,
    pub input: String,
    pub output: String,
    /// `output` is the protocol of an interaction: lines with `<` in front are read by the
    /// submission, lines with `>` are written by it, and `---` starts another pass.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub interaction: bool,
}

/// The body of `GET /api/problems/:id`. Contains nothing of the hidden tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProblemDetail {
    #[serde(flatten)]
    pub summary: ProblemSummary,
    /// Source of the time limit, for people: a file of the package, or a measurement.
    #[serde(default)]
    pub time_limit_from: String,
    pub statements: Vec<Statement>,
    /// The images beside the statements, by their path from the statements' folder.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub statement_files: Vec<String>,
    pub samples: Vec<ProblemSample>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub trust: Trust,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub author: Option<String>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub source: Option<String>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub license: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_ids_are_never_paths() {
        for good in ["aplusb", "icpc-problems--euroexpress", "a.b_c-1"] {
            assert!(ProblemId::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".hidden",
            "a/b",
            "a\0b",
            "a b",
            "å",
            &"x".repeat(129),
        ] {
            assert!(ProblemId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
