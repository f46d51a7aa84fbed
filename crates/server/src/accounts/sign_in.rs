//! Log-ins at the OpenID provider: what they are for, and what becomes of the identity that they prove.

use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use letscode_model::{
    Account, AccountIdentity, AuditAction, AuditEvent, ClientAddress, RandomSecret, Role,
    SecretHash, UserId, UserName,
};
use letscode_store::{MAX_IDENTITIES, NewAccount, NewRegistration, PendingLogin};
use serde::{Deserialize, Serialize};

use super::RegistrationMode;
use super::login::{count_provider_login, count_registration, record_failure, unix_millis_after};
use crate::AppState;
use crate::caller::ServiceCookie;
use crate::error::{ApiError, internal};
use crate::oidc::{LoginFailure, LoginSecrets, ProvenIdentity, numbered_name, suggested_name};

/// Time for a person to log in at the provider.
const PENDING_TIME: Duration = Duration::from_secs(600);
/// Largest number after a name that somebody has already.
const MAX_NAME_NUMBER: u32 = 50;

/// Purpose of a log-in at the provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LoginPurpose {
    /// To log in, or to make an account with an invitation's code.
    LogIn { invitation: Option<SecretHash> },
    /// To let the identity log in as this account.
    Link { account: UserId },
}

/// A log-in that is at the provider, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PendingDetails {
    secrets: LoginSecrets,
    pub purpose: LoginPurpose,
    /// Path to show afterwards.
    pub next: String,
}

/// Returns the name by which a pending log-in is stored: only the browser that began it has both parts.
fn pending_hash(state_token: &str, browser: &str) -> SecretHash {
    SecretHash::of(&format!("{state_token}.{browser}"))
}

/// Begins a log-in. Returns the address to send the browser to, and the header with the cookie that
/// binds the log-in to it.
pub(crate) async fn begin_provider_login(
    state: &AppState,
    parts: &Parts,
    address: Option<ClientAddress>,
    (purpose, next): (LoginPurpose, String),
) -> Result<(String, HeaderValue), ApiError> {
    let provider = state.oidc()?;
    count_provider_login(state, address).await?;
    let (token, browser) = (RandomSecret::new(), RandomSecret::new());
    let (url, secrets) = provider.begin(token.as_text()).await?;
    let details = PendingDetails {
        secrets,
        purpose,
        next,
    };
    let details = serde_json::to_string(&details);
    let pending = PendingLogin {
        hash: pending_hash(token.as_text(), browser.as_text()),
        details: details.map_err(|error| internal("a log-in could not be written", &error))?,
        address: address.map(|address| address.to_string()),
        expires_at: unix_millis_after(PENDING_TIME),
    };
    if !state.store().add_pending_login(&pending).await? {
        return Err(ApiError::Overloaded(
            "too many log-ins are at the OpenID provider; try again later",
        ));
    }
    let cookie = ServiceCookie::PendingLogin.keep(parts, browser.as_text(), PENDING_TIME);
    Ok((url.into(), cookie))
}

/// Returns the pending log-in that a browser comes back from, once.
pub(crate) async fn take_pending(
    state: &AppState,
    parts: &Parts,
    token: Option<&str>,
) -> Result<PendingDetails, ApiError> {
    let browser = ServiceCookie::PendingLogin.read(parts);
    let (token, browser) = token.zip(browser).ok_or(ApiError::LoginExpired)?;
    let hash = pending_hash(token, &browser);
    let details = state.store().take_pending_login(&hash).await?;
    let details = details.ok_or(ApiError::LoginExpired)?;
    serde_json::from_str(&details).map_err(|error| internal("a log-in could not be read", &error))
}

/// Exchanges the code that the browser brought for an identity. A failure is in the audit log.
pub(crate) async fn prove_identity(
    state: &AppState,
    details: &PendingDetails,
    code: Option<String>,
    address: Option<ClientAddress>,
) -> Result<ProvenIdentity, ApiError> {
    let proven = match code {
        Some(code) => {
            let secrets = details.secrets.clone();
            state.oidc()?.redeem(code, secrets, address).await
        }
        None => Err(LoginFailure::Refused(
            "the provider sent no code".to_owned(),
        )),
    };
    if let Err(LoginFailure::Refused(reason)) = &proven {
        tracing::info!(reason, "a log-in at the OpenID provider proves nothing");
        record_failure(state, address, "", reason).await?;
    }
    Ok(proven?)
}

