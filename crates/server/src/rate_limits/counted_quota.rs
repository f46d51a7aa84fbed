use letscode_model::RateQuota;
use letscode_queue::RateState;

use super::class::RateClass;
use super::settings::RateSubject;

/// A quota that a request was counted against.
#[derive(Debug, Clone, Copy)]
pub(super) struct CountedQuota {
    pub subject: RateSubject,
    pub class: RateClass,
    pub quota: RateQuota,
    pub state: RateState,
}

impl CountedQuota {
    /// Seconds until a refused request is allowed, or until the quota is whole again.
    pub fn reset_seconds(&self) -> u64 {
        let used = self.quota.count.get() - self.state.remaining.min(self.quota.count.get());
        let wait = if self.state.is_allowed() {
            self.quota.interval() * used
        } else {
            self.state.retry_after
        };
        wait.as_millis().div_ceil(1000) as u64
    }

    /// Share of the quota that is left.
    pub fn remaining_share(&self) -> f64 {
        f64::from(self.state.remaining) / f64::from(self.quota.count.get())
    }
}
