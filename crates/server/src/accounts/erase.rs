//! Removes everything that the service has of a user.

use letscode_model::{AuditEvent, UserId};
use letscode_store::ErasedUser;

use crate::AppState;
use crate::error::ApiError;
use crate::routes::cancel::cancel_judgement;

/// Cancels what is being judged, then removes the user from the store, the queue and the memory of this
/// server.
pub(crate) async fn erase_user(
    state: &AppState,
    user: &UserId,
    event: &AuditEvent,
) -> Result<ErasedUser, ApiError> {
    for open in state.store().open_submissions().await? {
        if open.user_id == *user {
            cancel_judgement(state.clone(), open.id, user.clone()).await?;
        }
    }
    let erased = state.store().erase_user(user, event).await?;
    for id in erased.browsers.iter().chain([user]) {
        state.broker().forget_user(id).await?;
        state.predictor().forget(id);
    }
    tracing::info!(%user, submissions = erased.submissions, "a user was erased");
    Ok(erased)
}
