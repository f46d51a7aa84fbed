//! Registering, logging in and out.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use letscode_model::{Account, AuditAction, AuditEvent, Role, SecretHash, UserId, UserName};

use letscode_store::{NewAccount, NewRegistration};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{
    LoginAttempt, Password, begin_session, check_password, confirm_password, count_registration,
    hash_password, known_browser, record_registration,
};
use crate::body::{ApiJson, RequestBody};
use crate::caller::{Caller, ServiceCookie, check_own_site};
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::{AppState, RegistrationMode};

/// Largest body: a name, a password and a code, in JSON's longest spelling.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024;
/// Longest code of an invitation.
pub(crate) const MAX_CODE_BYTES: usize = 128;
/// Longest text that is read as a name.
pub(crate) const MAX_NAME_TEXT_BYTES: usize = 256;

/// An account, for its owner and admins.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountAnswer {
    /// Owner of the account's submissions; never changes.
    id: UserId,
    name: UserName,
    role: Role,
    /// Unix time in milliseconds.
    created_at: i64,
}

impl From<Account> for AccountAnswer {
    fn from(account: Account) -> Self {
        AccountAnswer {
            id: account.id,
            name: account.name,
            role: account.role,
            created_at: account.created_at,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RegisterRequest {
    /// 2 to 32 letters, digits, `.`, `_` or `-`. Names that look alike are the same name.
    #[schema(example = "ada")]
    name: String,
    /// At least 8 characters.
    #[schema(example = "correct horse battery")]
    password: String,
    /// The code of an invitation, where registration is by invitation.
    invitation: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoginRequest {
    #[schema(example = "ada")]
    name: String,
    #[schema(example = "correct horse battery")]
    password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordRequest {
    /// The password so far; absent for an account that has none.
    current: Option<String>,
    /// At least 8 characters.
    password: String,
}

macro_rules! small_bodies {
    ($($request:ty),+) => {
        $(impl RequestBody for $request {
            const MAX_BODY_BYTES: usize = $crate::routes::auth::MAX_BODY_BYTES;

            fn stated_user_id(&self) -> Option<&letscode_model::StatedUserId> {
                None
            }
        })+
    };
}
pub(super) use small_bodies;

small_bodies!(RegisterRequest, LoginRequest, PasswordRequest);

/// Make an account and log in. Whether everybody may is in `GET /api/config`.
#[utoipa::path(
    post, path = "/api/auth/register", operation_id = "register", tag = "accounts",
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "The account; the session is in a cookie", body = AccountAnswer,
            headers(("Set-Cookie", description = "The session"))),
        ErrorResponses,
    ),
)]
pub(crate) async fn register(
    State(state): State<AppState>,
    parts: Parts,
    ApiJson { value, caller, .. }: ApiJson<RegisterRequest>,
) -> Result<Response, ApiError> {
    check_page(&parts)?;
    let name = UserName::parse(&value.name).map_err(|_| ApiError::InvalidUserName)?;
    let password = Password::choose(&value.password, &name);
    let password = password.map_err(|_| ApiError::InvalidPassword)?;
    let invitation = value.invitation.as_deref().map(SecretHash::of);
    match (&invitation, state.settings().auth.registration) {
        (Some(_), _) | (None, RegistrationMode::Open) => {}
        (None, RegistrationMode::Invitation) => return Err(ApiError::NotInvited),
        (None, RegistrationMode::Closed) => return Err(ApiError::RegistrationClosed),
    }
    count_registration(&state, caller.address()).await?;
    // Before the work of hashing.
    if let Some(hash) = &invitation {
        let invitation = state.store().invitation(hash).await?;
        invitation.ok_or(ApiError::NotInvited)?;
    }
    let new = NewAccount {
        name,
        role: Role::User,
        password_hash: Some(hash_password(&state, password, caller.address()).await?),
        identity: None,
    };
    let account = match state.store().register(&new, invitation.as_ref()).await? {
        NewRegistration::Registered(account) => account,
        NewRegistration::NameTaken | NewRegistration::IdentityTaken => {
            return Err(ApiError::NameTaken);
        }
        NewRegistration::NotInvited => return Err(ApiError::NotInvited),
    };
    record_registration(&state, &account, caller.address()).await?;
    logged_in(&state, account, &parts, StatusCode::CREATED).await
}

/// Log in. Too many wrong passwords are refused for a while: for one account from one address, from one
/// address, and for one account; a browser in which somebody has logged in before is counted alone.
#[utoipa::path(
    post, path = "/api/auth/login", operation_id = "logIn", tag = "accounts",
    request_body = LoginRequest,
    responses(
        (status = 200, description = "The account; the session is in a cookie", body = AccountAnswer,
            headers(("Set-Cookie", description = "The session"))),
        ErrorResponses,
    ),
)]
pub(crate) async fn login(
    State(state): State<AppState>,
    parts: Parts,
    ApiJson { value, caller, .. }: ApiJson<LoginRequest>,
) -> Result<Response, ApiError> {
    check_page(&parts)?;
    let name = UserName::parse(&value.name).ok();
    let address = caller.address();
    let attempt = LoginAttempt {
        name: name.as_ref(),
        password: value.password,
        address,
        browser: known_browser(&parts),
    };
    let account = check_password(&state, attempt).await?;
    let event = AuditEvent::new(AuditAction::LogIn, &account.id.0).from_address(address);
    state.store().record_audit(&event).await?;
    logged_in(&state, account, &parts, StatusCode::OK).await
}

