//! Rights that streams are open with, and the news that one has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::SubmissionId;
use tokio::sync::watch;

/// The reason why a stream may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    /// The session has ended, or the API key is not valid any more.
    LoggedOut,
    /// The link was ended, the role was taken, or the submission is gone.
    NotAllowed,
}

impl StreamEnd {
    /// Returns the reason as clients see it.
    pub fn reason(self) -> &'static str {
        match self {
            StreamEnd::LoggedOut => "logged out",
            StreamEnd::NotAllowed => "not allowed any more",
        }
    }
}

/// Identity of a right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RightKey {
    /// Hash of the session's or key's secret.
    pub credential: String,
    pub user: String,
    /// The submission that is followed, and the secret of a link to it.
    pub submission: Option<(SubmissionId, Option<String>)>,
}

type RightSender = Arc<watch::Sender<Option<StreamEnd>>>;

/// The rights of all open streams of this server.
#[derive(Default)]
pub(crate) struct StreamRights(Mutex<HashMap<RightKey, RightSender>>);

/// Waits for the end of a right.
pub(crate) struct RightWatch(watch::Receiver<Option<StreamEnd>>);

impl RightWatch {
    /// Returns once the stream may not go on. Safe to cancel.
    pub async fn ended(&mut self) -> StreamEnd {
        match self.0.wait_for(Option::is_some).await.map(|end| *end) {
            Ok(Some(end)) => end,
            _ => std::future::pending().await,
        }
    }
}

impl StreamRights {
    /// Watches a right. True if nobody did before: then it is the caller's to check it from now on.
    pub fn watch(&self, key: &RightKey) -> (RightWatch, bool) {
        let mut rights = self.lock();
        if let Some(sender) = rights.get(key) {
            return (RightWatch(sender.subscribe()), false);
        }
        let (sender, receiver) = watch::channel(None);
        rights.insert(key.clone(), Arc::new(sender));
        (RightWatch(receiver), true)
    }

    /// True if a stream still has a right; otherwise it is forgotten.
    pub fn is_watched(&self, key: &RightKey) -> bool {
        // Under the lock, so that nobody begins to watch in between.
        let mut rights = self.lock();
        let is_watched = |sender: &RightSender| sender.receiver_count() > 0;
        let is_watched = rights.get(key).is_some_and(is_watched);
        if !is_watched {
            rights.remove(key);
        }
        is_watched
    }

    /// Ends the streams that have a right.
    pub fn end(&self, key: &RightKey, end: StreamEnd) {
        if let Some(sender) = self.lock().remove(key) {
            sender.send_replace(Some(end));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RightKey, RightSender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many streams there are, each right is checked by one of them.
    #[tokio::test]
    async fn streams_with_one_right_share_its_check() {
        let rights = StreamRights::default();
        let key = |user: &str| RightKey {
            credential: "a session".to_owned(),
            user: user.to_owned(),
            submission: None,
        };
        let mut watches = Vec::new();
        for number in 0..10_000 {
            let (watch, is_first) = rights.watch(&key("ada"));
            assert_eq!(is_first, number == 0);
            watches.push(watch);
        }
        let (eve, is_first) = rights.watch(&key("eve"));
        assert!(is_first && rights.is_watched(&key("eve")));
        drop(eve);
        assert!(!rights.is_watched(&key("eve")));
        assert_eq!(rights.lock().len(), 1);
        rights.end(&key("ada"), StreamEnd::LoggedOut);
        for mut watch in watches {
            assert_eq!(watch.ended().await, StreamEnd::LoggedOut);
        }
        assert!(
            rights.watch(&key("ada")).1,
            "who comes then is checked anew"
        );
    }
}
