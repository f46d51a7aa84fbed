//! Limits the hints that each user may send.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use letscode_model::UserId;

/// A person who stops typing for a second each time sends no more.
pub(crate) const MAX_HINTS_A_MINUTE: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);
/// Users whose hints are counted at once.
const MAX_USERS: u64 = 10_000;

/// Counts each user's hints of the current minute.
pub(crate) struct HintLimiter {
    counts: moka::sync::Cache<UserId, Arc<AtomicU32>>,
}

impl Default for HintLimiter {
    fn default() -> Self {
        let cache = moka::sync::Cache::builder().max_capacity(MAX_USERS);
        HintLimiter {
            counts: cache.time_to_live(MINUTE).build(),
        }
    }
}

impl HintLimiter {
    /// Counts a hint; false if it is one too many.
    pub fn allows(&self, user: &UserId) -> bool {
        let count = self.counts.get_with(user.clone(), Arc::default);
        count.fetch_add(1, Ordering::Relaxed) < MAX_HINTS_A_MINUTE
    }
}
