use letscode_model::AccountIdentity;
use openidconnect::core::CoreIdTokenClaims;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Secrets of a log-in that is at the provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoginSecrets {
    /// Has to be in the ID token.
    pub nonce: String,
    /// Proves to the provider who began the log-in (PKCE).
    pub verifier: String,
}

/// An account at the provider, as a verified ID token names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProvenIdentity {
    pub identity: AccountIdentity,
    /// Texts that a user name may be made of, the best first.
    pub names: Vec<String>,
}

impl ProvenIdentity {
    pub(super) fn new(claims: &CoreIdTokenClaims) -> Self {
        let preferred = claims.preferred_username().map(|name| name.to_string());
        let email = claims.email().map(|email| email.to_string());
        let nickname = claims.nickname().and_then(|names| names.get(None));
        let names = [preferred, email, nickname.map(|name| name.to_string())];
        ProvenIdentity {
            identity: AccountIdentity {
                issuer: claims.issuer().to_string(),
                subject: claims.subject().to_string(),
            },
            names: names.into_iter().flatten().collect(),
        }
    }
}

/// Reason why a log-in at the provider proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginFailure {
    /// The provider doesn't answer, or not as it should.
    Unavailable,
    /// The provider or its token is refused; for the log and the audit.
    Refused(String),
}

impl From<LoginFailure> for ApiError {
    fn from(failure: LoginFailure) -> Self {
        match failure {
            LoginFailure::Unavailable => ApiError::ProviderUnavailable,
            LoginFailure::Refused(_) => ApiError::ProviderRefused,
        }
    }
}
