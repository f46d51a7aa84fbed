//! A proxy that nobody has named: all its clients look like one, and share what one address may do.

use std::net::IpAddr;
use std::sync::OnceLock;

/// The first untrusted peer on this machine or a private network that has sent forwarded requests.
#[derive(Debug, Default)]
pub(crate) struct UntrustedProxy(OnceLock<IpAddr>);

impl UntrustedProxy {
    /// Returns the peer that should probably be given as a trusted proxy.
    pub fn seen(&self) -> Option<IpAddr> {
        self.0.get().copied()
    }

    pub fn report(&self, peer: IpAddr) {
        if self.0.set(peer).is_ok() {
            tracing::warn!(
                %peer,
                "requests come through a proxy that is not trusted: all its clients count as one \
                 address, with one address's share and limits. Name it with --trusted-proxy {peer}"
            );
        }
    }
}
