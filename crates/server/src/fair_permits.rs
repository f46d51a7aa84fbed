use std::sync::Arc;
use std::time::Duration;

use letscode_model::ClientAddress;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Addresses whose turns are known at once.
const MAX_ADDRESSES: u64 = 10_000;
/// Time after which an address that waits for nothing is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Permits for work that keeps a core busy. The clients at one address have one of them at a time, so
/// that another address never waits for more than one of each.
pub(crate) struct FairPermits {
    all: Arc<Semaphore>,
    by_address: Cache<ClientAddress, Arc<Semaphore>>,
}

/// A permit, with the turn of its address. Neither semaphore is ever closed.
pub(crate) struct FairPermit {
    _turn: Option<OwnedSemaphorePermit>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl FairPermits {
    pub fn new(count: usize) -> Self {
        let by_address = Cache::builder().max_capacity(MAX_ADDRESSES);
        FairPermits {
            all: Arc::new(Semaphore::new(count)),
            by_address: by_address.time_to_idle(FORGET_AFTER).build(),
        }
    }

    /// Waits for the turn of the address, and then for a permit.
    pub async fn acquire(&self, address: Option<ClientAddress>) -> FairPermit {
        let turn = match address {
            Some(address) => {
                let new = || Arc::new(Semaphore::new(1));
                let turns = self.by_address.get_with(address, new);
                turns.acquire_owned().await.ok()
            }
            None => None,
        };
        FairPermit {
            _turn: turn,
            _permit: self.all.clone().acquire_owned().await.ok(),
        }
    }
}

impl FairPermits {
    /// As [`FairPermits::acquire`], for a bounded time: `None` if that was not enough.
    pub async fn acquire_within(
        &self,
        address: Option<ClientAddress>,
        patience: Duration,
    ) -> Option<FairPermit> {
        let acquired = tokio::time::timeout(patience, self.acquire(address)).await;
        acquired.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use tokio::task::JoinSet;
    use tokio::time::Instant;

    use super::*;

    const WORK: Duration = Duration::from_secs(1);

    fn address(text: &str) -> Option<ClientAddress> {
        Some(ClientAddress::from(text.parse::<IpAddr>().unwrap()))
    }

    #[tokio::test(start_paused = true)]
    async fn another_address_waits_for_one_at_most() {
        let permits = Arc::new(FairPermits::new(1));
        let mut greedy = JoinSet::new();
        for _ in 0..100 {
            let permits = permits.clone();
            greedy.spawn(async move {
                let _permit = permits.acquire(address("192.0.2.1")).await;
                tokio::time::sleep(WORK).await;
            });
        }
        tokio::time::sleep(WORK / 2).await;
        let began = Instant::now();
        permits.acquire(address("192.0.2.2")).await;
        assert!(began.elapsed() <= WORK, "{:?}", began.elapsed());
        while greedy.join_next().await.is_some() {}
        assert!(began.elapsed() >= 99 * WORK);
    }

    /// Many addresses at once are many turns: nobody waits for all of them.
    #[tokio::test(start_paused = true)]
    async fn waits_end() {
        let permits = Arc::new(FairPermits::new(1));
        let mut flood = JoinSet::new();
        for host in 0..100 {
            let permits = permits.clone();
            flood.spawn(async move {
                let patience = 10 * WORK;
                let from = address(&format!("192.0.2.{host}"));
                let permit = permits.acquire_within(from, patience).await;
                if permit.is_some() {
                    tokio::time::sleep(WORK).await;
                }
                permit.is_some()
            });
        }
        let began = Instant::now();
        let served = flood.join_all().await;
        assert!(began.elapsed() <= 11 * WORK, "{:?}", began.elapsed());
        let count = served.iter().filter(|served| **served).count();
        assert!((10..=11).contains(&count), "{count}");
        permits.acquire(address("192.0.2.1")).await;
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_there_are_work_at_once() {
        let permits = Arc::new(FairPermits::new(2));
        let began = Instant::now();
        let mut all = JoinSet::new();
        for host in 0..10 {
            let permits = permits.clone();
            all.spawn(async move {
                let _permit = permits.acquire(address(&format!("192.0.2.{host}"))).await;
                tokio::time::sleep(WORK).await;
            });
        }
        while all.join_next().await.is_some() {}
        assert_eq!(began.elapsed(), 5 * WORK);
    }
}