/// Log out: the session ends at once, wherever its cookie is.
#[utoipa::path(
    post, path = "/api/auth/logout", operation_id = "logOut", tag = "accounts",
    responses((status = 204, description = "The session has ended"), ErrorResponses),
)]
pub(crate) async fn logout(
    State(state): State<AppState>,
    parts: Parts,
    caller: Caller,
) -> Result<Response, ApiError> {
    if let Some(session) = caller.identity().session() {
        state.store().end_session(session).await?;
    }
    Ok(logged_out(&parts))
}

/// Log out everywhere: all sessions of the account end, and its API keys stay.
#[utoipa::path(
    post, path = "/api/auth/logout-everywhere", operation_id = "logOutEverywhere", tag = "accounts",
    responses((status = 204, description = "All sessions have ended"), ErrorResponses),
)]
pub(crate) async fn logout_everywhere(
    State(state): State<AppState>,
    parts: Parts,
    caller: Caller,
) -> Result<Response, ApiError> {
    let account = caller.session_account()?;
    state.store().end_sessions(&account.id).await?;
    let event = caller.audit_event(AuditAction::LogOutEverywhere);
    state.store().record_audit(&event).await?;
    Ok(logged_out(&parts))
}

/// Change the password. All other sessions end.
#[utoipa::path(
    post, path = "/api/auth/password", operation_id = "changePassword", tag = "accounts",
    request_body = PasswordRequest,
    responses((status = 204, description = "The password is changed"), ErrorResponses),
)]
pub(crate) async fn change_password(
    State(state): State<AppState>,
    ApiJson { value, caller, .. }: ApiJson<PasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let account = caller.session_account()?;
    let password = Password::choose(&value.password, &account.name);
    let password = password.map_err(|_| ApiError::InvalidPassword)?;
    confirm(&state, &caller, value.current).await?;
    let hash = hash_password(&state, password, caller.address()).await?;
    let session = caller.identity().session();
    state
        .store()
        .set_password(&account.id, &hash, session)
        .await?;
    let event = caller.audit_event(AuditAction::PasswordChange);
    state.store().record_audit(&event).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Checks that who has the session also knows the password, if the account has one.
pub(super) async fn confirm(
    state: &AppState,
    caller: &Caller,
    password: Option<String>,
) -> Result<(), ApiError> {
    let account = caller.session_account()?;
    if state.store().password_hash(&account.id).await?.is_none() {
        return Ok(());
    }
    let password = password.ok_or(ApiError::WrongPassword)?;
    let session = caller.identity().session();
    let session = session.ok_or(ApiError::LoginRequired)?;
    confirm_password(state, (account, session), password, caller.address()).await
}

/// Refuses log-ins that another site's page sends: the person would act under somebody else's account.
pub(super) fn check_page(parts: &Parts) -> Result<(), ApiError> {
    let is_page = ["origin", "sec-fetch-site"]
        .iter()
        .any(|name| parts.headers.contains_key(*name));
    if is_page {
        check_own_site(parts)
    } else {
        Ok(())
    }
}

async fn logged_in(
    state: &AppState,
    account: Account,
    parts: &Parts,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let cookies = begin_session(state, &account, parts).await?;
    let headers = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((status, headers, Json(AccountAnswer::from(account))).into_response())
}

fn logged_out(parts: &Parts) -> Response {
    let headers = [(header::SET_COOKIE, ServiceCookie::Session.forget(parts))];
    (StatusCode::NO_CONTENT, headers).into_response()
}
