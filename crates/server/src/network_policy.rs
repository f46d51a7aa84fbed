//! The hosts and origins that the server answers to, and the proxies that it believes.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};

/// Networks and names beyond the defaults: no proxy is trusted, WebSockets are for the server's own
/// pages, and on loopback the server has no names but `localhost` and its addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    /// Proxies whose `X-Forwarded-For` names the client.
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// Names that a server on loopback is called by, besides `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Origins of other sites whose pages may open WebSockets, such as `https://judge.example`.
    pub allowed_origins: Vec<String>,
    /// Origins of other sites whose pages may use the whole API, WebSockets included.
    pub api_origins: Vec<String>,
}

impl NetworkPolicy {
    pub(crate) fn trusts(&self, proxy: IpAddr) -> bool {
        let networks = &self.trusted_proxies;
        networks.iter().any(|network| network.contains(proxy))
    }

    /// True unless the request names a host that no server on loopback has. A page whose name was
    /// pointed at this machine (DNS rebinding) could otherwise read everything.
    pub(crate) fn accepts_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = text(headers, &header::HOST).map(host_name) else {
            return true;
        };
        let is_local =
            host.parse::<IpAddr>().is_ok() || host == "localhost" || host.ends_with(".localhost");
        let mut allowed = self.allowed_hosts.iter();
        is_local || allowed.any(|allowed| allowed.eq_ignore_ascii_case(&host))
    }

    /// True unless a page of another host sends the request. Programs send no origin.
    pub(crate) fn accepts_origin(&self, headers: &HeaderMap) -> bool {
        if !headers.contains_key(header::ORIGIN) {
            return true;
        }
        let origin = text(headers, &header::ORIGIN).unwrap_or_default();
        let mut allowed = self.allowed_origins.iter().chain(&self.api_origins);
        if allowed.any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return true;
        }
        // Ports are not compared: proxies often leave them out of `Host`.
        let own = text(headers, &header::HOST).map(host_name);
        let page = origin.split_once("://").map(|(_, host)| host_name(host));
        page.is_some() && page == own
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns the host without its port and brackets, in lower case.
pub(crate) fn host_name(authority: &str) -> String {
    let host = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// The addresses of trusted proxies: one address, or a network such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyNetwork {
    base: IpAddr,
    prefix_length: u32,
}

impl ProxyNetwork {
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let distinct = base.to_bits() ^ address.to_bits();
                distinct.checked_shr(32 - self.prefix_length).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let distinct = base.to_bits() ^ address.to_bits();
                distinct.checked_shr(128 - self.prefix_length).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("expected an address or a network, such as 10.0.0.7 or 10.0.0.0/8")]
pub struct InvalidProxyNetwork;

impl FromStr for ProxyNetwork {
    type Err = InvalidProxyNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, length) = text
            .split_once('/')
            .map_or((text, None), |(address, length)| (address, Some(length)));
        let base: IpAddr = address.parse().map_err(|_| InvalidProxyNetwork)?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix_length = match length {
            Some(length) => length.parse().map_err(|_| InvalidProxyNetwork)?,
            None => longest,
        };
        if prefix_length > longest {
            return Err(InvalidProxyNetwork);
        }
        Ok(ProxyNetwork {
            base,
            prefix_length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn networks_contain_their_addresses() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("127.0.0.0/8", "::ffff:127.0.0.1", "::1"),
        ] {
            let network: ProxyNetwork = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{outside}");
        }
        for text in ["", "nginx", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert!(text.parse::<ProxyNetwork>().is_err(), "{text}");
        }
    }

    #[test]
    fn foreign_hosts_are_refused_on_loopback() {
        let policy = NetworkPolicy {
            allowed_hosts: vec!["judge.test".into()],
            ..NetworkPolicy::default()
        };
        for host in [
            "localhost:3001",
            "LOCALHOST",
            "app.localhost",
            "127.0.0.1:3001",
            "[::1]:3001",
            "192.0.2.1",
            "judge.test:80",
            "Judge.Test.",
        ] {
            assert!(policy.accepts_host(&headers(host, "")), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:3001",
        ] {
            assert!(!policy.accepts_host(&headers(host, "")), "{host}");
        }
        assert!(policy.accepts_host(&HeaderMap::new()));
    }

    #[test]
    fn foreign_origins_are_refused() {
        let policy = NetworkPolicy {
            allowed_origins: vec!["https://partner.example".into()],
            ..NetworkPolicy::default()
        };
        let host = "judge.example";
        for origin in [
            "",
            "https://judge.example",
            "http://JUDGE.example:8080",
            "https://partner.example",
        ] {
            assert!(policy.accepts_origin(&headers(host, origin)), "{origin}");
        }
        for origin in [
            "null",
            "https://evil.example",
            "https://judge.example.evil.example",
            "judge.example",
            "https://partner.example:444",
        ] {
            assert!(!policy.accepts_origin(&headers(host, origin)), "{origin}");
        }
    }
}
