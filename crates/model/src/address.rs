use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The network that a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address,
/// since one client usually has all addresses that share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientAddress(IpAddr);

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        // An IPv4 address that arrives on an IPv6 socket is still one IPv4 client.
        match address.to_canonical() {
            IpAddr::V4(address) => ClientAddress(address.into()),
            IpAddr::V6(address) => {
                let prefix = u128::from(address) & (u128::MAX << 64);
                ClientAddress(Ipv6Addr::from(prefix).into())
            }
        }
    }
}

/// Formats the network as `203.0.113.7` or `2001:db8::/64`.
impl std::fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(prefix) => write!(f, "{prefix}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> ClientAddress {
        ClientAddress::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn ipv6_addresses_of_one_network_are_one_client() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:2"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("2001:db8::1").to_string(), "2001:db8::/64");
    }

    #[test]
    fn mapped_ipv4_addresses_are_ipv4_clients() {
        assert_eq!(client("::ffff:203.0.113.7"), client("203.0.113.7"));
        assert_ne!(client("203.0.113.7"), client("203.0.113.8"));
        assert_eq!(client("203.0.113.7").to_string(), "203.0.113.7");
    }
}
