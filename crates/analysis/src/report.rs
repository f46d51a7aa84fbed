use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::facts::{Fact, FactKind};

/// Reason why facts may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// Syntax errors; the remaining parts were analysed.
    Broken,
    /// Only the beginning was parsed, and a word behind it may be a restricted API.
    TooLong,
    /// Only the beginning was parsed; no word behind it leads to a restricted API. Loops and arrays there
    /// are unknown.
    Skimmed,
    TookTooLong,
}

/// Result of the analysis of a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisReport {
    /// Sorted by line, without duplicates; at most 100.
    pub facts: Vec<Fact>,
    pub incomplete: Option<Incomplete>,
    pub estimate: Estimate,
}

impl AnalysisReport {
    pub(crate) fn empty(incomplete: Incomplete) -> Self {
        AnalysisReport {
            facts: Vec::new(),
            incomplete: Some(incomplete),
            estimate: Estimate::default(),
        }
    }

    /// True if the whole text was analysed.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_none()
    }

    pub fn has(&self, kind: FactKind) -> bool {
        self.facts.iter().any(|fact| fact.kind == kind)
    }

    /// True if the program only computes and uses its standard streams.
    pub fn is_safe(&self) -> bool {
        self.facts.is_empty()
    }
}
