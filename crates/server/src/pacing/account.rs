use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Processor time that an address may be ahead of its share: a page and its first requests.
const BURST: Duration = Duration::from_millis(100);
/// Longest time in which an address pays for what it used.
const MAX_DEBT: Duration = Duration::from_secs(2);
/// Weight of the newest request in the typical cost of one.
const NEWEST_WEIGHT: f64 = 0.25;

/// The processor time that the requests of one address used.
pub(super) struct Account {
    /// Share of one core.
    share: f64,
    /// Held by the request that is next: the requests of an address go on one after the other.
    pub turn: tokio::sync::Mutex<()>,
    ledger: Mutex<Ledger>,
}

struct Ledger {
    /// Time at which everything used so far is paid.
    paid_at: Instant,
    /// Typical processor time of a request.
    typical: Duration,
}

impl Account {
    pub fn new(share: f64) -> Self {
        let ledger = Ledger {
            paid_at: Instant::now(),
            typical: Duration::ZERO,
        };
        Account {
            share,
            turn: tokio::sync::Mutex::default(),
            ledger: Mutex::new(ledger),
        }
    }

    /// Records processor time that was used. Returns the time that paying it takes.
    pub fn charge(&self, used: Duration) -> Duration {
        let now = Instant::now();
        let mut ledger = self.lock();
        let before = ledger.paid_at.max(now);
        let paid_at = before + self.time_to_pay(used);
        ledger.paid_at = paid_at.min(now + MAX_DEBT).max(before);
        ledger.paid_at - before
    }

    /// Returns the time until the address is within its share again.
    pub fn debt(&self) -> Duration {
        let burst = self.time_to_pay(BURST);
        let paid_at = self.lock().paid_at;
        paid_at
            .saturating_duration_since(Instant::now())
            .saturating_sub(burst)
    }

    /// Charges what a request typically takes, so that the next one knows of it. Returns the time that
    /// this adds to the debt.
    pub fn reserve(&self) -> Duration {
        let typical = self.lock().typical;
        self.charge(typical)
    }

    /// Takes back what a request that has used `used` reserved.
    pub fn settle(&self, reserved: Duration, used: Duration) {
        let mut ledger = self.lock();
        ledger.paid_at = ledger
            .paid_at
            .checked_sub(reserved)
            .unwrap_or(ledger.paid_at);
        ledger.typical = ledger.typical.mul_f64(1.0 - NEWEST_WEIGHT) + used.mul_f64(NEWEST_WEIGHT);
    }

    fn time_to_pay(&self, used: Duration) -> Duration {
        used.div_f64(self.share)
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn time_beyond_the_share_is_paid_by_waiting() {
        let account = Account::new(0.5);
        account.charge(BURST);
        assert_eq!(account.debt(), Duration::ZERO);
        account.charge(SECOND / 4);
        assert_eq!(account.debt(), SECOND / 2);
        tokio::time::sleep(SECOND / 4).await;
        assert_eq!(account.debt(), SECOND / 4);
        tokio::time::sleep(SECOND).await;
        assert_eq!(account.debt(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_debt_is_paid_within_a_bounded_time() {
        let account = Account::new(0.5);
        account.charge(100 * SECOND);
        assert!(account.debt() <= MAX_DEBT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reservation_is_given_back() {
        let account = Account::new(0.5);
        account.charge(BURST);
        let reserved = account.reserve();
        account.charge(SECOND / 10);
        account.settle(reserved, SECOND / 10);
        assert_eq!(account.debt(), SECOND / 5);
        let reserved = account.reserve();
        assert_eq!(
            reserved,
            SECOND / 20,
            "half a core pays for a quarter of 100 ms"
        );
        account.settle(reserved, Duration::ZERO);
        assert_eq!(account.debt(), SECOND / 5);
    }

    /// At the largest debt a reservation adds nothing, and takes nothing back.
    #[tokio::test(start_paused = true)]
    async fn reservations_do_not_pay_debts() {
        let account = Account::new(0.5);
        for _ in 0..10 {
            account.settle(Duration::ZERO, SECOND);
        }
        account.charge(100 * SECOND);
        let debt = account.debt();
        let reservations: Vec<Duration> = (0..100).map(|_| account.reserve()).collect();
        for reserved in reservations {
            account.settle(reserved, SECOND);
        }
        assert_eq!(account.debt(), debt);
    }
}
