//! Rates of requests in Redis.

use std::time::Duration;

use letscode_model::RateQuota;

use super::core::BrokerCore;
use crate::{QueueError, RateState};

pub(super) async fn count(
    core: &BrokerCore,
    name: &str,
    quota: RateQuota,
) -> Result<RateState, QueueError> {
    let period = quota.period().as_micros();
    let call = core.client.call("count_request").arg(name);
    let call = call.arg(quota.count.get()).arg(period as u64);
    let (remaining, wait_micros): (u32, u64) = call.run().await?;
    Ok(RateState {
        remaining,
        retry_after: Duration::from_micros(wait_micros),
    })
}
