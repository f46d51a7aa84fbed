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

/// Numbers are exact in JSON below this.
const MAX_EXACT: i64 = 1 << 53;
/// Most entries of a page.
const MAX_PAGE: u32 = 100;

/// Checks the numbers of a filter: its times and row numbers, and the size of its page.
fn check_numbers(
    since: Option<i64>,
    before: Option<i64>,
    limit: Option<u32>,
) -> Result<(), ApiError> {
    let is_since = since.is_none_or(|time| (0..MAX_EXACT).contains(&time));
    let is_before = before.is_none_or(|number| (1..MAX_EXACT).contains(&number));
    let is_limit = limit.is_none_or(|limit| (1..=MAX_PAGE).contains(&limit));
    let reason = match (is_since, is_before, is_limit) {
        (false, ..) => format!("`since` is from 0 to {}", MAX_EXACT - 1),
        (_, false, _) => format!("`before` is from 1 to {}", MAX_EXACT - 1),
        (.., false) => format!("`limit` is from 1 to {MAX_PAGE}"),
        _ => return Ok(()),
    };
    Err(ApiError::InvalidParameter { reason })
}

/// Checks the user of a filter: a text with a NUL would be an error of PostgreSQL.
fn user_name(text: Option<String>) -> Result<Option<String>, ApiError> {
    let parse = |text: String| UserId::parse(&text).ok_or(ApiError::InvalidUserId);
    let user = text.map(parse).transpose()?;
    Ok(user.map(|user| user.0))
}
