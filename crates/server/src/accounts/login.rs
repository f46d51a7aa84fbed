//! Log-ins: bounded attempts, passwords checked beside everything else, new sessions.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use axum::http::request::Parts;
use letscode_model::{Account, AuditAction, AuditEvent, ClientAddress, RandomSecret, UserName};
use letscode_store::{AttemptLimit, NewSession};

use super::password::Password;
use crate::caller::{Identity, session_cookie};
use crate::error::{ApiError, internal};
use crate::{AppState, pacing};

/// Window within which attempts to log in are counted.
pub(crate) const LOGIN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Wrong passwords for one account from one address.
const MAX_OF_PAIR: u32 = 10;
/// Wrong passwords for one account from anywhere: guessing from many addresses gets no further, and
/// one address alone locks nobody out.
const MAX_OF_ACCOUNT: u32 = 100;
/// Wrong passwords from one address, where a class may be.
const MAX_OF_ADDRESS: u32 = 60;
/// Longest wait for the turn of a password to be hashed.
const HASH_PATIENCE: Duration = Duration::from_secs(10);
/// Window within which registrations are counted.
pub(crate) const REGISTRATION_WINDOW: Duration = Duration::from_secs(3600);
/// Registrations from one address.
const MAX_REGISTRATIONS: u32 = 100;

/// Returns the limits that an attempt counts against. `name`: what was typed.
fn login_limits(name: Option<&UserName>, address: Option<ClientAddress>) -> Vec<AttemptLimit> {
    let address = address_text(address);
    let limit = |subject, max| AttemptLimit {
        subject,
        max,
        window: LOGIN_WINDOW,
    };
    let mut limits = vec![limit(format!("login at {address}"), MAX_OF_ADDRESS)];
    // What can't be a name is nobody's.
    if let Some(name) = name {
        limits.push(limit(format!("login {name} at {address}"), MAX_OF_PAIR));
        limits.push(limit(format!("login {name}"), MAX_OF_ACCOUNT));
    }
    limits
}

fn address_text(address: Option<ClientAddress>) -> String {
    address.map_or_else(|| "nowhere".to_owned(), |address| address.to_string())
}

async fn count(state: &AppState, limits: &[AttemptLimit]) -> Result<(), ApiError> {
    match state.store().count_attempt_within(limits).await? {
        None => Ok(()),
        Some(wait) => Err(ApiError::TooManyAttempts(
            wait.as_millis().div_ceil(1000) as u64
        )),
    }
}

/// Counts a registration of this address.
pub(crate) async fn count_registration(
    state: &AppState,
    address: Option<ClientAddress>,
) -> Result<(), ApiError> {
    let limit = AttemptLimit {
        subject: format!("register at {}", address_text(address)),
        max: MAX_REGISTRATIONS,
        window: REGISTRATION_WINDOW,
    };
    count(state, &[limit]).await
}

/// Returns the account that has this name and password. Counts the attempt before it is made, so that
/// many at once are as bounded as one after the other. Takes as long for names of nobody.
pub(crate) async fn check_password(
    state: &AppState,
    name: Option<&UserName>,
    password: String,
    address: Option<ClientAddress>,
) -> Result<Account, ApiError> {
    let limits = login_limits(name, address);
    count(state, &limits).await?;
    let account = match name {
        Some(name) => state.store().account_by_name(name).await?,
        None => None,
    };
    let hash = match &account {
        Some(account) => state.store().password_hash(&account.id).await?,
        None => None,
    };
    let verify = move || Password::verify(&password, hash.as_deref());
    let is_right = match beside(state, address, verify).await {
        Ok(is_right) => is_right,
        Err(error) => {
            // Nobody has looked at the password.
            state.store().discount_attempts(&limits).await?;
            return Err(error);
        }
    };
    // What is typed as a name may be a password: only names that somebody has are recorded.
    let known_name = account.as_ref().map(|account| account.name.to_string());
    let Some(account) = account.filter(|_| is_right) else {
        let event = AuditEvent::new(AuditAction::FailedLogIn, AuditEvent::SERVICE);
        let event = event
            .from_address(address)
            .on(&known_name.unwrap_or_default());
        state.store().record_audit(&event).await?;
        return Err(ApiError::WrongPassword);
    };
    state.store().discount_attempts(&limits).await?;
    Ok(account)
}

/// Hashes a password.
pub(crate) async fn hash_password(
    state: &AppState,
    password: Password,
    address: Option<ClientAddress>,
) -> Result<String, ApiError> {
    beside(state, address, move || password.hash()).await
}

/// Does what takes a core and 19 MiB for a while, beside the runtime: few at once, one of an address.
async fn beside<T: Send + 'static>(
    state: &AppState,
    address: Option<ClientAddress>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let permits = state.password_hashes();
    let permit = permits.acquire_within(address, HASH_PATIENCE).await;
    let permit = permit.ok_or(ApiError::Overloaded(
        "too many passwords are being checked; try again in a moment",
    ))?;
    let working = pacing::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    working
        .await
        .map_err(|error| internal("a password could not be hashed", &error))
}

/// Begins a session: always a new one, so that a token which somebody else has put into the browser is
/// worth nothing. The one before ends. Returns the cookie's header.
pub(crate) async fn begin_session(
    state: &AppState,
    account: &Account,
    parts: &Parts,
) -> Result<HeaderValue, ApiError> {
    let lifetime = state.settings().auth.session_lifetime;
    let secret = RandomSecret::new();
    let new = NewSession {
        hash: secret.hash(),
        account: account.id.clone(),
        expires_at: unix_millis_after(lifetime),
    };
    state.store().add_session(&new).await?;
    if let Some(before) = Identity::of(&parts.extensions).session() {
        state.store().end_session(before).await?;
    }
    Ok(session_cookie(parts, secret.as_text(), lifetime))
}

/// Returns a time from now on as Unix time in milliseconds.
pub(crate) fn unix_millis_after(duration: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let then = now.unwrap_or_default().saturating_add(duration);
    i64::try_from(then.as_millis()).unwrap_or(i64::MAX)
}
