//! What admins see and do: violations with their evidence, the audit log, flags.

pub(crate) mod audit;
pub(crate) mod flags;
pub(crate) mod violations;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::{KeyScope, UserId};

use crate::AppState;
use crate::caller::Identity;
use crate::error::ApiError;

/// An admin, or a key with that scope. An extractor: everybody else is refused.
pub(crate) struct AdminRights;

impl FromRequestParts<AppState> for AdminRights {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let identity = Identity::of(&parts.extensions);
        identity.require(KeyScope::Admin).map(|()| AdminRights)
    }
}

/// Parses the id of a row.
fn row_id(text: &str) -> Result<i64, ApiError> {
    let id = text.parse().ok().filter(|id: &i64| *id > 0);
    id.ok_or(ApiError::NotFound)
}

/// Times are exact in JSON below this.
const MAX_UNIX_TIME: i64 = 1 << 53;

/// Checks a time in Unix milliseconds.
fn unix_time(time: Option<i64>) -> Result<Option<i64>, ApiError> {
    if time.is_some_and(|time| !(0..MAX_UNIX_TIME).contains(&time)) {
        let reason = format!(
            "a time in Unix milliseconds is from 0 to {}",
            MAX_UNIX_TIME - 1
        );
        return Err(ApiError::InvalidParameter { reason });
    }
    Ok(time)
}

/// Checks the user of a filter: a text with a NUL would be an error of PostgreSQL.
fn user_name(text: Option<String>) -> Result<Option<String>, ApiError> {
    let parse = |text: String| UserId::parse(&text).ok_or(ApiError::InvalidUserId);
    let user = text.map(parse).transpose()?;
    Ok(user.map(|user| user.0))
}
