use std::sync::Arc;

use letscode_model::ClientAddress;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address_limit::{AddressLimit, AddressShare};

/// Bodies and answers of up to this size come from a part that large ones can't use.
pub(crate) const SMALL_BYTES: usize = 64 << 10;
/// Part of the budget for small ones: one in this many.
const SMALL_PART: usize = 4;
/// Part of the budget that one address may hold: one in this many.
const ADDRESS_PART: usize = 8;

/// Memory that requests or answers may take together. One permit per byte.
pub(crate) struct MemoryBudget {
    large: Arc<Semaphore>,
    small: Arc<Semaphore>,
    addresses: Arc<AddressLimit>,
}

impl MemoryBudget {
    pub fn new(bytes: usize) -> Self {
        let small = bytes / SMALL_PART;
        MemoryBudget {
            large: Arc::new(Semaphore::new(bytes - small)),
            small: Arc::new(Semaphore::new(small)),
            addresses: AddressLimit::new(bytes / ADDRESS_PART),
        }
    }

    /// Takes bytes, or `None` if too many are taken, by all or by this address.
    pub fn take(&self, address: Option<ClientAddress>, bytes: usize) -> Option<MemoryPermit> {
        let share = self.addresses.take(address, bytes)?;
        Some(MemoryPermit {
            permit: self.permits(bytes, bytes)?,
            share,
            bytes,
        })
    }

    /// Takes more bytes for what has a permit; false if that is too much.
    pub fn grow(&self, held: &mut MemoryPermit, bytes: usize) -> bool {
        let total = held.bytes + bytes;
        // What outgrows the small part moves to the large one.
        let moves = held.bytes <= SMALL_BYTES && total > SMALL_BYTES;
        let amount = if moves { total } else { bytes };
        let Some(more) = self.permits(amount, total) else {
            return false;
        };
        if !held.share.grow(bytes) {
            return false;
        }
        if moves {
            held.permit = more;
        } else {
            held.permit.merge(more);
        }
        held.bytes = total;
        true
    }

    fn permits(&self, amount: usize, total: usize) -> Option<OwnedSemaphorePermit> {
        let part = if total <= SMALL_BYTES {
            &self.small
        } else {
            &self.large
        };
        let amount = u32::try_from(amount).ok()?;
        part.clone().try_acquire_many_owned(amount).ok()
    }
}

/// A part of a [`MemoryBudget`]. To be kept for as long as the memory is in use.
pub(crate) struct MemoryPermit {
    permit: OwnedSemaphorePermit,
    share: AddressShare,
    bytes: usize,
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const MIB: usize = 1 << 20;

    fn address(number: u8) -> Option<ClientAddress> {
        Some(ClientAddress::from(IpAddr::from([192, 0, 2, number])))
    }

    #[test]
    fn large_bodies_leave_room_for_small_ones() {
        let budget = MemoryBudget::new(8 * MIB);
        let large: Vec<_> = (0..12)
            .map_while(|n| budget.take(address(n), MIB))
            .collect();
        assert_eq!(large.len(), 6);
        assert!(budget.take(address(99), SMALL_BYTES).is_some());
        assert!(budget.take(address(99), SMALL_BYTES + 1).is_none());
    }

    #[test]
    fn one_address_cannot_take_the_budget() {
        let budget = MemoryBudget::new(8 * MIB);
        let small: Vec<_> = (0..100)
            .map_while(|_| budget.take(address(1), SMALL_BYTES))
            .collect();
        assert_eq!(small.len(), MIB / SMALL_BYTES);
        assert!(budget.take(address(2), MIB).is_some());
    }

    #[test]
    fn growing_bodies_move_to_the_large_part() {
        let budget = MemoryBudget::new(8 * MIB);
        let mut permit = budget.take(address(1), 0).unwrap();
        assert!(budget.grow(&mut permit, SMALL_BYTES));
        assert_eq!(budget.small.available_permits(), 2 * MIB - SMALL_BYTES);
        assert!(budget.grow(&mut permit, MIB));
        assert_eq!(budget.small.available_permits(), 2 * MIB);
        assert_eq!(budget.large.available_permits(), 5 * MIB - SMALL_BYTES);
        assert!(!budget.grow(&mut permit, 8 * MIB));
        drop(permit);
        assert_eq!(budget.large.available_permits(), 6 * MIB);
    }
}
