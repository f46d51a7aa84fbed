//! Promises of every `RateCounter`.

use std::num::NonZeroU32;
use std::time::Duration;

use letscode_model::{RatePeriod, RateQuota};
use letscode_queue::Broker;

for_every_backend!(
    a_quota_may_be_used_at_once_and_comes_back_by_parts,
    names_and_quotas_are_counted_apart,
    refused_requests_cost_nothing,
);

fn quota(count: u32, period: RatePeriod) -> RateQuota {
    RateQuota {
        count: NonZeroU32::new(count).unwrap(),
        period,
    }
}

async fn a_quota_may_be_used_at_once_and_comes_back_by_parts(broker: &Broker) {
    let four = quota(4, RatePeriod::Second);
    let count = async || broker.rates.count_request("ada", four).await.unwrap();
    for remaining in [3, 2, 1, 0] {
        let state = count().await;
        assert!(state.is_allowed());
        // A slow machine has a part back already.
        assert!(state.remaining >= remaining && state.remaining < 4);
    }
    let mut refused = count().await;
    while refused.is_allowed() {
        refused = count().await;
    }
    assert_eq!(refused.remaining, 0);
    assert!(
        refused.retry_after <= Duration::from_millis(251),
        "{refused:?}"
    );
    tokio::time::sleep(refused.retry_after).await;
    assert!(count().await.is_allowed());
}

async fn names_and_quotas_are_counted_apart(broker: &Broker) {
    let daily = quota(1, RatePeriod::Day);
    let hourly = quota(1, RatePeriod::Hour);
    for (name, quota) in [("ada", daily), ("bob", daily), ("ada", hourly)] {
        for is_allowed in [true, false] {
            let state = broker.rates.count_request(name, quota).await.unwrap();
            assert_eq!(state.is_allowed(), is_allowed, "{name} {quota}");
        }
    }
}

/// A client that asks without a pause is let in as soon as another that waits.
async fn refused_requests_cost_nothing(broker: &Broker) {
    let twice = quota(2, RatePeriod::Second);
    let count = async || broker.rates.count_request("ada", twice).await.unwrap();
    let began = tokio::time::Instant::now();
    let mut allowed = 0;
    while began.elapsed() < Duration::from_millis(1800) {
        allowed += u32::from(count().await.is_allowed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!((4..=5).contains(&allowed), "{allowed}");
}
