//! What users may ask for soon: the newest of each, in a sorted set, and a list that rings when one comes.

use std::sync::Arc;
use std::time::Duration;

use letscode_model::Hint;
use tokio::sync::oneshot;

use super::link::{BLOCK, Link, name};
use super::{in_background, to_json};
use crate::QueueError;

/// One that nobody had time for is of no use any more.
const KEEP: Duration = Duration::from_secs(60);
/// How often somebody looks whether it is time for those that wait, or Redis is there again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(super) async fn put(link: &Link, hint: &Hint, at_most: usize) -> Result<(), QueueError> {
    link.call("hint")
        .arg(&hint.user_id.0)
        .arg(to_json(hint)?)
        .arg(at_most)
        .arg(KEEP.as_millis() as u64)
        .ask()
        .await
}

/// Waits for one. Redis being away is waited for, too: nothing comes of a hint but time.
pub(super) async fn next(link: &Arc<Link>) -> Hint {
    loop {
        match look(link).await {
            Ok(Found::One(hint)) => return hint,
            Ok(Found::None) if ring(link).await.is_ok() => {}
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

enum Found {
    None,
    /// There are some, and other things to do.
    NotNow,
    One(Hint),
}

async fn look(link: &Arc<Link>) -> Result<Found, QueueError> {
    let (sender, taken) = oneshot::channel();
    let asking = link.clone();
    // By itself: whoever waits may be cancelled while the answer is on its way.
    tokio::spawn(async move {
        let answer: Result<Option<String>, _> = asking.call("take_hint").ask().await;
        let _ = sender.send(answer.map(|text| Taken { link: asking, text }));
    });
    let gone = || QueueError::Unavailable("nobody asked for a hint".to_owned());
    let mut taken = taken.await.map_err(|_| gone())??;
    match taken.text.as_deref() {
        None => return Ok(Found::None),
        Some("") => return Ok(Found::NotNow),
        Some(_) => {}
    }
    // What another version wrote and this one can't read is lost.
    let hint = taken
        .text
        .take()
        .and_then(|text| serde_json::from_str(&text).ok());
    Ok(hint.map_or(Found::None, Found::One))
}

/// A hint on its way. Dropped before it arrives, it goes back.
struct Taken {
    link: Arc<Link>,
    text: Option<String>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(hint) = self
            .text
            .take()
            .and_then(|text| serde_json::from_str::<Hint>(&text).ok())
        else {
            return;
        };
        let link = self.link.clone();
        in_background(async move {
            let Ok(text) = to_json(&hint) else { return };
            let call = link.call("hint_back").arg(&hint.user_id.0).arg(text);
            let _: Result<(), _> = call.arg(KEEP.as_millis() as u64).ask().await;
        });
    }
}

/// Until a hint comes, or some time has passed.
async fn ring(link: &Link) -> Result<(), QueueError> {
    let mut connection = link.for_blocking().await?;
    let mut wait = ::redis::cmd("BLPOP");
    wait.arg(name("hint_bell")).arg(BLOCK.as_secs());
    Ok(wait.query_async(&mut connection).await?)
}
