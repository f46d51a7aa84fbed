//! What every long-running process does: it writes a log, and it ends when it is told to.

use std::io::{IsTerminal, Write};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::CliError;

pub fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::new)
}

/// Becomes true when the process is to end.
pub type StopSignal = watch::Receiver<bool>;

/// From here on the first signal ends gracefully, the second at once: the store is made for that.
pub fn stop_on_signal() -> Result<StopSignal, CliError> {
    let (stop, stopped) = watch::channel(false);
    // Not in the task: a signal may come before it runs.
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
        tracing::info!("finishing what is in hand; once more to end at once");
        let _ = stop.send(true);
    }
}

/// Each connection is an open file, and what a process may have open at first is often 1024: as many as
/// the system lets it have are asked for. Not for the jail helper, which has started before.
pub fn allow_many_files() {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, files) {
        tracing::warn!(%error, "no more files can be open than at first");
    }
}

/// Tells who started it where it is, should anybody read that.
pub fn greet(greeting: &str) {
    let _ = writeln!(std::io::stdout(), "{greeting}");
}

/// To standard error; `RUST_LOG` chooses what.
pub fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
