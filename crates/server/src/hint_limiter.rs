//! Limits the hints that each user and each address may send.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use letscode_model::{ClientAddress, UserId};

use crate::caller::Caller;

/// A person who stops typing for a second each time sends no more.
pub(crate) const MAX_HINTS_A_MINUTE: u32 = 60;
/// Many people may share an address, and one client can make up many users.
const MAX_HINTS_A_MINUTE_OF_ADDRESS: u32 = 10 * MAX_HINTS_A_MINUTE;
const MINUTE: Duration = Duration::from_secs(60);
/// Users, and addresses, whose hints are counted at once.
const MAX_COUNTS: u64 = 10_000;

/// Counts the hints of the current minute.
pub(crate) struct HintLimiter {
    by_user: HintCounts<UserId>,
    by_address: HintCounts<ClientAddress>,
}

type HintCounts<K> = moka::sync::Cache<K, Arc<AtomicU32>>;

impl Default for HintLimiter {
    fn default() -> Self {
        HintLimiter {
            by_user: counts(),
            by_address: counts(),
        }
    }
}

impl HintLimiter {
    /// Counts a hint; false if it is one too many for its user or address.
    pub fn allows(&self, caller: &Caller) -> bool {
        let address = caller.address().is_none_or(|address| {
            let count = self.by_address.get_with(address, Arc::default);
            count.fetch_add(1, Ordering::Relaxed) < MAX_HINTS_A_MINUTE_OF_ADDRESS
        });
        let user = self
            .by_user
            .get_with(caller.user_id().clone(), Arc::default);
        address && user.fetch_add(1, Ordering::Relaxed) < MAX_HINTS_A_MINUTE
    }
}

fn counts<K: Hash + Eq + Send + Sync + 'static>() -> HintCounts<K> {
    let cache = moka::sync::Cache::builder().max_capacity(MAX_COUNTS);
    cache.time_to_live(MINUTE).build()
}
