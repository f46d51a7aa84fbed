use serde::Serialize;

use crate::{Role, SecretHash, UserId, UserName};

/// A person who logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Owner of the account's submissions; never changes.
    pub id: UserId,
    /// Unique, and may be changed.
    pub name: UserName,
    pub role: Role,
    /// Unix time in milliseconds.
    pub created_at: i64,
}

/// An account at an OpenID provider that logs in as an account here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountIdentity {
    /// URL of the provider.
    pub issuer: String,
    /// Name of the account there; never changes.
    pub subject: String,
}

/// Identifies an invitation, and is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "5f0c3a9d1b2e4f60"))]
#[serde(transparent)]
pub struct InvitationId(String);

impl InvitationId {
    /// Digits that tell one invitation from all others.
    const DIGITS: usize = 16;

    /// Returns the id of the invitation whose code has this hash.
    pub fn of(code: &SecretHash) -> Self {
        InvitationId(code.as_str().chars().take(Self::DIGITS).collect())
    }

    /// Returns `None` unless the text can be an id.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == Self::DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| InvitationId(text.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for InvitationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Allows one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The name that the account gets; chosen by who registers if absent.
    pub name: Option<UserName>,
    /// The role that the account gets.
    pub role: Role,
    /// User name of who invites, or `operator`.
    pub created_by: String,
    /// Unix time in milliseconds.
    pub created_at: i64,
    /// Unix time in milliseconds.
    pub expires_at: i64,
}
