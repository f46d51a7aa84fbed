//! Log-ins: attempts that are bounded by the rule of docs/API.md, passwords checked beside everything else, new sessions.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use axum::http::request::Parts;
use letscode_model::{
    Account, AuditAction, AuditEvent, ClientAddress, RandomSecret, SecretHash, UserName,
};
use letscode_store::{AttemptLimit, NewSession};

use super::password::Password;
use crate::caller::{Identity, ServiceCookie};
use crate::error::{ApiError, internal};
use crate::{AppState, pacing};

/// Window within which attempts to log in are counted.
pub(crate) const LOGIN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Wrong passwords for one account from one address, from one browser that it is known in, or within
/// one session.
const MAX_OF_PAIR: u32 = 10;
/// Wrong passwords from one address, where a class may be.
const MAX_OF_ADDRESS: u32 = 300;
/// Window within which attempts on one account from anywhere are counted.
const ACCOUNT_WINDOW: Duration = Duration::from_secs(3600);
/// Wrong passwords for one account from anywhere, so that guessing from many addresses gets no further.
/// Browsers that the account is known in are not counted, and so not locked out.
const MAX_OF_ACCOUNT: u32 = 100;
/// Time for which a browser is known after a log-in.
pub(crate) const BROWSER_TIME: Duration = Duration::from_secs(180 * 24 * 3600);
/// Longest wait for the turn of a password to be hashed.
const HASH_PATIENCE: Duration = Duration::from_secs(10);
/// Window within which registrations are counted.
pub(crate) const REGISTRATION_WINDOW: Duration = Duration::from_secs(3600);
/// Registrations from one address.
const MAX_REGISTRATIONS: u32 = 100;

/// An attempt to log in.
pub(crate) struct LoginAttempt<'a> {
    /// The name that was typed, if it can be one.
    pub name: Option<&'a UserName>,
    pub password: String,
    pub address: Option<ClientAddress>,
    /// Hash of the cookie that known browsers have.
    pub browser: Option<SecretHash>,
}

fn limit(subject: String, max: u32, window: Duration) -> AttemptLimit {
    AttemptLimit {
        subject,
        max,
        window,
    }
}

/// Returns the limits that an attempt from a browser nobody knows counts against.
fn login_limits(name: Option<&UserName>, address: Option<ClientAddress>) -> Vec<AttemptLimit> {
    let address = address_text(address);
    let of_address = limit(format!("login at {address}"), MAX_OF_ADDRESS, LOGIN_WINDOW);
    // What can't be a name is nobody's.
    let Some(name) = name else {
        return vec![of_address];
    };
    let pair = format!("login {name} at {address}");
    vec![
        limit(pair, MAX_OF_PAIR, LOGIN_WINDOW),
        of_address,
        limit(format!("login {name}"), MAX_OF_ACCOUNT, ACCOUNT_WINDOW),
    ]
}

/// Returns the limit of a browser that the account is known in: nobody else can use it up.
fn browser_limit(browser: &SecretHash) -> AttemptLimit {
    let subject = format!("login in {}", browser.as_str());
    limit(subject, MAX_OF_PAIR, LOGIN_WINDOW)
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
    let subject = format!("register at {}", address_text(address));
    count(
        state,
        &[limit(subject, MAX_REGISTRATIONS, REGISTRATION_WINDOW)],
    )
    .await
}

/// Returns the account that has this name and password. Counts the attempt before it is made, so that
/// many at once are as bounded as one after the other. Takes as long for names of nobody.
pub(crate) async fn check_password(
    state: &AppState,
    attempt: LoginAttempt<'_>,
) -> Result<Account, ApiError> {
    let LoginAttempt { name, address, .. } = attempt;
    let account = match name {
        Some(name) => state.store().account_by_name(name).await?,
        None => None,
    };
    let limits = match (&account, attempt.browser) {
        (Some(account), Some(browser))
            if (state.store().is_known_browser(&account.id, &browser)).await? =>
        {
            vec![browser_limit(&browser)]
        }
        _ => login_limits(name, address),
    };
    count(state, &limits).await?;
    let verifying = verify_counted(state, &limits, account.as_ref(), attempt.password, address);
    let is_right = verifying.await?;
    // What is typed as a name may be a password: only names that somebody has are recorded.
    let known_name = account.as_ref().map(|account| account.name.to_string());
    let Some(account) = account.filter(|_| is_right) else {
        record_failure(state, address, &known_name.unwrap_or_default(), "password").await?;
        return Err(ApiError::WrongPassword);
    };
    state.store().discount_attempts(&limits).await?;
    Ok(account)
}

