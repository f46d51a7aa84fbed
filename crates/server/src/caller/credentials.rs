//! Reads secrets from the head of a request.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use letscode_adapters::PeerService;
use letscode_model::{RandomSecret, UserSecret};

use super::cookie::ServiceCookie;
use super::identity::{Identity, Proof};
use crate::error::ApiError;

/// Header with the user's secret, for clients behind a proxy that uses `Authorization` itself.
const SECRET_HEADER: &str = "x-letscode-secret";
/// Header with an API key, for the same case.
const KEY_HEADER: &str = "x-api-key";
/// Beginning of the WebSocket subprotocol that carries the secret: browsers can't send headers of
/// their own with a WebSocket.
const SECRET_PROTOCOL: &str = "letscode.secret.";
/// Beginning of the WebSocket subprotocol that carries an API key.
const KEY_PROTOCOL: &str = "letscode.key.";

/// Headers that may hold something secret: two requests that differ in them are of two senders.
pub(crate) const SECRET_HEADERS: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::COOKIE,
    HeaderName::from_static(SECRET_HEADER),
    HeaderName::from_static(KEY_HEADER),
    // Those of Judge0's clients.
    HeaderName::from_static("x-auth-token"),
    HeaderName::from_static("x-auth-user"),
    header::SEC_WEBSOCKET_PROTOCOL,
];

/// Secrets of a request, by what they are for.
#[derive(Default)]
pub(super) struct Credentials {
    /// Text of an API key.
    pub key: Option<String>,
    /// Token of a session.
    pub session: Option<String>,
    /// What `Authorization: Bearer` has, if that is no API key.
    pub bearer: Option<String>,
}

impl Credentials {
    pub fn read(parts: &Parts) -> Self {
        let headers = &parts.headers;
        let bearer =
            header_text(headers, &header::AUTHORIZATION).and_then(|text| bearer_token(&text));
        let (bearer_key, bearer) = match bearer {
            Some(token) if token.starts_with(RandomSecret::KEY_PREFIX) => (Some(token), None),
            token => (None, token),
        };
        let key = header_text(headers, &HeaderName::from_static(KEY_HEADER));
        Credentials {
            key: key
                .or(bearer_key)
                .or_else(|| protocol(headers, KEY_PROTOCOL)),
            session: ServiceCookie::Session.read(parts),
            bearer,
        }
    }

    /// Reads the key of another service's client, each in the service's own way.
    pub fn read_peer(service: PeerService, parts: &Parts) -> Self {
        let headers = &parts.headers;
        let named = |name: &'static str| header_text(headers, &HeaderName::from_static(name));
        let authorization = || {
            let text = header_text(headers, &header::AUTHORIZATION)?;
            Some(bearer_token(&text).unwrap_or(text))
        };
        let key = match service {
            PeerService::Judge0 => named("x-auth-token"),
            PeerService::Domjudge => basic_password(headers),
            PeerService::Jobe | PeerService::Piston | PeerService::SandboxFusion => None,
        };
        Credentials {
            key: key.or_else(|| named(KEY_HEADER)).or_else(authorization),
            ..Credentials::default()
        }
    }
}

/// Returns the user's secret, which means something in mode `open` alone.
pub(crate) fn user_secret(parts: &Parts) -> Result<Option<UserSecret>, ApiError> {
    let identity = Identity::of(&parts.extensions);
    if !identity.is_open() || matches!(identity.proof(), Proof::Operator) {
        return Ok(None);
    }
    let headers = &parts.headers;
    let own_header = header_text(headers, &HeaderName::from_static(SECRET_HEADER));
    let bearer = || bearer_token(&header_text(headers, &header::AUTHORIZATION)?);
    let sent = own_header
        .or_else(bearer)
        .or_else(|| protocol(headers, SECRET_PROTOCOL));
    sent.map(|text| UserSecret::parse(&text).ok_or(ApiError::InvalidSecret))
        .transpose()
}

/// Returns the token of an `Authorization` header with the scheme Bearer.
fn bearer_token(authorization: &str) -> Option<String> {
    let (scheme, token) = authorization.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim().to_owned())
}

/// Returns the password of HTTP Basic.
fn basic_password(headers: &HeaderMap) -> Option<String> {
    let text = header_text(headers, &header::AUTHORIZATION)?;
    let (scheme, encoded) = text.split_once(' ')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    let decoded = is_basic.then(|| STANDARD.decode(encoded.trim()).ok())??;
    let pair = String::from_utf8(decoded).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

/// Returns what follows `prefix` in one of the offered subprotocols.
fn protocol(headers: &HeaderMap, prefix: &str) -> Option<String> {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    offered.iter().map(text).find_map(|list| {
        let mut names = list.split(',').map(str::trim);
        names.find_map(|name| name.strip_prefix(prefix).map(str::to_owned))
    })
}

fn header_text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(text)
}

fn text(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_owned()
}

/// Returns the token of `Authorization: Bearer`, in whatever mode.
pub(super) fn operator_token(headers: &HeaderMap) -> Option<String> {
    bearer_token(&header_text(headers, &header::AUTHORIZATION)?)
}
