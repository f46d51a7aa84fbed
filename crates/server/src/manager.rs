//! Decides who may manage problems: the operator in mode `open`; in the others admins all of them, and
//! setters those that they added.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::{KeyScope, ProblemId, Role, ShareHolder};

use crate::AppState;
use crate::caller::{Identity, may_manage};
use crate::error::ApiError;

/// A caller who may manage problems. An extractor: everybody else is refused.
#[derive(Debug, Clone)]
pub(crate) enum ProblemManager {
    OfAll,
    /// A setter, who manages the problems that they added.
    OfOwn(ShareHolder),
}

impl FromRequestParts<AppState> for ProblemManager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        ProblemManager::check(parts)
    }
}

impl ProblemManager {
    /// Checks the head of a request whose body has to be read in any case.
    pub fn check(parts: &Parts) -> Result<Self, ApiError> {
        ProblemManager::of(&Identity::of(&parts.extensions))
    }

    pub fn of(identity: &Identity) -> Result<Self, ApiError> {
        identity.require(KeyScope::Setter)?;
        identity.require_role(Role::Setter)?;
        match identity.share() {
            Some(setter) if identity.role() < Role::Admin => Ok(ProblemManager::OfOwn(setter)),
            _ => Ok(ProblemManager::OfAll),
        }
    }

    /// Checks a request of another service's client. `sent`: the token that it has, in whatever way its
    /// API has tokens.
    pub fn check_peer(
        parts: &Parts,
        state: &AppState,
        sent: Option<&str>,
    ) -> Result<Self, ApiError> {
        let identity = Identity::of(&parts.extensions);
        if identity.is_open() {
            let token = state.settings().packages.admin_token.as_ref();
            return may_manage(token, sent, parts).map(|()| ProblemManager::OfAll);
        }
        ProblemManager::of(&identity)
    }

    /// Fails unless the caller may change a problem and see all submissions to it.
    pub async fn require(&self, state: &AppState, id: &ProblemId) -> Result<(), ApiError> {
        if self.manages(state, id).await? {
            Ok(())
        } else {
            Err(ApiError::ForeignProblem(id.to_string()))
        }
    }

    pub async fn manages(&self, state: &AppState, id: &ProblemId) -> Result<bool, ApiError> {
        match self {
            ProblemManager::OfAll => Ok(true),
            ProblemManager::OfOwn(setter) => Ok(state.store().is_setter(id, setter).await?),
        }
    }

    /// Fails unless the caller may add or replace a problem. A new one is the setter's from now on.
    pub async fn claim(&self, state: &AppState, id: &ProblemId) -> Result<(), ApiError> {
        let is_allowed = match self {
            // One that was another's, and is not there any more, is nobody's now.
            ProblemManager::OfAll => {
                state.store().release_claim(id).await?;
                true
            }
            ProblemManager::OfOwn(setter) => state.store().claim_problem(id, setter).await?,
        };
        if is_allowed {
            Ok(())
        } else {
            Err(ApiError::ForeignProblem(id.to_string()))
        }
    }
}
