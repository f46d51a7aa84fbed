use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use letscode_model::RateQuota;

use crate::RateState;
use crate::sync::lock;

/// Requests between two clean-ups.
const CLEANUP_INTERVAL: u32 = 4096;

type KeyedLimiter =
    RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Requests by name, in one limiter for each quota: the quotas are the operator's, and few.
#[derive(Default)]
pub(super) struct RateTable {
    limiters: Mutex<HashMap<RateQuota, Arc<KeyedLimiter>>>,
    clock: DefaultClock,
    counted: AtomicU32,
}

impl RateTable {
    pub fn count(&self, name: &str, quota: RateQuota) -> RateState {
        let limiter = self.limiter(quota);
        let checked = limiter.check_key(&name.to_owned());
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted.is_multiple_of(CLEANUP_INTERVAL) {
            // Names whose quota is whole again are as good as none.
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        match checked {
            Ok(snapshot) => RateState {
                remaining: snapshot.remaining_burst_capacity(),
                retry_after: Duration::ZERO,
            },
            Err(refused) => RateState {
                remaining: 0,
                // A wait of zero would read as an allowed request.
                retry_after: refused
                    .wait_time_from(self.clock.now())
                    .max(Duration::from_millis(1)),
            },
        }
    }

    fn limiter(&self, quota: RateQuota) -> Arc<KeyedLimiter> {
        let mut limiters = lock(&self.limiters);
        let limiter = limiters.entry(quota).or_insert_with(|| {
            // `None` only for a period of zero, which no quota has.
            let rate = Quota::with_period(quota.interval())
                .unwrap_or(Quota::per_second(quota.count))
                .allow_burst(quota.count);
            Arc::new(RateLimiter::keyed(rate).with_middleware::<StateInformationMiddleware>())
        });
        limiter.clone()
    }
}
