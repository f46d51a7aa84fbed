use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    /// Unix time in milliseconds.
    #[serde(default)]
    pub offered_at: u64,
}

impl Hint {
    /// Returns a hint that is offered now.
    pub fn new(user_id: UserId, language: LanguageId, draft: Option<Draft>) -> Self {
        Hint {
            user_id,
            language,
            draft,
            offered_at: unix_millis(),
        }
    }

    /// Returns the time since it was offered; none by a clock that lags behind.
    pub fn age(&self) -> Duration {
        Duration::from_millis(unix_millis().saturating_sub(self.offered_at))
    }
}

fn unix_millis() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since_epoch.unwrap_or_default().as_millis();
    u64::try_from(millis).unwrap_or(u64::MAX)
}

/// Code that may be submitted as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub problem_id: ProblemId,
    pub code: String,
}
