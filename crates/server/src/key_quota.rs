//! Quotas of API keys, counted where runs and submissions are accepted, whatever their way in.

use std::time::{SystemTime, UNIX_EPOCH};

use letscode_model::{KeyId, KeyQuota};

use crate::AppState;
use crate::error::ApiError;

/// Counts a run or submission against the quota of its key, if it has one.
pub(crate) async fn count_use(
    state: &AppState,
    counted_key: Option<(KeyId, KeyQuota)>,
) -> Result<(), ApiError> {
    let Some((id, quota)) = counted_key else {
        return Ok(());
    };
    let Some(next) = state.store().count_key_use(id, quota).await? else {
        return Ok(());
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_millis();
    let wait = u128::from(next.unsigned_abs()).saturating_sub(now);
    Err(ApiError::QuotaUsedUp {
        quota: quota.to_string(),
        seconds: u64::try_from(wait.div_ceil(1000)).unwrap_or(u64::MAX),
    })
}
