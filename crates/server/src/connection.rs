//! The connection that a request arrives on, and the client behind it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use letscode_model::ClientAddress;

use crate::NetworkPolicy;
use crate::error::ApiError;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Request extension: the connection. Absent where none is involved, as in tests.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionInfo {
    /// Remote address: the client's, or its proxy's.
    pub peer: SocketAddr,
    /// True if the listener is for this machine only.
    pub is_loopback: bool,
    pub policy: Arc<NetworkPolicy>,
}

impl ConnectionInfo {
    /// Returns the client's address: behind trusted proxies, the last one in `X-Forwarded-For` that
    /// is not itself a trusted proxy's. What stands before it was sent by the client.
    pub fn client(&self, headers: &HeaderMap) -> IpAddr {
        let mut client = self.peer.ip().to_canonical();
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let lists = values.map(|value| value.to_str().unwrap_or_default());
        for text in lists.flat_map(|list| list.rsplit(',')) {
            if !self.policy.trusts(client) {
                break;
            }
            match forwarded_address(text.trim()) {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        client
    }

    /// Returns a near peer that passes requests on, but is no trusted proxy.
    pub fn untrusted_proxy(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = self.peer.ip().to_canonical();
        let is_near = match peer {
            IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
            IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
        };
        let is_forwarded = [FORWARDED_FOR, "forwarded", "x-real-ip"]
            .iter()
            .any(|name| headers.contains_key(*name));
        (is_forwarded && is_near && !self.policy.trusts(peer)).then_some(peer)
    }

    /// True if a trusted proxy passes the request on.
    pub fn is_proxied(&self) -> bool {
        self.policy.trusts(self.peer.ip())
    }

    fn accepts_host(&self, headers: &HeaderMap) -> bool {
        // A trusted proxy has many names, and checks them.
        !self.is_loopback || self.policy.trusts(self.peer.ip()) || self.policy.accepts_host(headers)
    }
}

/// Returns the network of the client that sent a request with these extensions and headers.
pub(crate) fn client_address(
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Option<ClientAddress> {
    let connection = extensions.get::<ConnectionInfo>()?;
    Some(connection.client(headers).into())
}

/// Parses an address with or without a port.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let socket = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse().ok().or_else(socket)
}

/// Refuses requests to another host than this machine, on a listener for this machine only.
pub(crate) async fn check_host(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectionInfo>();
    if connection.is_some_and(|connection| !connection.accepts_host(request.headers())) {
        return ApiError::ForeignHost.into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let connection = ConnectionInfo {
            peer: SocketAddr::new(peer.parse().unwrap(), 4000),
            is_loopback: false,
            policy: Arc::new(NetworkPolicy {
                trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
                ..NetworkPolicy::default()
            }),
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        connection.client(&headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_name_the_client() {
        assert_eq!(client("203.0.113.7", &["192.0.2.1"]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("::ffff:10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn near_proxies_that_nobody_trusts_are_noticed() {
        let noticed = |peer: &str, name: &'static str| {
            let connection = ConnectionInfo {
                peer: SocketAddr::new(peer.parse().unwrap(), 4000),
                is_loopback: false,
                policy: Arc::new(NetworkPolicy {
                    trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
                    ..NetworkPolicy::default()
                }),
            };
            let headers = HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(name),
                axum::http::HeaderValue::from_static("192.0.2.1"),
            )]);
            connection.untrusted_proxy(&headers).is_some()
        };
        for peer in [
            "127.0.0.1",
            "::1",
            "172.18.0.1",
            "::ffff:192.168.0.1",
            "fd00::1",
        ] {
            assert!(noticed(peer, FORWARDED_FOR), "{peer}");
            assert!(!noticed(peer, "accept"), "{peer}");
        }
        assert!(noticed("127.0.0.1", "forwarded"));
        assert!(!noticed("10.0.0.1", FORWARDED_FOR), "it is trusted");
        assert!(
            !noticed("203.0.113.7", FORWARDED_FOR),
            "anybody may send it"
        );
    }

    #[test]
    fn addresses_that_a_client_made_up_are_ignored() {
        assert_eq!(
            client("10.0.0.1", &["198.51.100.1, 192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(
            client("10.0.0.1", &["198.51.100.1", "192.0.2.1, 10.0.0.2"]),
            "192.0.2.1"
        );
        assert_eq!(client("10.0.0.1", &["198.51.100.1, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
    }
}
