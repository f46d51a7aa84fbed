use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::oidc::OidcSettings;

/// Identification of callers.
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
pub enum AuthMode {
    /// Requests state who they are, and are believed: for one machine or a network of friends.
    #[default]
    Open,
    /// Back ends have API keys, and vouch for their users' ids.
    Keys,
    /// People log in; back ends have API keys.
    Accounts,
}

/// Registration of new accounts.
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
pub enum RegistrationMode {
    /// Everybody.
    Open,
    /// Whoever has an invitation. The default: an operator who says nothing knows who comes in.
    #[default]
    Invitation,
    /// Nobody: the operator makes accounts.
    Closed,
}

/// Access to the service.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    pub mode: AuthMode,
    pub registration: RegistrationMode,
    /// Time from a log-in to the end of its session.
    pub session_lifetime: Duration,
    /// A second way to log in, with accounts.
    pub oidc: Option<OidcSettings>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        AuthSettings {
            mode: AuthMode::default(),
            registration: RegistrationMode::default(),
            session_lifetime: Duration::from_secs(30 * 24 * 3600),
            oidc: None,
        }
    }
}
