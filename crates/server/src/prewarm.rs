//! Asks the workers to prepare cells for a user who connects.

use letscode_model::{Hint, UserId};
use letscode_store::SubmissionFilter;

use crate::AppState;
use crate::predictor::HISTORY_LENGTH;

/// Sends a hint for the user's next language, if it can be predicted.
pub(crate) async fn hint_next_language(state: AppState, user: UserId) {
    let predictor = state.predictor();
    if !predictor.has_history(&user) {
        let latest = SubmissionFilter {
            user_id: Some(user.clone()),
            limit: Some(HISTORY_LENGTH as u32),
            ..SubmissionFilter::default()
        };
        match state.store().list_submissions(&latest).await {
            Ok(page) => {
                let submissions = page.submissions.into_iter();
                predictor.load_history(&user, submissions.map(|submission| submission.language));
            }
            Err(error) => {
                return tracing::warn!(%error, "cannot look up a user's earlier submissions");
            }
        }
    }
    let Some(language) = predictor.predict(&user) else {
        return;
    };
    let hint = Hint::new(user, language, None);
    if let Err(error) = state.broker().hints.offer_hint(hint).await {
        tracing::warn!(%error, "the queue refused a hint");
    }
}
