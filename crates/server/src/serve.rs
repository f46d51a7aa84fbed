use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::outgoing::Outgoing;
use crate::router::probes;
use crate::{AppState, history, router};

/// How long to wait when the system has no more files or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves HTTP and WebSockets until `shutdown` completes, then lets what is open end, for at most
/// [`ServerSettings::drain_timeout`](crate::ServerSettings::drain_timeout).
///
/// HTTP/1.1 only: WebSockets need nothing else, and a proxy in front speaks the rest better.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    serve_routes(listener, router(state.clone()), state, shutdown).await
}

/// As [`serve`], for a process that only wants to be looked after: its health and its figures.
pub async fn serve_probes(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    serve_routes(listener, probes(state.clone()), state, shutdown).await
}

async fn serve_routes(
    listener: TcpListener,
    service: Router,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let connections = Connections {
        service,
        places: Arc::new(Semaphore::new(state.settings().max_connections)),
        state: state.clone(),
    };
    let watching = tokio::spawn(history::watch(state.clone()));
    tokio::select! {
        ended = connections.accept_all(&listener) => ended?,
        () = shutdown => {}
    }
    watching.abort();
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

struct Connections {
    service: Router,
    state: AppState,
    /// One for each connection that is open; a WebSocket gives it back and is counted elsewhere.
    places: Arc<Semaphore>,
}

impl Connections {
    async fn accept_all(&self, listener: &TcpListener) -> io::Result<()> {
        loop {
            // A place first, then a connection: who finds none waits in the kernel's backlog.
            let place = self.places.clone().acquire_owned().await;
            let place = place.map_err(io::Error::other)?;
            match listener.accept().await {
                Ok((stream, _)) => self.spawn(stream, place),
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn spawn(&self, stream: TcpStream, place: tokio::sync::OwnedSemaphorePermit) {
        let stream = Outgoing::new(stream, self.state.settings().write_timeout);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.state.settings().header_timeout)
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(self.service.clone()),
            )
            .with_upgrades();
        let state = self.state.clone();
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                () = state.closing() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            }
            drop(place);
        });
    }

    /// Returns when every place is free again.
    async fn all_ended(&self) {
        let all = u32::try_from(self.state.settings().max_connections).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.places.acquire_many(all).await;
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
