use serde::{Deserialize, Serialize};

use crate::{LanguageId, ProblemId, UserId};

/// Largest draft that is accepted, in bytes (64 KiB): drafts are typed by hand.
pub const MAX_DRAFT_BYTES: usize = 64 << 10;

/// Work that a user may ask for soon. Losing a hint costs time and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    pub user_id: UserId,
    pub language: LanguageId,
    /// `None` while no code is written yet.
    pub draft: Option<Draft>,
}

/// Code that may be submitted as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub problem_id: ProblemId,
    pub code: String,
}