/// Fails unless this is the password of somebody who is logged in. Counts within the session: strangers
/// use up nothing of it.
pub(crate) async fn confirm_password(
    state: &AppState,
    (account, session): (&Account, &SecretHash),
    password: String,
    address: Option<ClientAddress>,
) -> Result<(), ApiError> {
    let subject = format!("confirm in {}", session.as_str());
    let limits = [limit(subject, MAX_OF_PAIR, LOGIN_WINDOW)];
    count(state, &limits).await?;
    if !verify_counted(state, &limits, Some(account), password, address).await? {
        record_failure(state, address, account.name.as_str(), "confirmation").await?;
        return Err(ApiError::WrongPassword);
    }
    Ok(state.store().discount_attempts(&limits).await?)
}

/// As [`verify`], for an attempt that is counted: it counts no more if nobody has looked at the password.
async fn verify_counted(
    state: &AppState,
    limits: &[AttemptLimit],
    account: Option<&Account>,
    password: String,
    address: Option<ClientAddress>,
) -> Result<bool, ApiError> {
    let verified = verify(state, account, password, address).await;
    if verified.is_err() {
        state.store().discount_attempts(limits).await?;
    }
    verified
}

/// True if this is the account's password. Takes as long without an account.
async fn verify(
    state: &AppState,
    account: Option<&Account>,
    password: String,
    address: Option<ClientAddress>,
) -> Result<bool, ApiError> {
    let hash = match account {
        Some(account) => state.store().password_hash(&account.id).await?,
        None => None,
    };
    let verify = move || Password::verify(&password, hash.as_deref());
    beside(state, address, verify).await
}

/// Records a log-in that failed. `name`: of an account, or empty.
pub(crate) async fn record_failure(
    state: &AppState,
    address: Option<ClientAddress>,
    name: &str,
    reason: &str,
) -> Result<(), ApiError> {
    let event = AuditEvent::new(AuditAction::FailedLogIn, AuditEvent::SERVICE);
    let event = event.from_address(address).on(name).with("reason", reason);
    Ok(state.store().record_audit(&event).await?)
}

/// Counts a log-in of this address that is begun at the OpenID provider.
pub(crate) async fn count_provider_login(
    state: &AppState,
    address: Option<ClientAddress>,
) -> Result<(), ApiError> {
    let subject = format!("provider at {}", address_text(address));
    count(state, &[limit(subject, MAX_OF_ADDRESS, LOGIN_WINDOW)]).await
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
/// worth nothing. The one before ends, and the browser is known from now on. Returns the headers with
/// the cookies.
pub(crate) async fn begin_session(
    state: &AppState,
    account: &Account,
    parts: &Parts,
) -> Result<[HeaderValue; 2], ApiError> {
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
    let browser = RandomSecret::new();
    let (hash, before) = (browser.hash(), known_browser(parts));
    let remembering = (state.store()).remember_browser(&account.id, &hash, before.as_ref());
    remembering.await?;
    Ok([
        ServiceCookie::Session.keep(parts, secret.as_text(), lifetime),
        ServiceCookie::KnownBrowser.keep(parts, browser.as_text(), BROWSER_TIME),
    ])
}

/// Returns the hash of the cookie by which a browser is known.
pub(crate) fn known_browser(parts: &Parts) -> Option<SecretHash> {
    let token = ServiceCookie::KnownBrowser.read(parts);
    token.map(|token| SecretHash::of(&token))
}

/// Returns a time from now on as Unix time in milliseconds.
pub(crate) fn unix_millis_after(duration: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let then = now.unwrap_or_default().saturating_add(duration);
    i64::try_from(then.as_millis()).unwrap_or(i64::MAX)
}
