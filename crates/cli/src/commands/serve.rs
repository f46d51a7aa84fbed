use std::io::IsTerminal;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use letscode_influx::Influx;
use letscode_judge::{Engine, builtin_languages};
use letscode_queue::{InProcessQueue, QueueSettings};
use letscode_server::{AppState, ColdInterpreters, Settings};
use letscode_store::{SqliteStore, Store};
use letscode_worker::Worker;
use tokio::net::TcpListener;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::fault::Fault;
use crate::influx::InfluxArgs;
use crate::input::CACHE_MIB;
use crate::layers::{IsolationArgs, LayerFinding};
use crate::{data_folder, input, layers, samples};

/// Serve the REST and WebSocket API, and judge, in one process.
///
/// Submissions and problems are kept in SQLite under --data; an empty data folder gets the sample
/// problems. Submissions that were open when the last process ended, however it ended, are judged.
/// Started as root, the process that speaks HTTP and judges becomes the owner of the data folder (a
/// nameless user, if that is root); only the jail helper keeps root.
///
/// SIGTERM and Ctrl-C end gracefully: what is being judged is finished first; a second one is at
/// once.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode serve
  letscode serve --listen 127.0.0.1:8080 --data /var/lib/letscode
  curl -s http://127.0.0.1:3001/api/problems

Exit codes: 0 it was told to end, 2 it could not start or a fault of ours.")]
pub struct Serve {
    /// Where to listen
    #[arg(
        long,
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:3001",
        env = "LETSCODE_LISTEN"
    )]
    listen: SocketAddr,
    /// Where to keep the database and the problems
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "LETSCODE_DATA"
    )]
    data: PathBuf,
    /// How many submissions are judged at once; as many as there are cores by default
    #[arg(long, value_name = "N", env = "LETSCODE_WORKERS")]
    workers: Option<u32>,
    /// Keep at most so much of what was compiled, below --data, and precompile the C++ standard
    /// library's headers there; 0 does neither
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = CACHE_MIB,
        env = "LETSCODE_COMPILE_CACHE"
    )]
    compile_cache: u64,
    /// How many cells of each language are made at the start and wait for programs; as many as --workers by
    /// default. They go after five minutes without work, and come with it
    #[arg(long, value_name = "N", env = "LETSCODE_WARM_CELLS")]
    warm_cells: Option<u32>,
    /// How many jobs may wait; further ones are answered with 503
    #[arg(
        long,
        value_name = "N",
        default_value_t = QueueSettings::default().max_waiting,
        env = "LETSCODE_MAX_WAITING"
    )]
    max_waiting: u32,
    /// How many jobs of one user may wait; further ones are answered with 429
    #[arg(
        long,
        value_name = "N",
        default_value_t = QueueSettings::default().max_waiting_of_user,
        env = "LETSCODE_MAX_WAITING_OF_USER"
    )]
    max_waiting_of_user: u32,
    #[command(flatten)]
    influx: InfluxArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
}

impl Serve {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        start_log();
        // Before the runtime has threads: the jail helper is started from a small, simple process.
        let isolation = self.isolation.isolation();
        let weak = layers::demand(&isolation)?;
        let headers = match self.compile_cache {
            0 => None,
            // As the jail helper will see it, which starts where we are now.
            _ => Some(absolute(&self.data).map_err(Fault::new)?.join(HEADERS)),
        };
        let mut engine = Engine::start_with_headers(
            input::helper_command(),
            builtin_languages()?,
            isolation,
            headers.as_deref(),
        )?;
        let data = data_folder::enter(&self.data)?;
        if self.compile_cache > 0 {
            engine.keep_compiled(&data.join(COMPILED), self.compile_cache << 20)?;
            engine.keep_headers(&data.join(HEADERS))?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(Fault::new)?;
        let influx = self.influx.start(self.listen)?;
        let served = runtime.block_on(self.serve(Arc::new(engine), &data, weak));
        influx.inspect(Influx::finish);
        served.map(|()| ExitCode::SUCCESS)
    }

