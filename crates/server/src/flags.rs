//! Effects of flags: what a client who was flagged for violations may still do.

use std::num::NonZeroU32;

use letscode_model::{AccountFlag, FlagSubject, FlagSubjectKind, TurnTerms, UserId};

use crate::AppState;
use crate::error::ApiError;
use crate::flag_reaction::FlagReaction;

/// Returns the terms on which a job of a client takes its turns, or refuses it. To be called whenever a
/// job is made. `terms`: those of the client without a flag.
pub(crate) async fn apply(
    state: &AppState,
    user_id: &UserId,
    mut terms: TurnTerms,
) -> Result<TurnTerms, ApiError> {
    let Some(flag) = active_flag(state, user_id, &terms).await? else {
        return Ok(terms);
    };
    let reaction = state.settings().on_flag;
    tracing::info!(user = %user_id, flag = %flag.subject, %reaction, "a flagged client");
    match reaction {
        FlagReaction::Log => {}
        FlagReaction::Slow => {
            terms.gives_way = true;
            terms.max_running = Some(NonZeroU32::MIN);
            terms.caps_share = flag.subject.kind == FlagSubjectKind::Address;
        }
        FlagReaction::Refuse => {
            return Err(ApiError::AccountFlagged {
                until: flag.until / 1000,
            });
        }
    }
    Ok(terms)
}

/// Returns the flag that a client has.
pub(crate) async fn active_flag(
    state: &AppState,
    user_id: &UserId,
    terms: &TurnTerms,
) -> Result<Option<AccountFlag>, ApiError> {
    let subjects = FlagSubject::all_of_client(user_id, terms);
    Ok(state.store().active_flag(&subjects).await?)
}
