use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use letscode_model::{
    Account, ApiKey, KeyOwner, KeyScope, Role, SecretHash, ShareHolder, Submission,
    SubmissionSummary, UserId,
};

use crate::AuthMode;
use crate::error::ApiError;

/// Request extension: the identity that the credentials of a request prove.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    mode: AuthMode,
    proof: Proof,
    /// In mode `open`: the reason why the request is not the operator's.
    operator: Result<(), ApiError>,
}

/// The credential that counts.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    Nothing,
    /// The operator's token.
    Operator,
    /// A valid key, the rights that it gives, and the hash of its secret.
    Key(Arc<ApiKey>, Role, SecretHash),
    /// A session that has not ended, and its account.
    Session(Arc<Account>, SecretHash),
}

impl Identity {
    pub fn new(mode: AuthMode, proof: Proof, operator: Result<(), ApiError>) -> Self {
        Identity {
            mode,
            proof,
            operator,
        }
    }

    /// Returns the identity of a request whose credentials nobody has looked at: it may do nothing.
    fn unknown() -> Self {
        let operator = Err(ApiError::CredentialsRequired);
        Identity::new(AuthMode::Keys, Proof::Nothing, operator)
    }

    /// Returns the identity of a request with these extensions.
    pub fn of(extensions: &Extensions) -> Self {
        let identity = extensions.get::<Identity>().cloned();
        identity.unwrap_or_else(Identity::unknown)
    }

    pub fn with_proof(&self, proof: Proof) -> Self {
        Identity {
            proof,
            ..self.clone()
        }
    }

    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    pub fn mode(&self) -> AuthMode {
        self.mode
    }

    pub fn is_open(&self) -> bool {
        self.mode == AuthMode::Open
    }

    pub fn role(&self) -> Role {
        match &self.proof {
            _ if self.is_open() && self.operator.is_ok() => Role::Admin,
            Proof::Nothing => Role::User,
            Proof::Operator => Role::Admin,
            Proof::Key(_, role, _) => *role,
            Proof::Session(account, _) => account.role,
        }
    }

    pub fn key(&self) -> Option<&ApiKey> {
        match &self.proof {
            Proof::Key(key, ..) => Some(key),
            _ => None,
        }
    }

    /// Returns whose share of the service the request uses, if something proves it.
    pub fn share(&self) -> Option<ShareHolder> {
        let account = |id: &UserId| ShareHolder::Account(id.clone());
        match &self.proof {
            Proof::Session(holder, _) => Some(account(&holder.id)),
            Proof::Key(key, ..) => Some(match &key.owner {
                KeyOwner::Account(id) => account(id),
                KeyOwner::Namespace(namespace) => ShareHolder::Key(namespace.to_string()),
            }),
            Proof::Operator | Proof::Nothing => None,
        }
    }

    /// Fails unless this is somebody who may do what the scope is for. In mode `open` everybody may run,
    /// submit and read.
    pub fn require(&self, scope: KeyScope) -> Result<(), ApiError> {
        if let Proof::Key(key, ..) = &self.proof
            && !key.scopes.contains(&scope)
        {
            return Err(ApiError::MissingScope(scope.to_string()));
        }
        match scope {
            KeyScope::Setter => self.require_role(Role::Setter),
            KeyScope::Admin => self.require_role(Role::Admin),
            KeyScope::Run | KeyScope::Submit | KeyScope::Read => self.require_anybody(),
        }
    }

    /// Fails unless this is somebody with at least this role.
    pub fn require_role(&self, role: Role) -> Result<(), ApiError> {
        if self.is_open() {
            return self.operator.clone();
        }
        self.require_anybody()?;
        if self.role() < role {
            return Err(ApiError::MissingRole(role.to_string()));
        }
        Ok(())
    }

    fn require_anybody(&self) -> Result<(), ApiError> {
        match &self.proof {
            Proof::Nothing if !self.is_open() => Err(ApiError::CredentialsRequired),
            _ => Ok(()),
        }
    }

    /// Returns the account of a person who is logged in, not that of a key.
    pub fn session_account(&self) -> Result<&Account, ApiError> {
        match &self.proof {
            _ if self.mode != AuthMode::Accounts => Err(ApiError::NoAccounts),
            Proof::Session(account, _) => Ok(account),
            _ => Err(ApiError::LoginRequired),
        }
    }

    /// Returns the hash of the session's token.
    pub fn session(&self) -> Option<&SecretHash> {
        match &self.proof {
            Proof::Session(_, hash) => Some(hash),
            _ => None,
        }
    }

    /// Returns a stored user id as this client knows it: an API key's namespace is left out.
    pub fn shown(&self, stored: UserId) -> UserId {
        match self.key().map(|key| &key.owner) {
            Some(KeyOwner::Namespace(namespace)) => namespace.without(stored),
            _ => stored,
        }
    }

    /// Returns a submission with its user's id as this client knows it.
    pub fn show(&self, submission: Submission) -> Submission {
        Submission {
            user_id: self.shown(submission.user_id),
            ..submission
        }
    }

    pub fn show_summary(&self, summary: SubmissionSummary) -> SubmissionSummary {
        SubmissionSummary {
            user_id: self.shown(summary.user_id),
            ..summary
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Identity::of(&parts.extensions))
    }
}
