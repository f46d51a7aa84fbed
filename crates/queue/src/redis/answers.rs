//! Answers in Redis. Who answers a key holds it by a token, which is renewed until the answer is there:
//! if the process dies, another request answers after [`HOLD_TIME`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::AbortHandle;

use super::background::spawn_cleanup;
use super::core::BrokerCore;
use super::encoding::to_json;
use crate::answers::{MAX_ANSWER_BYTES, MAX_ANSWER_BYTES_OF_OWNER, MAX_ANSWERS, REMEMBERED_FOR};
use crate::{AnswerClaim, AnswerSlot, QueueError, StoredAnswer};

const HOLD_TIME: Duration = Duration::from_secs(15);
/// Interval at which a request looks whether the one before it was answered. Only requests that are
/// sent twice at the same time wait so.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The right to answer one key.
struct RedisSlot {
    core: Arc<BrokerCore>,
    owner: String,
    key: String,
    token: String,
    renewal: AbortHandle,
    is_stored: bool,
}

pub(super) async fn claim(
    core: &Arc<BrokerCore>,
    owner: &str,
    key: &str,
) -> Result<AnswerClaim, QueueError> {
    let token = uuid::Uuid::new_v4().to_string();
    loop {
        let call = core.client.call("claim_answer").arg(key).arg(&token);
        let (is_claimed, answer): (bool, Option<String>) =
            call.arg(HOLD_TIME.as_millis() as u64).run().await?;
        if is_claimed {
            return Ok(AnswerClaim::Open(Box::new(RedisSlot {
                core: core.clone(),
                owner: owner.to_owned(),
                key: key.to_owned(),
                renewal: tokio::spawn(renew(core.clone(), key.to_owned(), token.clone()))
                    .abort_handle(),
                token,
                is_stored: false,
            })));
        }
        // One that another version wrote is as good as none, and expires.
        if let Some(answer) = answer.and_then(|text| serde_json::from_str(&text).ok()) {
            return Ok(AnswerClaim::Stored(Box::new(answer)));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

async fn renew(core: Arc<BrokerCore>, key: String, token: String) {
    loop {
        tokio::time::sleep(HOLD_TIME / 3).await;
        let call = core.client.call("renew_answer").arg(&key).arg(&token);
        let renewed: Result<(), QueueError> = call.arg(HOLD_TIME.as_millis() as u64).run().await;
        if let Err(error) = renewed {
            tracing::warn!(%error, "the right to answer a request could not be renewed");
        }
    }
}

#[async_trait]
impl AnswerSlot for RedisSlot {
    async fn store(mut self: Box<Self>, answer: StoredAnswer) -> Result<(), QueueError> {
        self.core
            .client
            .call("store_answer")
            .arg(&self.owner)
            .arg(&self.key)
            .arg(to_json(&answer)?)
            .arg(REMEMBERED_FOR.as_millis() as u64)
            .arg(answer.size_bytes())
            .arg(MAX_ANSWER_BYTES)
            .arg(MAX_ANSWER_BYTES_OF_OWNER)
            .arg(MAX_ANSWERS)
            .run::<()>()
            .await?;
        self.is_stored = true;
        Ok(())
    }
}

impl Drop for RedisSlot {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.is_stored {
            return;
        }
        let (core, key, token) = (self.core.clone(), self.key.clone(), self.token.clone());
        spawn_cleanup(async move {
            // After an error it expires.
            let call = core.client.call("release_answer").arg(key).arg(token);
            let _: Result<(), _> = call.run().await;
        });
    }
}
