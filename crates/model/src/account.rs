use crate::{Role, UserId, UserName};

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
