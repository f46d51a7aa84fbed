//! Forgets sessions, invitations and attempts whose time is over.

use std::time::Duration;

use super::login::{BROWSER_TIME, REGISTRATION_WINDOW};
use crate::AppState;

const INTERVAL: Duration = Duration::from_secs(3600);

/// Sweeps every hour, as long as the server runs.
pub(crate) async fn run(state: AppState) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let store = state.store();
        let swept = match store.forget_expired().await {
            Ok(()) => store.forget_unused_access().await,
            Err(error) => Err(error),
        };
        let swept = match swept {
            Ok(()) => store.forget_attempts(REGISTRATION_WINDOW).await,
            Err(error) => Err(error),
        };
        let swept = match swept {
            Ok(()) => store.forget_browsers(BROWSER_TIME).await,
            Err(error) => Err(error),
        };
        if let Err(error) = swept {
            tracing::warn!(%error, "expired sessions could not be forgotten");
        }
    }
}
