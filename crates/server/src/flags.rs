//! Effects of flags: what a client who was flagged for violations may still do.

use std::num::NonZeroU32;

use letscode_model::{AccountFlag, ClientAddress, FlagSubject, ShareHolder, TurnTerms, UserId};

use crate::error::ApiError;
use crate::flag_reaction::FlagReaction;
use crate::{AppState, AuthMode};

/// Returns the terms on which a client's job takes its turns, or refuses it. To be called whenever a
/// job is made.
pub(crate) async fn turn_terms(
    state: &AppState,
    user_id: &UserId,
    proven_share: Option<ShareHolder>,
    address: Option<ClientAddress>,
) -> Result<TurnTerms, ApiError> {
    let mut terms = plain_terms(state, proven_share, address);
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
        }
        FlagReaction::Refuse => {
            return Err(ApiError::AccountFlagged {
                until: flag.until / 1000,
            });
        }
    }
    Ok(terms)
}

/// Returns the flag that a client without a job has.
pub(crate) async fn own_flag(
    state: &AppState,
    user_id: &UserId,
    proven_share: Option<ShareHolder>,
    address: Option<ClientAddress>,
) -> Result<Option<AccountFlag>, ApiError> {
    let terms = plain_terms(state, proven_share, address);
    active_flag(state, user_id, &terms).await
}

/// A share is the one of who proves to have one, else the address's.
fn plain_terms(
    state: &AppState,
    proven_share: Option<ShareHolder>,
    address: Option<ClientAddress>,
) -> TurnTerms {
    TurnTerms {
        share: proven_share.or(address.map(ShareHolder::from)),
        address,
        is_proven: state.settings().auth.mode != AuthMode::Open,
        ..TurnTerms::default()
    }
}

async fn active_flag(
    state: &AppState,
    user_id: &UserId,
    terms: &TurnTerms,
) -> Result<Option<AccountFlag>, ApiError> {
    let subjects = FlagSubject::of_client(user_id, terms);
    Ok(state.store().active_flag(&subjects).await?)
}
