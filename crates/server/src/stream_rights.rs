//! Rights of open streams: checked again while they are open, once for all streams with the same right.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::{KeyScope, SubmissionId};
use tokio::sync::watch;

use crate::caller::{Caller, Proof, renewed};
use crate::error::ApiError;
use crate::{AppState, ownership};

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

/// Access that a stream was opened with.
#[derive(Debug, Clone)]
pub(crate) struct StreamRight {
    pub caller: Caller,
    /// The submission that is followed, and the secret of a link to it; otherwise the caller's own events.
    pub submission: Option<(SubmissionId, Option<String>)>,
}

/// Identity of a right: credential, user, submission and link.
type RightKey = (String, String, Option<(SubmissionId, Option<String>)>);

/// The rights of all open streams of this server.
#[derive(Default)]
pub(crate) struct StreamRights {
    watched: Mutex<HashMap<RightKey, Arc<watch::Sender<Option<StreamEnd>>>>>,
}

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
    /// Watches a right, in a task for all who have the same.
    pub fn watch(self: &Arc<Self>, state: &AppState, right: StreamRight) -> RightWatch {
        let key = right.key();
        let mut watched = self.lock();
        if let Some(sender) = watched.get(&key) {
            return RightWatch(sender.subscribe());
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        watched.insert(key.clone(), sender.clone());
        tokio::spawn(self.clone().check_on(state.clone(), right, key, sender));
        RightWatch(receiver)
    }

    /// Checks a right again and again, as long as a stream has it.
    async fn check_on(
        self: Arc<Self>,
        state: AppState,
        right: StreamRight,
        key: RightKey,
        sender: Arc<watch::Sender<Option<StreamEnd>>>,
    ) {
        loop {
            tokio::time::sleep(state.settings().right_interval).await;
            // Under the lock, so that nobody subscribes in between.
            let mut watched = self.lock();
            if sender.receiver_count() == 0 {
                watched.remove(&key);
                return;
            }
            drop(watched);
            if let Some(end) = right.end(&state).await {
                self.lock().remove(&key);
                sender.send_replace(Some(end));
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RightKey, Arc<watch::Sender<Option<StreamEnd>>>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamRight {
    fn key(&self) -> RightKey {
        let credential = match self.caller.identity().proof() {
            Proof::Nothing => String::new(),
            Proof::Operator => "operator".to_owned(),
            Proof::Key(_, _, hash) | Proof::Session(_, hash) => hash.as_str().to_owned(),
        };
        let user = self.caller.user_id().0.clone();
        (credential, user, self.submission.clone())
    }

    /// Returns the reason why the right has ended, if it has. A store that doesn't answer ends nothing.
    async fn end(&self, state: &AppState) -> Option<StreamEnd> {
        let identity = match renewed(state, self.caller.identity()).await {
            Ok(identity) => identity,
            Err(ApiError::InvalidKey(_) | ApiError::LoginRequired) => {
                return Some(StreamEnd::LoggedOut);
            }
            Err(_) => return None,
        };
        let caller = self.caller.with_identity(identity);
        let allowed = match &self.submission {
            None => caller.require(KeyScope::Read),
            Some((id, link)) => {
                let seen = ownership::visible_submission(state, &caller, *id, link.as_deref());
                seen.await.map(drop)
            }
        };
        match allowed {
            Ok(()) | Err(ApiError::NotReady(_) | ApiError::Internal) => None,
            Err(_) => Some(StreamEnd::NotAllowed),
        }
    }
}
