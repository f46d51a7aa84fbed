//! What admins see and do: violations with their evidence, the audit log, flags.

pub(crate) mod audit;
pub(crate) mod flags;
pub(crate) mod violations;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::KeyScope;

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
