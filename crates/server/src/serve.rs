use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use letscode_adapters::PeerService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tower::Layer;

use crate::connection::ConnectionInfo;
use crate::router::{adapter_router, probes};
use crate::{AppState, NetworkPolicy, accounts, load_sampler, router};

/// Pause after the system has no more files or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Size of the kernel's send buffer of a connection. Free space is reported once a third of it is
/// free: with the megabytes that the kernel would take, a slow reader would look like one that
/// does not read.
const SEND_BUFFER_BYTES: usize = 256 << 10;

/// Serves HTTP and WebSockets until `shutdown` completes, then lets what is open end, for at most
/// [`ServerSettings::drain_timeout`](crate::ServerSettings::drain_timeout).
///
/// HTTP/1.1 only: WebSockets need nothing else, and a proxy in front speaks the rest better.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    serve_sampled(listener, router(state.clone()), state, shutdown).await
}

/// Serves the API of another service at the root of an address, beside [`serve`].
pub async fn serve_adapter(
    listener: TcpListener,
    service: PeerService,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let router = adapter_router(service, &state);
    serve_routes(listener, router, state, shutdown).await
}

/// As [`serve`], for a process without the API: only its health and metrics.
pub async fn serve_probes(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    serve_sampled(listener, probes(state.clone()), state, shutdown).await
}

/// Serves, and samples the load of this process.
async fn serve_sampled(
    listener: TcpListener,
    service: Router,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let sampler = tokio::spawn(load_sampler::run(state.clone()));
    let sweep = tokio::spawn(accounts::sweep::run(state.clone()));
    let served = serve_routes(listener, service, state, shutdown).await;
    sampler.abort();
    sweep.abort();
    served
}

async fn serve_routes(
    listener: TcpListener,
    service: Router,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let connections = ConnectionSet {
        service,
        permits: state.connections().clone(),
        state: state.clone(),
        is_loopback: listener.local_addr()?.ip().to_canonical().is_loopback(),
        policy: Arc::new(state.settings().network.clone()),
    };
    tokio::select! {
        result = connections.accept_all(&listener) => result?,
        () = shutdown => {}
    }
    drop(listener);
    state.close();
    let drained = async {
        connections.all_ended().await;
        state.sockets().all_ended().await;
    };
    if timeout(state.settings().drain_timeout, drained)
        .await
        .is_err()
    {
        tracing::warn!("some connections did not end in time and were cut");
    }
    Ok(())
}

struct ConnectionSet {
    service: Router,
    state: AppState,
    is_loopback: bool,
    policy: Arc<NetworkPolicy>,
    /// One for each open HTTP connection; a WebSocket returns it and is counted elsewhere.
    permits: Arc<Semaphore>,
}

impl ConnectionSet {
    async fn accept_all(&self, listener: &TcpListener) -> io::Result<()> {
        loop {
            // First a permit, then a connection: without one, clients wait in the kernel's backlog.
            let permit = self.permits.clone().acquire_owned().await;
            let permit = permit.map_err(io::Error::other)?;
            match listener.accept().await {
                Ok((stream, peer)) => self.spawn(stream, peer, permit),
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn spawn(&self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        // Small responses and events must not wait for the client's acknowledgement of earlier ones.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER_BYTES);
        // A response that is not read would hold its permit for ever. `TCP_USER_TIMEOUT` would also
        // end clients that read slowly.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.state.settings().write_timeout));
        let info = ConnectionInfo {
            peer,
            is_loopback: self.is_loopback,
            policy: self.policy.clone(),
        };
        let service = Extension(info).layer(self.service.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.state.settings().header_timeout)
            .serve_connection(
                TokioIo::new(Box::pin(stream)),
                TowerToHyperService::new(service),
            )
            .with_upgrades();
        let state = self.state.clone();
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let result = tokio::select! {
                result = &mut connection => result,
                () = state.closing() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = result {
                tracing::debug!(%peer, %error, "a connection failed");
            }
            drop(permit);
        });
    }

    /// Returns when no HTTP connection is open.
    async fn all_ended(&self) {
        let all = u32::try_from(self.state.settings().max_connections).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.permits.acquire_many(all).await;
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
