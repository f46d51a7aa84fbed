//! Checks of the rights that streams are open with: again and again, once for all that have the same.

use letscode_model::{KeyScope, SubmissionId};

use crate::caller::{Caller, Proof, renewed};
use crate::error::ApiError;
use crate::stream_rights::{RightKey, RightWatch, StreamEnd};
use crate::{AppState, ownership};

/// Access that a stream was opened with.
#[derive(Debug, Clone)]
pub(crate) struct StreamRight {
    pub caller: Caller,
    /// The submission that is followed, and the secret of a link to it; otherwise the caller's own events.
    pub submission: Option<(SubmissionId, Option<String>)>,
}

/// Watches a right as long as a stream has it.
pub(crate) fn watch(state: &AppState, right: StreamRight) -> RightWatch {
    let key = right.key();
    let (watch, is_first) = state.stream_rights().watch(&key);
    if is_first {
        tokio::spawn(check(state.clone(), right, key));
    }
    watch
}

async fn check(state: AppState, right: StreamRight, key: RightKey) {
    loop {
        tokio::time::sleep(state.settings().right_interval).await;
        if !state.stream_rights().is_watched(&key) {
            return;
        }
        if let Some(end) = right.end(&state).await {
            return state.stream_rights().end(&key, end);
        }
    }
}

impl StreamRight {
    fn key(&self) -> RightKey {
        RightKey {
            credential: match self.caller.identity().proof() {
                Proof::Nothing => String::new(),
                Proof::Operator => "operator".to_owned(),
                Proof::Key(_, _, hash) | Proof::Session(_, hash) => hash.as_str().to_owned(),
            },
            user: self.caller.user_id().0.clone(),
            submission: self.submission.clone(),
        }
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
