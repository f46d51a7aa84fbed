//! Effects of flags: what a client who was flagged for violations may still do.

use std::num::NonZeroU32;

use letscode_model::{FlagSubject, ShareHolder, TurnTerms, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::error::ApiError;

/// What the service does with jobs of clients who are flagged.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum FlagReaction {
    /// Only the log says so.
    Log,
    /// They wait in the last lane, and run one at a time.
    #[default]
    Slow,
    /// They are refused.
    Refuse,
}

/// Returns the terms on which a client's job takes its turns, or refuses it. To be called whenever a
/// job is made.
pub(crate) async fn turn_terms(
    state: &AppState,
    user_id: &UserId,
    share: Option<ShareHolder>,
) -> Result<TurnTerms, ApiError> {
    let mut terms = TurnTerms {
        share,
        ..TurnTerms::default()
    };
    let subjects = FlagSubject::of_client(user_id, terms.share.as_ref());
    let Some(flag) = state.store().active_flag(&subjects).await? else {
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
