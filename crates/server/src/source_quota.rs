//! Limits how much source code each address has stored in a day.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use letscode_model::ClientAddress;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Addresses that are counted at once; beyond them those of the longest ago are forgotten.
const MAX_ADDRESSES: u64 = 100_000;

/// Counts the bytes of each address, from its first submission on for a day.
pub(crate) struct SourceQuota {
    max_bytes: u64,
    used: moka::sync::Cache<ClientAddress, Arc<AtomicU64>>,
}

impl SourceQuota {
    pub fn new(max_bytes: u64) -> Self {
        let used = moka::sync::Cache::builder()
            .max_capacity(MAX_ADDRESSES)
            .time_to_live(DAY)
            .build();
        SourceQuota { max_bytes, used }
    }

    /// Counts a source; false if it is too much for its address. Without a connection, as in tests,
    /// nothing is limited.
    pub fn take(&self, address: Option<ClientAddress>, bytes: usize) -> bool {
        let Some(address) = address else { return true };
        let bytes = bytes as u64;
        let used = self.used.get_with(address, Arc::default);
        let before = used.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.max_bytes;
        if !fits {
            // A smaller one may still have room.
            used.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn address(number: u8) -> Option<ClientAddress> {
        Some(ClientAddress::from(IpAddr::from([192, 0, 2, number])))
    }

    #[test]
    fn each_address_has_its_own_quota() {
        let quota = SourceQuota::new(100);
        assert!(quota.take(address(1), 60));
        assert!(!quota.take(address(1), 50));
        assert!(quota.take(address(1), 40), "a refused one takes nothing");
        assert!(!quota.take(address(1), 1));
        assert!(quota.take(address(2), 100));
        assert!(quota.take(None, 1000));
    }
}
