//! Hints in Redis: the newest of each user in a sorted set, and a list that wakes a waiter.

use std::sync::Arc;
use std::time::Duration;

use letscode_model::Hint;
use tokio::sync::oneshot;

use super::background::spawn_cleanup;
use super::bell::Bell;
use super::client::RedisClient;
use super::encoding::to_json;
use crate::QueueError;

/// Lifetime of a hint: later it is of no use any more.
const HINT_TTL: Duration = Duration::from_secs(60);
/// Interval between two looks while the service is busy or Redis is away.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn put(client: &RedisClient, hint: &Hint, limit: usize) -> Result<(), QueueError> {
    client
        .call("hint")
        .arg(&hint.user_id.0)
        .arg(to_json(hint)?)
        .arg(limit)
        .arg(HINT_TTL.as_millis() as u64)
        .run()
        .await
}

/// Waits for a hint, also while Redis is away.
pub(super) async fn next(client: &Arc<RedisClient>) -> Hint {
    loop {
        match take(client).await {
            Ok(HintLookup::Taken(hint)) => return hint,
            Ok(HintLookup::Empty) if Bell::Hint.wait(client).await.is_ok() => {}
            _ => tokio::time::sleep(RETRY_PAUSE).await,
        }
    }
}

enum HintLookup {
    Empty,
    /// There are hints, but the service is not idle.
    Busy,
    Taken(Hint),
}

async fn take(client: &Arc<RedisClient>) -> Result<HintLookup, QueueError> {
    let (sender, receiver) = oneshot::channel();
    let taker = client.clone();
    // In a task of its own: the caller may be cancelled while the reply is on its way.
    tokio::spawn(async move {
        let reply: Result<Option<String>, _> = taker.call("take_hint").run().await;
        let hint = reply.map(|text| HintInFlight {
            client: taker,
            text,
        });
        let _ = sender.send(hint);
    });
    let ended = || QueueError::Unavailable("the task that takes hints has ended".to_owned());
    let mut hint = receiver.await.map_err(|_| ended())??;
    match hint.text.as_deref() {
        None => return Ok(HintLookup::Empty),
        Some("") => return Ok(HintLookup::Busy),
        Some(_) => {}
    }
    // A hint that another version wrote and this one can't read is lost.
    let hint = hint
        .text
        .take()
        .and_then(|text| serde_json::from_str(&text).ok());
    Ok(hint.map_or(HintLookup::Empty, HintLookup::Taken))
}

/// A hint on its way to the caller. If it is dropped on the way, it goes back.
struct HintInFlight {
    client: Arc<RedisClient>,
    text: Option<String>,
}

impl Drop for HintInFlight {
    fn drop(&mut self) {
        let Some(hint) = self
            .text
            .take()
            .and_then(|text| serde_json::from_str::<Hint>(&text).ok())
        else {
            return;
        };
        let client = self.client.clone();
        spawn_cleanup(async move {
            let Ok(text) = to_json(&hint) else { return };
            let call = client.call("return_hint").arg(&hint.user_id.0).arg(text);
            let _: Result<(), _> = call.arg(HINT_TTL.as_millis() as u64).run().await;
        });
    }
}