    async fn serve(
        self,
        engine: Arc<Engine>,
        data: &Path,
        weak: Vec<LayerFinding>,
    ) -> Result<(), Fault> {
        for one in &weak {
            tracing::warn!(layer = %one.layer, "isolation is degraded: {}", one.detail);
        }
        let store = SqliteStore::open(data).await?;
        let _lock = store.lock_for_serving().await?;
        if store.problems().await?.is_empty() {
            let count = samples::import(&store, data).await?;
            tracing::info!(count, "imported the sample problems");
        }
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            Fault::new(format!("cannot listen on {}: {error}", self.listen))
                .with_help("another process may be listening there: choose another --listen")
        })?;
        let jail = engine.jail().lifeline().map_err(Fault::new)?;
        let store: Arc<dyn Store> = Arc::new(store);
        let queue = Arc::new(InProcessQueue::new(QueueSettings {
            max_waiting: self.max_waiting,
            max_waiting_of_user: self.max_waiting_of_user,
            ..QueueSettings::default()
        }));
        let workers = self.workers.unwrap_or_else(cores);
        let warm_up = self.warm_cells.unwrap_or(workers);
        let precompiles = self.compile_cache > 0;
        let preparing = engine.clone();
        std::thread::spawn(move || prepare(&preparing, warm_up, precompiles));
        let cold = {
            let engine = engine.clone();
            move || {
                engine
                    .cold_interpreters()
                    .into_keys()
                    .map(|id| id.to_string())
                    .collect()
            }
        };
        let worker = Worker::new(engine, store.clone(), queue.clone(), workers);
        worker.prepare().await?;

        let (stop, stopped) = watch::channel(false);
        let judging = tokio::spawn(worker.run(stopped.clone()));
        tokio::spawn(stop_on_signal(stop));
        let settings = Settings {
            degraded_layers: weak.iter().map(|one| one.layer.to_string()).collect(),
            cold_interpreters: ColdInterpreters::new(cold),
            ..Settings::default()
        };
        let address = listener.local_addr().map_err(Fault::new)?;
        tracing::info!(workers, "serving on http://{address}");
        println!("Let'sCode serves on http://{address}");
        let state = AppState::new(store, queue, settings);
        let shutdown = async move {
            let mut stopped = stopped;
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            served = letscode_server::serve(listener, state, shutdown) => served.map_err(Fault::new)?,
            gone = hang_up(jail) => return Err(gone),
        }
        judging.await.map_err(Fault::new)
    }
}

/// In the data folder.
const COMPILED: &str = "compiled";
const HEADERS: &str = "headers";

/// Beside everything else: until it is done, the first programs take longer.
fn prepare(engine: &Engine, cells: u32, precompiles: bool) {
    if cells > 0
        && let Err(error) = engine.warm_up(cells as usize)
    {
        tracing::warn!(%error, "no cells wait for the first programs");
    }
    if !precompiles {
        return;
    }
    let started = Instant::now();
    match engine.precompile_headers() {
        Ok(()) => tracing::info!(took = ?started.elapsed(), "headers are precompiled"),
        Err(error) => tracing::warn!(%error, "programs are compiled without precompiled headers"),
    }
}

/// Waits until nobody is left to make cells, and says so. This process gave up the rights that a new
/// helper needs, so it ends: a service that answers Internal Error to everything helps nobody.
async fn hang_up(jail: OwnedFd) -> Fault {
    let readable = async { pipe::Receiver::from_owned_fd(jail)?.readable().await };
    match readable.await {
        Ok(()) => Fault::new("the jail helper and its keeper were killed: nothing can be judged"),
        Err(error) => Fault::new(format!("the jail helper can't be watched: {error}")),
    }
    .with_help("start the service again: what is open is judged then")
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}

/// The first signal ends gracefully, the second at once: the store is made for that.
async fn stop_on_signal(stop: watch::Sender<bool>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::warn!("signals can't be caught: end the process with SIGKILL");
        return;
    };
    for graceful in [true, false] {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if !graceful {
            std::process::exit(130);
        }
        tracing::info!("finishing what is being judged; once more to end at once");
        let _ = stop.send(true);
    }
}

/// To standard error; `RUST_LOG` chooses what.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
