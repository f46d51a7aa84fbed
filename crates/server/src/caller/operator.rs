//! Decides who acts for the operator: with a token, whoever has it; without one, whoever is on this
//! machine.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Version, header};

use crate::admin_token::AdminToken;
use crate::connection::ConnectionInfo;
use crate::error::ApiError;
use crate::network_policy::host_name;

/// Headers that a proxy adds to the requests that it passes on.
const PROXY_HEADERS: [&str; 9] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-forwarded",
    "x-client-ip",
    "x-cluster-client-ip",
    "client-ip",
    "true-client-ip",
    "cf-connecting-ip",
];
const PROXY_PREFIX: &str = "x-forwarded-";

/// Headers that tell where a request comes from, and that no honest client repeats.
const SINGLE_HEADERS: [&str; 3] = ["host", "origin", "sec-fetch-site"];

/// Returns an error that says what is missing, unless a request may manage problems. `sent`: the token
/// that it has, in whatever way its API has tokens.
pub(crate) fn may_manage(
    token: Option<&AdminToken>,
    sent: Option<&str>,
    parts: &Parts,
) -> Result<(), ApiError> {
    match (token, sent) {
        (None, _) => is_local(parts).map_err(ApiError::NotLocal),
        (Some(_), None) => Err(ApiError::AdminTokenRequired),
        (Some(token), Some(sent)) if token.is(sent) => Ok(()),
        (Some(_), Some(_)) => Err(ApiError::WrongAdminToken),
    }
}

/// Returns the reason why a request does not come from a program on this machine, directly and meant
/// for it.
fn is_local(parts: &Parts) -> Result<(), &'static str> {
    let connection = parts.extensions.get::<ConnectionInfo>();
    let peer = connection.map(|connection| connection.peer.ip().to_canonical());
    if !peer.is_some_and(|peer| peer.is_loopback()) {
        return Err("it comes from another machine");
    }
    let is_proxy = |name: &str| PROXY_HEADERS.contains(&name) || name.starts_with(PROXY_PREFIX);
    let is_forwarded = parts.headers.keys().any(|name| is_proxy(name.as_str()));
    let trusts = |connection: &ConnectionInfo| connection.policy.trusts(connection.peer.ip());
    // HTTP/1.0 is what proxies speak unless told otherwise, some of them without a header.
    if is_forwarded || connection.is_some_and(trusts) || parts.version < Version::HTTP_11 {
        return Err("it comes through a proxy");
    }
    let is_repeated = |name: &&str| parts.headers.get_all(*name).iter().count() > 1;
    if SINGLE_HEADERS.iter().any(is_repeated) {
        return Err("it repeats a header that tells where it comes from");
    }
    let host = text(&parts.headers, header::HOST.as_str()).unwrap_or_default();
    if !is_loopback_name(host) {
        return Err("its `Host` is not this machine");
    }
    let origin = parts.headers.get(header::ORIGIN);
    let is_own_page = |origin: &str| {
        origin
            .split_once("://")
            .is_some_and(|(_, page)| page == host)
    };
    if origin.is_some_and(|origin| !origin.to_str().is_ok_and(is_own_page)) {
        return Err("a page of another site sends it");
    }
    match text(&parts.headers, "sec-fetch-site") {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err("a page of another site sends it"),
    }
}

fn is_loopback_name(authority: &str) -> bool {
    let host = host_name(authority);
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
#[path = "operator_tests.rs"]
mod tests;
