//! The service's cookies, and the rule that keeps pages of other sites from using them.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};

use crate::connection::ConnectionInfo;
use crate::error::ApiError;
use crate::network_policy::host_name;

/// A cookie of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceCookie {
    /// Token of a session.
    Session,
    /// Binds a log-in at the OpenID provider to the browser that began it.
    PendingLogin,
    /// Shows that somebody has logged in with this browser before.
    KnownBrowser,
}

impl ServiceCookie {
    /// Returns the name where the connection is HTTPS, and where it is not, as on this machine. Browsers
    /// accept the prefix from the host itself alone, not from a neighbour below the same domain.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            ServiceCookie::Session => ("__Host-letscode", "letscode_session"),
            ServiceCookie::PendingLogin => ("__Host-letscode-login", "letscode_login"),
            ServiceCookie::KnownBrowser => ("__Host-letscode-browser", "letscode_browser"),
        }
    }

    fn name(self, parts: &Parts) -> &'static str {
        let (secure, plain) = self.names();
        if is_https(parts) { secure } else { plain }
    }

    /// Returns the cookie's value. Of two cookies with the name, none is believed: one may be of a
    /// neighbour who wants the person to act under another account.
    pub fn read(self, parts: &Parts) -> Option<String> {
        let name = self.name(parts);
        let values = parts.headers.get_all(header::COOKIE).iter();
        let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        let pairs = texts.iter().flat_map(|text| text.split(';'));
        let mut tokens = pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(key, _)| *key == name)
            .map(|(_, token)| token.to_owned());
        let token = tokens.next()?;
        tokens.next().is_none().then_some(token)
    }

    /// Returns the header that makes a browser keep a value of hexadecimal digits.
    pub fn keep(self, parts: &Parts, token: &str, lifetime: Duration) -> HeaderValue {
        let (name, max_age) = (self.name(parts), lifetime.as_secs());
        let secure = if is_https(parts) { "; Secure" } else { "" };
        let text =
            format!("{name}={token}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// Returns the header that makes a browser forget the cookie.
    pub fn forget(self, parts: &Parts) -> HeaderValue {
        self.keep(parts, "", Duration::ZERO)
    }
}

fn is_https(parts: &Parts) -> bool {
    let connection = parts.extensions.get::<ConnectionInfo>();
    let is_proxied = connection.is_some_and(ConnectionInfo::is_proxied);
    let scheme = parts.headers.get("x-forwarded-proto");
    is_proxied && scheme.is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Fails unless the service's own page sends a request. `Origin` and `Sec-Fetch-Site` are set by the
/// browser, and no page can change them; programs that have a session send one of them as well.
pub(crate) fn check_own_site(parts: &Parts) -> Result<(), ApiError> {
    let (origin, site) = (
        single(&parts.headers, "origin"),
        single(&parts.headers, "sec-fetch-site"),
    );
    let (Ok(origin), Ok(site)) = (origin, site) else {
        return Err(ApiError::CrossSite);
    };
    let is_own_site = site.is_none_or(|site| site == "same-origin");
    let is_own_origin = origin.is_none_or(|origin| is_own_origin(parts, origin));
    if is_own_site && is_own_origin && (origin.is_some() || site.is_some()) {
        Ok(())
    } else {
        Err(ApiError::CrossSite)
    }
}

fn is_own_origin(parts: &Parts, origin: &str) -> bool {
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some((_, page)) = origin.split_once("://") else {
        return false;
    };
    // Proxies often leave the port out of `Host`.
    let connection = parts.extensions.get::<ConnectionInfo>();
    let is_proxied = connection.is_some_and(ConnectionInfo::is_proxied);
    !host.is_empty()
        && (page.eq_ignore_ascii_case(host) || is_proxied && host_name(page) == host_name(host))
}

/// Returns the only value of a header; an error if there are several, or it is no text.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.to_str().map_err(drop));
    if values.next().is_some() {
        return Err(());
    }
    first.transpose()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::Request;

    use super::*;
    use crate::NetworkPolicy;

    fn parts(peer: [u8; 4], headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/api/submit");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let policy = NetworkPolicy {
            trusted_proxies: vec!["10.0.0.1".parse().unwrap()],
            ..NetworkPolicy::default()
        };
        let request = request.extension(ConnectionInfo {
            peer: (peer, 4000).into(),
            is_loopback: false,
            policy: Arc::new(policy),
        });
        request.body(()).unwrap().into_parts().0
    }

    const PROXY: [u8; 4] = [10, 0, 0, 1];
    const STRANGER: [u8; 4] = [192, 0, 2, 7];

    #[test]
    fn cookies_are_for_the_host_alone_where_the_connection_is_https() {
        let lifetime = Duration::from_secs(60);
        let https = parts(PROXY, &[("x-forwarded-proto", "https")]);
        let session = ServiceCookie::Session;
        let cookie = session.keep(&https, "t", lifetime);
        assert_eq!(
            cookie,
            "__Host-letscode=t; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        // Nobody but a trusted proxy says that it is.
        let plain = parts(STRANGER, &[("x-forwarded-proto", "https")]);
        let cookie = session.keep(&plain, "t", lifetime);
        assert!(cookie.as_bytes().starts_with(b"letscode_session=t;"));
        assert!(
            session
                .forget(&plain)
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
    }

    #[test]
    fn two_cookies_are_none() {
        for (cookie, token) in [
            ("letscode_session=a", Some("a")),
            ("x=1; letscode_session=a; y=2", Some("a")),
            ("letscode_session=a; letscode_session=b", None),
            ("__Host-letscode=a", None),
            ("xletscode_session=a", None),
        ] {
            let parts = parts(STRANGER, &[("cookie", cookie)]);
            assert_eq!(
                ServiceCookie::Session.read(&parts).as_deref(),
                token,
                "{cookie}"
            );
        }
        let two = parts(
            STRANGER,
            &[
                ("cookie", "letscode_session=a"),
                ("cookie", "letscode_session=b"),
            ],
        );
        assert_eq!(ServiceCookie::Session.read(&two), None);
    }

    #[test]
    fn only_the_own_page_uses_the_cookie() {
        let host = ("host", "judge.example:8443");
        let own = ("origin", "https://judge.example:8443");
        let same = ("sec-fetch-site", "same-origin");
        for headers in [&[host, own][..], &[host, same], &[host, own, same]] {
            assert_eq!(
                check_own_site(&parts(STRANGER, headers)),
                Ok(()),
                "{headers:?}"
            );
        }
        for headers in [
            &[host][..],
            &[host, ("origin", "https://evil.example")],
            &[host, ("origin", "https://judge.example")],
            &[host, ("origin", "https://sub.judge.example:8443")],
            &[host, ("origin", "null")],
            &[host, ("origin", "")],
            &[host, own, ("origin", "https://evil.example")],
            &[host, ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("sec-fetch-site", "none")],
            &[host, own, ("sec-fetch-site", "cross-site")],
            &[host, same, ("origin", "https://evil.example")],
            &[host, same, ("sec-fetch-site", "cross-site")],
            &[("origin", "https://judge.example")],
        ] {
            let refused = check_own_site(&parts(STRANGER, headers));
            assert_eq!(refused, Err(ApiError::CrossSite), "{headers:?}");
        }
        let portless = [("host", "judge.example"), own];
        assert_eq!(check_own_site(&parts(PROXY, &portless)), Ok(()));
        assert_eq!(
            check_own_site(&parts(STRANGER, &portless)),
            Err(ApiError::CrossSite)
        );
    }
}
