//! Logging in at the OpenID provider.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use letscode_model::{AuditAction, SecretHash};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{check_page, small_bodies};
use crate::AppState;
use crate::accounts::{
    LoginPurpose, PendingDetails, account_of_identity, begin_provider_login, begin_session,
    link_identity, prove_identity, take_pending,
};
use crate::body::{ApiJson, RequestBody};
use crate::caller::{Caller, ServiceCookie};
use crate::connection::client_address;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::oidc::CALLBACK_PATH;

/// Longest path to show after a log-in.
pub(crate) const MAX_NEXT_BYTES: usize = 1024;
/// Page that tells why a log-in failed, and the same for a link.
const LOGIN_PAGE: &str = "/login";
pub(super) const ACCOUNT_PAGE: &str = "/account";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProviderLoginRequest {
    /// Path and query of the page to show afterwards; `/` when absent.
    #[schema(example = "/problems/aplusb")]
    next: Option<String>,
    /// The code of an invitation, for somebody who has no account yet.
    invitation: Option<String>,
}

small_bodies!(ProviderLoginRequest);

/// A log-in that goes on at the provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderLoginAnswer {
    /// Address at the provider, to open in the same browser within ten minutes.
    #[schema(example = "https://login.example/authorize?…")]
    pub url: String,
}

impl ProviderLoginAnswer {
    pub fn with_cookie((url, cookie): (String, HeaderValue)) -> Response {
        (
            [(header::SET_COOKIE, cookie)],
            Json(ProviderLoginAnswer { url }),
        )
            .into_response()
    }
}

/// Parameters that the provider adds to the address; those of its own are ignored.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
}

/// Returns the page that the provider sends browsers back to, which is no part of the API.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route(CALLBACK_PATH, get(callback))
}

/// Begin a log-in at the OpenID provider. It ends in the browser, on the page `next` or on
/// `/login?failed=…` with the end of the error's type.
#[utoipa::path(
    post, path = "/api/auth/provider", operation_id = "logInAtProvider", tag = "accounts",
    request_body = ProviderLoginRequest,
    responses(
        (status = 200, description = "Where the log-in goes on", body = ProviderLoginAnswer,
            headers(("Set-Cookie", description = "Binds the log-in to the browser"))),
        ErrorResponses,
    ),
)]
pub(crate) async fn begin(
    State(state): State<AppState>,
    parts: Parts,
    ApiJson { value, caller, .. }: ApiJson<ProviderLoginRequest>,
) -> Result<Response, ApiError> {
    check_page(&parts)?;
    let next = value.next.unwrap_or_else(|| "/".to_owned());
    if !is_own_path(&next) {
        return Err(ApiError::InvalidJson {
            field: Some("next".to_owned()),
            reason: format!("`next` is a path of this site, with at most {MAX_NEXT_BYTES} bytes"),
        });
    }
    let purpose = LoginPurpose::LogIn {
        invitation: value.invitation.as_deref().map(SecretHash::of),
    };
    let begun = begin_provider_login(&state, &parts, caller.address(), (purpose, next));
    begun.await.map(ProviderLoginAnswer::with_cookie)
}

/// True for the path of a page of this service: no browser leaves the site by it.
fn is_own_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let is_path = text.starts_with('/') && !text.starts_with("//");
    is_path && text.len() <= MAX_NEXT_BYTES && text.bytes().all(is_plain)
}

/// Ends a log-in. Whatever comes of it, the browser gets a page, also for an address that says nothing.
async fn callback(
    State(state): State<AppState>,
    parts: Parts,
    caller: Result<Caller, ApiError>,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Response {
    let Query(query) = query.unwrap_or_default();
    let taken = take_pending(&state, &parts, query.state.as_deref()).await;
    let (page, finished) = match taken {
        Err(error) => (LOGIN_PAGE, Err(error)),
        Ok(details) => {
            let page = match details.purpose {
                LoginPurpose::LogIn { .. } => LOGIN_PAGE,
                LoginPurpose::Link { .. } => ACCOUNT_PAGE,
            };
            (
                page,
                finish(&state, &parts, caller, query.code, details).await,
            )
        }
    };
    let (next, mut cookies) = finished.unwrap_or_else(|error| {
        let (_, slug, _) = error.class();
        (format!("{page}?failed={slug}"), Vec::new())
    });
    cookies.push(ServiceCookie::PendingLogin.forget(&parts));
    let cookies = cookies
        .into_iter()
        .map(|cookie| (header::SET_COOKIE, cookie));
    let headers: Vec<(HeaderName, HeaderValue)> = cookies.collect();
    (AppendHeaders(headers), Redirect::to(&next)).into_response()
}

/// Returns the page to show, and the cookies of a session that has begun.
async fn finish(
    state: &AppState,
    parts: &Parts,
    caller: Result<Caller, ApiError>,
    code: Option<String>,
    details: PendingDetails,
) -> Result<(String, Vec<HeaderValue>), ApiError> {
    let address = client_address(&parts.extensions, &parts.headers);
    let proven = prove_identity(state, &details, code, address).await?;
    match details.purpose {
        LoginPurpose::LogIn { invitation } => {
            let account = account_of_identity(state, &proven, invitation.as_ref(), address).await?;
            let cookies = begin_session(state, &account, parts).await?;
            Ok((details.next, cookies.into()))
        }
        LoginPurpose::Link { account: owner } => {
            let caller = caller?;
            let account = caller.session_account()?;
            if account.id != owner {
                return Err(ApiError::LoginExpired);
            }
            let event = caller.audit_event(AuditAction::IdentityLinked);
            link_identity(state, account, &proven.identity, event).await?;
            Ok((details.next, Vec::new()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site() {
        for path in [
            "/",
            "/problems/aplusb?lang=de#top",
            "/a//b",
            "/%2f/evil.example",
        ] {
            assert!(is_own_path(path), "{path}");
        }
        let long = format!("/{}", "x".repeat(MAX_NEXT_BYTES));
        for path in [
            "",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "evil",
            " /x",
            "/\t/evil.example",
            "/\n/evil.example",
            "/x\r\nset-cookie: a=b",
            "/ä",
            &long,
        ] {
            assert!(!is_own_path(path), "{path:?}");
        }
    }
}