/// Returns the account of an identity. Makes one if there is none, under the rule for registrations.
pub(crate) async fn account_of_identity(
    state: &AppState,
    proven: &ProvenIdentity,
    invitation: Option<&SecretHash>,
    address: Option<ClientAddress>,
) -> Result<Account, ApiError> {
    let existing = state.store().account_by_identity(&proven.identity).await?;
    let account = match existing {
        Some(account) => account,
        None => register_identity(state, proven, invitation, address).await?,
    };
    let event = AuditEvent::new(AuditAction::LogIn, &account.id.0).from_address(address);
    let event = event.with("provider", &proven.identity.issuer);
    state.store().record_audit(&event).await?;
    Ok(account)
}

async fn register_identity(
    state: &AppState,
    proven: &ProvenIdentity,
    invitation: Option<&SecretHash>,
    address: Option<ClientAddress>,
) -> Result<Account, ApiError> {
    match (invitation, state.settings().auth.registration) {
        (Some(_), _) | (None, RegistrationMode::Open) => {}
        (None, RegistrationMode::Invitation) => return Err(ApiError::NotInvited),
        (None, RegistrationMode::Closed) => return Err(ApiError::RegistrationClosed),
    }
    count_registration(state, address).await?;
    let invited_name = match invitation {
        None => None,
        Some(hash) => {
            let invitation = state.store().invitation(hash).await?;
            invitation.ok_or(ApiError::NotInvited)?.name
        }
    };
    for name in candidate_names(invited_name, &proven.names) {
        let new = NewAccount {
            name,
            role: Role::User,
            password_hash: None,
            identity: Some(proven.identity.clone()),
        };
        match state.store().register(&new, invitation).await? {
            NewRegistration::Registered(account) => {
                record_registration(state, &account, address).await?;
                return Ok(account);
            }
            NewRegistration::NameTaken => {}
            // Another request of the same person was faster.
            NewRegistration::IdentityTaken => break,
            NewRegistration::NotInvited => return Err(ApiError::NotInvited),
        }
    }
    let existing = state.store().account_by_identity(&proven.identity).await?;
    existing.ok_or(ApiError::NameTaken)
}

/// Returns the names to try: that of the invitation alone, or one after the other until one is free.
fn candidate_names(invited: Option<UserName>, texts: &[String]) -> Vec<UserName> {
    if let Some(name) = invited {
        return vec![name];
    }
    let name = suggested_name(texts);
    let numbered = (2..=MAX_NAME_NUMBER).filter_map(|number| numbered_name(&name, number));
    let mut names = vec![name.clone()];
    names.extend(numbered);
    // Whoever has taken all of them keeps nobody out.
    let random = RandomSecret::new();
    names.extend(UserName::parse(&format!("user-{}", &random.as_text()[..12])).ok());
    names
}

/// Records that somebody has registered.
pub(crate) async fn record_registration(
    state: &AppState,
    account: &Account,
    address: Option<ClientAddress>,
) -> Result<(), ApiError> {
    let event = AuditEvent::new(AuditAction::AccountCreated, &account.id.0);
    let event = event.from_address(address).with("name", &account.name);
    let event = event.with("role", account.role);
    Ok(state.store().record_audit(&event).await?)
}

/// Lets an identity log in as an account that has begun this itself. `event`: records it.
pub(crate) async fn link_identity(
    state: &AppState,
    account: &Account,
    identity: &AccountIdentity,
    event: AuditEvent,
) -> Result<(), ApiError> {
    if !state.store().link_identity(&account.id, identity).await? {
        let owner = state.store().account_by_identity(identity).await?;
        return if owner.is_some_and(|owner| owner.id == account.id) {
            Ok(())
        } else {
            Err(ApiError::IdentityTaken(MAX_IDENTITIES))
        };
    }
    let event = event.on(&account.id.0).with("provider", &identity.issuer);
    Ok(state.store().record_audit(&event).await?)
}
