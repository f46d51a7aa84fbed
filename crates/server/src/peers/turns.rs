use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use letscode_model::ClientAddress;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Number of addresses above which those without a turn are forgotten.
const MAX_IDLE: usize = 1024;

type TurnLock = AsyncMutex<()>;

/// One turn at a time for each address. Whoever has it may wait for memory: with several, each could
/// have a part of what the others wait for.
#[derive(Clone, Default)]
pub(super) struct ReadingTurns {
    locks: Arc<Mutex<HashMap<Option<ClientAddress>, Weak<TurnLock>>>>,
}

impl ReadingTurns {
    /// Waits for the address's turn, in the order of arrival.
    pub async fn take(&self, address: Option<ClientAddress>) -> OwnedMutexGuard<()> {
        self.lock(address).lock_owned().await
    }

    fn lock(&self, address: Option<ClientAddress>) -> Arc<TurnLock> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&address).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= MAX_IDLE {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(TurnLock::default());
        locks.insert(address, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn one_address_has_one_turn() {
        let address = |number| {
            Some(ClientAddress::from(std::net::IpAddr::from([
                192, 0, 2, number,
            ])))
        };
        let turns = ReadingTurns::default();
        let first = turns.take(address(1)).await;
        turns.take(address(2)).await;
        let second = tokio::time::timeout(Duration::from_millis(20), turns.take(address(1)));
        assert!(second.await.is_err());
        drop(first);
        turns.take(address(1)).await;
    }

    #[tokio::test]
    async fn idle_addresses_are_forgotten() {
        let turns = ReadingTurns::default();
        for number in 0..=u16::MAX {
            let [a, b] = number.to_be_bytes();
            let address = std::net::IpAddr::from([10, 0, a, b]);
            turns.take(Some(ClientAddress::from(address))).await;
        }
        assert!(turns.locks.lock().unwrap().len() <= MAX_IDLE);
    }
}
