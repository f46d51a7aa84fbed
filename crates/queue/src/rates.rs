//! Rates of requests, counted over all processes of one broker.

use std::time::Duration;

use async_trait::async_trait;
use letscode_model::RateQuota;

use crate::QueueError;

/// Counts requests against quotas.
#[async_trait]
pub trait RateCounter: Send + Sync {
    /// Counts a request under a name, unless the quota is used up. The same name with another quota is
    /// another count.
    async fn count_request(&self, name: &str, quota: RateQuota) -> Result<RateState, QueueError>;
}

/// A quota after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateState {
    /// Requests that may follow at once.
    pub remaining: u32,
    /// Time after which a request is allowed that was not; zero for one that was.
    pub retry_after: Duration,
}

impl RateState {
    pub fn is_allowed(self) -> bool {
        self.retry_after.is_zero()
    }
}
