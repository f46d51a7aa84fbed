//! Common parts of the long-running processes: log, signals, limits.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use letscode_server::ServerSettings;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::CliError;

/// Time for threads that compute or write to end, once everything else has. Measuring a package takes
/// longer, and is begun anew by who uploads it again.
const THREAD_PATIENCE: Duration = Duration::from_secs(5);

/// Runs a process until its work has ended.
pub fn run_to_end<T>(work: impl Future<Output = T>) -> Result<T, CliError> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build().map_err(CliError::new)?;
    let result = runtime.block_on(work);
    // Dropping it would wait for threads without a bound, and no signal is heard by then.
    runtime.shutdown_timeout(THREAD_PATIENCE);
    Ok(result)
}

/// Becomes true when the process has to stop.
pub type StopSignal = watch::Receiver<bool>;

/// Installs the signal handlers: the first signal stops gracefully, the second at once, which the
/// store survives.
pub fn stop_on_signal() -> Result<StopSignal, CliError> {
    let (stop, stopped) = watch::channel(false);
    // Installed before the task is spawned, because a signal may arrive before it runs.
    let terminate = signal(SignalKind::terminate()).map_err(CliError::new)?;
    let interrupt = signal(SignalKind::interrupt()).map_err(CliError::new)?;
    tokio::spawn(forward_signals(stop, terminate, interrupt));
    Ok(stopped)
}

pub async fn stopped(mut stop: StopSignal) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn forward_signals(stop: watch::Sender<bool>, mut terminate: Signal, mut interrupt: Signal) {
    for graceful in [true, false] {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if !graceful {
            std::process::exit(130);
        }
        tracing::info!("finishing work in progress; a second signal stops at once");
        let _ = stop.send(true);
    }
}

/// Raises the limit of open files to its maximum, because each connection is an open file and the
/// default is often 1024. The jail helper, which has started before, is not affected.
pub fn allow_many_files() {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, files) {
        tracing::warn!(%error, "the limit of open files can't be raised");
    }
}

/// Files that a server needs besides its connections: stores, caches and cells.
const OTHER_FILES: usize = 1000;

/// Warns if the bounds of connections and WebSockets can't be reached with the limit of open files.
pub fn check_open_files(settings: &ServerSettings) {
    let needed = settings.max_connections + settings.max_sockets + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile).current;
    if limit.is_some_and(|limit| limit < needed as u64) {
        tracing::warn!(
            ?limit,
            needed,
            "the limit of open files is below the server's bounds; raise LimitNOFILE"
        );
    }
}

/// Prints the address on standard output. A closed standard output is no error.
pub fn announce(message: &str) {
    let _ = writeln!(std::io::stdout(), "{message}");
}

/// Starts logging to standard error; `RUST_LOG` selects the level.
pub fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
