use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use letscode_model::ClientAddress;
use moka::sync::Cache;
use tokio::time::Instant;

use super::account::Account;
use super::processor_time::Meter;

/// Share of all cores that one address may use while there is work of others.
const SHARE: f64 = 0.25;
/// Time after its last work for which an address is considered to be there.
const PRESENCE: Duration = Duration::from_secs(10);
/// Longest sleep before looking again if there is work of others.
const LONGEST_SLEEP: Duration = Duration::from_millis(100);
/// Addresses that are measured at once.
const MAX_ACCOUNTS: u64 = 10_000;
/// Time after which an address that sends nothing is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// Makes addresses that use much processor time wait while there is work of others.
pub(crate) struct Pacer {
    /// Share of one core that one address may use.
    share: f64,
    accounts: Cache<ClientAddress, Arc<Account>>,
    /// The two addresses that last sent work, the newest first.
    present: Mutex<[Option<(ClientAddress, Instant)>; 2]>,
}

impl Pacer {
    pub fn new(cores: usize) -> Self {
        let accounts = Cache::builder()
            .max_capacity(MAX_ACCOUNTS)
            .time_to_idle(FORGET_AFTER);
        Pacer {
            share: SHARE * cores as f64,
            accounts: accounts.build(),
            present: Mutex::default(),
        }
    }

    /// Does a part of the work of an address when it is within its share. Without an address, as in
    /// tests, nothing is measured.
    pub async fn pace<T>(
        &self,
        address: Option<ClientAddress>,
        work: impl Future<Output = T>,
    ) -> T {
        match address {
            Some(address) => self.begin(address).await.measure(work).await,
            None => work.await,
        }
    }

    /// Waits until the address is within its share, and returns the meter of its next work.
    pub(super) async fn begin(&self, address: ClientAddress) -> PacedWork {
        let account = self
            .accounts
            .get_with(address, || Arc::new(Account::new(self.share)));
        self.wait(address, &account).await;
        PacedWork {
            reserved: account.reserve(),
            meter: Meter::new(account.clone()),
            account,
        }
    }

    /// Waits until the address is within its share, or alone.
    async fn wait(&self, address: ClientAddress, account: &Account) {
        if account.debt().is_zero() || self.is_alone(address) {
            return;
        }
        let _turn = account.turn.lock().await;
        loop {
            let debt = account.debt();
            if debt.is_zero() || self.is_alone(address) {
                return;
            }
            tokio::time::sleep(debt.min(LONGEST_SLEEP)).await;
        }
    }

    /// Records that an address has work.
    pub fn note_work(&self, address: ClientAddress) {
        let now = Instant::now();
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if present[0].is_none_or(|(newest, _)| newest != address) {
            present.swap(0, 1);
        }
        present[0] = Some((address, now));
    }

    /// True if no other address has had work for a while.
    fn is_alone(&self, address: ClientAddress) -> bool {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = present.iter().flatten();
        others.all(|(other, at)| *other == address || at.elapsed() > PRESENCE)
    }
}

/// Work that has begun. Dropping it gives back what was reserved, also if the client hangs up.
pub(super) struct PacedWork {
    account: Arc<Account>,
    reserved: Duration,
    pub meter: Meter,
}

impl PacedWork {
    pub async fn measure<T>(&self, work: impl Future<Output = T>) -> T {
        self.meter.clone().measure(work).await
    }
}

impl Drop for PacedWork {
    fn drop(&mut self) {
        self.account.settle(self.reserved, self.meter.used());
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address(text: &str) -> ClientAddress {
        ClientAddress::from(text.parse::<IpAddr>().unwrap())
    }

    impl Pacer {
        /// Charges work of an address, as a request does.
        async fn charge(&self, address: ClientAddress, used: Duration) {
            self.note_work(address);
            let work = async {};
            self.pace(Some(address), work).await;
            self.accounts.get(&address).unwrap().charge(used);
        }

        async fn waits(&self, address: ClientAddress) -> Duration {
            let began = Instant::now();
            self.pace(Some(address), async {}).await;
            began.elapsed()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_alone_never_waits() {
        let (pacer, greedy) = (Pacer::new(2), address("192.0.2.1"));
        for _ in 0..10 {
            pacer.charge(greedy, SECOND).await;
        }
        assert_eq!(pacer.waits(greedy).await, Duration::ZERO);
        pacer.note_work(address("192.0.2.2"));
        tokio::time::sleep(PRESENCE + SECOND).await;
        pacer.charge(greedy, SECOND).await;
        assert_eq!(pacer.waits(greedy).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_greedy_address_waits_beside_another() {
        let pacer = Pacer::new(2);
        let (greedy, modest) = (address("192.0.2.1"), address("192.0.2.2"));
        pacer.charge(greedy, SECOND / 2).await;
        pacer.charge(modest, SECOND / 100).await;
        assert_eq!(pacer.waits(modest).await, Duration::ZERO);
        // Half a second at a quarter of two cores, less the burst.
        let waited = pacer.waits(greedy).await;
        assert!(waited >= SECOND / 2 && waited < SECOND, "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_share_is_kept_by_many_requests_at_once() {
        let pacer = Arc::new(Pacer::new(2));
        let (greedy, modest) = (address("192.0.2.1"), address("192.0.2.2"));
        pacer.note_work(modest);
        let began = Instant::now();
        let mut requests = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let pacer = pacer.clone();
            requests.spawn(async move {
                pacer.note_work(modest);
                pacer.charge(greedy, SECOND / 50).await;
            });
        }
        while requests.join_next().await.is_some() {}
        // Two seconds of processor time at half a core.
        let took = began.elapsed();
        assert!(took > 3 * SECOND, "{took:?}");
    }
}
