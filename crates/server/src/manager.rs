//! Decides who may manage problems: the operator in mode `open`, setters in the others.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::{KeyScope, Role};

use crate::AppState;
use crate::caller::{Identity, may_manage};
use crate::error::ApiError;

/// A caller who may manage problems. An extractor: everybody else is refused.
pub(crate) struct ProblemManager;

impl FromRequestParts<AppState> for ProblemManager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        ProblemManager::check(parts, state)
    }
}

impl ProblemManager {
    /// Checks the head of a request whose body has to be read in any case.
    pub fn check(parts: &Parts, _: &AppState) -> Result<Self, ApiError> {
        let identity = Identity::of(&parts.extensions);
        identity.require(KeyScope::Setter)?;
        identity.require_role(Role::Setter)?;
        Ok(ProblemManager)
    }

    /// Checks a request of another service's client. `sent`: the token that it has, in whatever way its
    /// API has tokens.
    pub fn check_peer(
        parts: &Parts,
        state: &AppState,
        sent: Option<&str>,
    ) -> Result<Self, ApiError> {
        if Identity::of(&parts.extensions).is_open() {
            let token = state.settings().packages.admin_token.as_ref();
            return may_manage(token, sent, parts).map(|()| ProblemManager);
        }
        ProblemManager::check(parts, state)
    }
}
