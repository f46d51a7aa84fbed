//! Checks the secrets that clients send, each service in its own header.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// True if no secret is set or `sent` is the one. Takes as long for every wrong text.
pub(crate) fn is_allowed(secret: Option<&str>, sent: Option<&str>) -> bool {
    secret.is_none_or(|secret| is_secret(secret, sent))
}

/// True if a secret is set and `sent` is the one.
pub(crate) fn is_admin(secret: Option<&str>, sent: Option<&str>) -> bool {
    secret.is_some_and(|secret| is_secret(secret, sent))
}

fn is_secret(secret: &str, sent: Option<&str>) -> bool {
    // Hashes compare in constant time.
    let hash = |text: &str| blake3::hash(text.as_bytes());
    sent.is_some_and(|sent| hash(sent) == hash(secret))
}

/// Returns a header's text.
pub(crate) fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the secret in `Authorization`: the password of Basic, what follows Bearer, or all of it.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<String> {
    let text = header_text(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, rest) = text.split_once(' ').unwrap_or(("", text));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Some(rest.trim().to_owned());
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_is_accepted() {
        for (secret, sent, allowed, admin) in [
            (None, None, true, false),
            (None, Some("a"), true, false),
            (Some("a"), None, false, false),
            (Some("a"), Some("b"), false, false),
            (Some("a"), Some("a"), true, true),
        ] {
            assert_eq!(is_allowed(secret, sent), allowed, "{secret:?} {sent:?}");
            assert_eq!(is_admin(secret, sent), admin, "{secret:?} {sent:?}");
        }
    }

    #[test]
    fn secrets_are_sent_in_three_ways() {
        for (value, secret) in [
            ("Bearer key", Some("key")),
            ("key", Some("key")),
            ("Basic YWRtaW46a2V5", Some("key")),
            ("Basic ???", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(authorization(&headers).as_deref(), secret, "{value}");
        }
    }
}
