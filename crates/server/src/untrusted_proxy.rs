//! A proxy that nobody has named: all its clients look like one, and share what one address may do.

use std::net::IpAddr;
use std::sync::OnceLock;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::AppState;
use crate::connection::ConnectionInfo;

/// The first untrusted peer on this machine or a private network that has sent forwarded requests.
#[derive(Debug, Default)]
pub(crate) struct UntrustedProxy(OnceLock<IpAddr>);

impl UntrustedProxy {
    /// Returns the peer that should probably be given as a trusted proxy.
    pub fn seen(&self) -> Option<IpAddr> {
        self.0.get().copied()
    }

    fn report(&self, peer: IpAddr) {
        if self.0.set(peer).is_ok() {
            tracing::warn!(
                %peer,
                "requests come through a proxy that is not trusted: all its clients count as one \
                 address, with one address's share and limits. Name it with --trusted-proxy {peer}"
            );
        }
    }
}

/// Notices forwarded requests of peers that are not trusted proxies. Anybody on the Internet can send
/// such headers, so only those of near peers say something.
pub(crate) async fn notice(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if state.untrusted_proxy().seen().is_none()
        && let Some(connection) = request.extensions().get::<ConnectionInfo>()
        && let Some(peer) = connection.untrusted_proxy(request.headers())
    {
        state.untrusted_proxy().report(peer);
    }
    next.run(request).await
}
