//! Lists in Redis that wake waiters: each entry wakes one.

use super::client::{BLOCKING_READ, RedisClient, key};
use crate::QueueError;

#[derive(Debug, Clone, Copy)]
pub(super) enum Bell {
    /// There is a hint.
    Hint,
    /// An address that has nothing running may have a job that waits.
    Newcomer,
}

impl Bell {
    /// Waits until it rings, or for [`BLOCKING_READ`].
    pub async fn wait(self, client: &RedisClient) -> Result<(), QueueError> {
        let list = match self {
            Bell::Hint => "hint_bell",
            Bell::Newcomer => "newcomer_bell",
        };
        let mut connection = client.blocking_connection().await?;
        let mut wait = ::redis::cmd("BLPOP");
        wait.arg(key(list)).arg(BLOCKING_READ.as_secs());
        Ok(wait.query_async(&mut connection).await?)
    }
}
