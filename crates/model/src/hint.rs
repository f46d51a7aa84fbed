use serde::{Deserialize, Serialize};

use crate::{LanguageId, ProblemId, UserId};

/// The largest draft that is taken, in bytes (64 KiB): somebody types it.
pub const MAX_DRAFT_BYTES: usize = 64 << 10;

/// What somebody may ask for soon. Nobody waits for it, and losing it costs time and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    pub user_id: UserId,
    pub language: LanguageId,
    /// `None`: nothing is written yet.
    pub draft: Option<Draft>,
}

/// What may be submitted as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub problem_id: ProblemId,
    pub code: String,
}
