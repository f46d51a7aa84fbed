use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::facts::{Fact, FactKind};

/// Why something may have been missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// Parts of it are not of this language; the rest was read all the same.
    Broken,
    /// Only its beginning was read, and there is something behind it that may be any of this.
    TooLong,
    /// Only its beginning was read; no word behind it leads to anything that is looked for. Loops and arrays
    /// there are not known.
    Skimmed,
    TookTooLong,
}

/// What was found in a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisReport {
    /// By line, each said once; at most 100.
    pub facts: Vec<Fact>,
    pub incomplete: Option<Incomplete>,
    pub estimate: Estimate,
}

impl AnalysisReport {
    pub(crate) fn nothing(incomplete: Incomplete) -> Self {
        AnalysisReport {
            facts: Vec::new(),
            incomplete: Some(incomplete),
            estimate: Estimate::default(),
        }
    }

    /// All of it was read and understood.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_none()
    }

    pub fn has(&self, kind: FactKind) -> bool {
        self.facts.iter().any(|fact| fact.kind == kind)
    }

    /// It computes and talks to its standard streams, and nothing else.
    pub fn is_safe(&self) -> bool {
        self.facts.is_empty()
    }
}
