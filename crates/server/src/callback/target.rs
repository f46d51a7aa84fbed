//! Addresses that a callback may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use letscode_model::InvalidSpec;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::ProxyNetwork;

/// Longest address.
pub(crate) const MAX_URL_BYTES: usize = 2048;
/// Longest look-up of a name while its request waits.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
const FIELD: &str = "callbackUrl";

/// True if an address is on the Internet, or in a network that the operator allows.
pub(super) fn is_allowed(address: IpAddr, allowed: &[ProxyNetwork]) -> bool {
    let address = address.to_canonical();
    let is_public = match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    };
    is_public || allowed.iter().any(|network| network.contains(address))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation();
    // "This network", carrier-grade NAT, protocol assignments, 6to4 relays, benchmarks, reserved.
    let is_reserved = a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !(is_special || is_reserved)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let bits = u32::from(high) << 16 | u32::from(low);
        Ipv4Addr::from(bits)
    };
    match segments {
        // IPv4 addresses in other clothes: translated, compatible, 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo and other protocol assignments, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        // Everything else of global unicast.
        [first, ..] => (0x2000..0x4000).contains(&first) && first != 0x3fff,
    }
}

/// Parses and checks an address before a run is accepted: its form, and where its name leads to now.
pub(crate) async fn check_url(text: &str, allowed: &[ProxyNetwork]) -> Result<(), InvalidSpec> {
    let invalid = |reason: String| InvalidSpec::new(FIELD, reason);
    if text.len() > MAX_URL_BYTES {
        return Err(invalid(format!("it has more than {MAX_URL_BYTES} bytes")));
    }
    let (host, port) = host_and_port(text).map_err(invalid)?;
    let lookup = tokio::net::lookup_host((host.as_str(), port));
    let resolved = tokio::time::timeout(LOOKUP_TIMEOUT, lookup).await;
    let addresses: Vec<SocketAddr> = match resolved {
        Ok(Ok(addresses)) => addresses.collect(),
        _ => return Err(invalid(format!("the name `{host}` can't be looked up"))),
    };
    match addresses
        .iter()
        .find(|address| !is_allowed(address.ip(), allowed))
    {
        Some(address) => Err(invalid(format!(
            "`{host}` is at {}, which is not a public address; an operator may allow it with \
             --callback-allow",
            address.ip()
        ))),
        None => Ok(()),
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let uri: Uri = text
        .parse()
        .map_err(|error| format!("it is not an address: {error}"))?;
    let default_port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err("it begins with neither `http://` nor `https://`".to_owned()),
    };
    let authority = uri.authority().ok_or("it has no host")?;
    if authority.as_str().contains('@') {
        return Err("it has a user name or password".to_owned());
    }
    let host = authority.host().trim_matches(['[', ']']);
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    Ok((
        host.to_owned(),
        authority.port_u16().unwrap_or(default_port),
    ))
}

/// Resolves names, and refuses those that lead to an address that is not allowed. What it returns is
/// what is connected to: a name that changes its address afterwards changes nothing.
#[derive(Debug)]
pub(super) struct CheckedResolver {
    pub allowed: Vec<ProxyNetwork>,
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = DefaultResolver::default().resolve(uri, config, timeout)?;
        let is_refused = |address: &SocketAddr| !is_allowed(address.ip(), &self.allowed);
        if addresses.iter().any(is_refused) {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_allowed() {
        let allowed = |text: &str| is_allowed(text.parse().unwrap(), &[]);
        for public in [
            "8.8.8.8",
            "100.63.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ] {
            assert!(allowed(public), "{public}");
        }
        for internal in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!allowed(internal), "{internal}");
        }
    }

    #[test]
    fn operators_allow_networks() {
        let networks = ["127.0.0.0/8".parse().unwrap()];
        assert!(is_allowed("127.0.0.1".parse().unwrap(), &networks));
        assert!(is_allowed("::ffff:127.0.0.1".parse().unwrap(), &networks));
        assert!(!is_allowed("10.0.0.1".parse().unwrap(), &networks));
    }

    #[tokio::test]
    async fn mistakes_are_named() {
        for (url, reason) in [
            ("ftp://example.com/", "neither `http://`"),
            ("example.com", "neither `http://`"),
            ("http://a:b@example.com/", "user name or password"),
            ("http://127.0.0.1/x", "not a public address"),
            ("http://2130706433/", ""),
            ("http://0x7f.1/", ""),
            ("http://localhost:3001/", "not a public address"),
            ("http://[::1]/", "not a public address"),
            ("http://[::ffff:10.0.0.1]/", "not a public address"),
            ("http://no-such-name.invalid/", "can't be looked up"),
            ("http:///x", ""),
            (
                &format!("http://example.com/{}", "x".repeat(3000)),
                "more than 2048 bytes",
            ),
        ] {
            let error = check_url(url, &[]).await.unwrap_err();
            assert_eq!(error.field, FIELD);
            assert!(error.reason.contains(reason), "{url}: {error}");
        }
    }
}
