use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::ClientAddress;

/// Limits what the clients at one address hold of something at the same time.
pub(crate) struct AddressLimit {
    max: usize,
    held: Mutex<HashMap<ClientAddress, usize>>,
}

impl AddressLimit {
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(AddressLimit {
            max,
            held: Mutex::default(),
        })
    }

    /// Takes a share, or `None` if the address would hold too much. An address that holds nothing
    /// gets any amount. Without a connection, as in tests, nothing is limited.
    pub fn take(
        self: &Arc<Self>,
        address: Option<ClientAddress>,
        amount: usize,
    ) -> Option<AddressShare> {
        let mut share = AddressShare {
            limit: self.clone(),
            address,
            amount: 0,
        };
        share.grow(amount).then_some(share)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ClientAddress, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of what one address may hold; dropping it returns it.
pub(crate) struct AddressShare {
    limit: Arc<AddressLimit>,
    address: Option<ClientAddress>,
    amount: usize,
}

impl AddressShare {
    /// Adds to the share; false if the address would hold too much, and nothing is added.
    pub fn grow(&mut self, amount: usize) -> bool {
        let Some(address) = self.address.filter(|_| amount > 0) else {
            return true;
        };
        let mut held = self.limit.lock();
        let by_address = held.get(&address).copied().unwrap_or(0);
        let beside = by_address - self.amount;
        if beside > 0 && by_address.saturating_add(amount) > self.limit.max {
            return false;
        }
        held.insert(address, by_address + amount);
        self.amount += amount;
        true
    }
}

impl Drop for AddressShare {
    fn drop(&mut self) {
        let Some(address) = self.address.filter(|_| self.amount > 0) else {
            return;
        };
        let mut held = self.limit.lock();
        if let Some(by_address) = held.get_mut(&address) {
            *by_address -= self.amount;
            if *by_address == 0 {
                held.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn address(text: &str) -> Option<ClientAddress> {
        Some(ClientAddress::from(text.parse::<IpAddr>().unwrap()))
    }

    #[test]
    fn each_address_has_a_limit_of_its_own() {
        let limit = AddressLimit::new(10);
        let first = limit.take(address("192.0.2.1"), 8).unwrap();
        assert!(limit.take(address("192.0.2.1"), 3).is_none());
        assert!(limit.take(address("192.0.2.2"), 10).is_some());
        drop(first);
        assert!(limit.take(address("192.0.2.1"), 10).is_some());
        assert!(limit.lock().is_empty());
    }

    #[test]
    fn a_single_share_may_be_larger() {
        let limit = AddressLimit::new(10);
        let mut large = limit.take(address("2001:db8::1"), 6).unwrap();
        assert!(large.grow(100));
        assert!(limit.take(address("2001:db8::2"), 1).is_none());
        assert!(limit.take(None, 1000).is_some());
    }

    #[test]
    fn shares_that_cannot_grow_keep_what_they_have() {
        let limit = AddressLimit::new(10);
        let mut first = limit.take(address("192.0.2.1"), 4).unwrap();
        let second = limit.take(address("192.0.2.1"), 4).unwrap();
        assert!(!first.grow(3));
        drop((first, second));
        assert!(limit.lock().is_empty());
    }
}
