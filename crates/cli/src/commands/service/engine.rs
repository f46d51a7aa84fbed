//! The engine of a long-running process that judges.

use std::os::fd::OwnedFd;
use std::path::{Path, absolute};
use std::sync::Arc;

use clap::Args;
use letscode_import::LimitCalibrator;
use letscode_judge::{CacheFolders, Engine, EngineConfig};
use letscode_languages::LanguageRegistry;
use letscode_model::{LimitCaps, WatchMode};
use letscode_queue::Broker;
use letscode_server::{LanguageReporter, ServerSettings};
use letscode_store::Store;
use letscode_worker::{Worker, look_after_caches};
use tokio::net::unix::pipe;

use crate::calibrator::EngineCalibrator;
use crate::commands::watch_args::WatchArgs;
use crate::error::CliError;
use crate::input::{self, CACHE_MIB};
use crate::languages::LanguageArgs;
use crate::layers::{self, IsolationArgs, LayerFinding};

/// Options for judging.
#[derive(Args)]
pub struct EngineArgs {
    /// Number of submissions judged at the same time; by default the number of cores
    #[arg(long, value_name = "N", env = "LETSCODE_WORKERS")]
    workers: Option<u32>,
    /// Number of jobs judged beyond --workers: each only of a client address that has nothing running,
    /// so that no client waits for the long runs of another
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        env = "LETSCODE_RESERVE_SLOTS"
    )]
    reserve_slots: u32,
    /// Size of the cache of compiled programs below --data, where the C++ standard library's headers
    /// are precompiled too; 0 turns off both
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = CACHE_MIB,
        env = "LETSCODE_COMPILE_CACHE"
    )]
    compile_cache: u64,
    /// Number of warm cells of each language, made at the start; by default the same as --workers. They
    /// end after five minutes without work and are made again on demand
    #[arg(long, value_name = "N", env = "LETSCODE_WARM_CELLS")]
    warm_cells: Option<u32>,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    watch: WatchArgs,
}

/// Names of the cache folders in the data folder.
const COMPILED: &str = "compiled";
const HEADERS: &str = "headers";

/// Name of the missing layer where calls are to be enforced and can't be counted.
const UNCOUNTED_CALLS: &str = "watch";

/// A running engine, and the layers of isolation that are degraded.
pub struct RunningEngine {
    engine: Arc<Engine>,
    degraded: Vec<LayerFinding>,
    workers: u32,
    reserve_slots: u32,
    warm_cells: u32,
    keeps_compiled: bool,
}

impl EngineArgs {
    /// Starts the engine. Must be called before the process has threads and while it has its rights:
    /// the jail helper is forked from a small, simple process.
    pub fn start(&self, data: &Path, caps: LimitCaps) -> Result<RunningEngine, CliError> {
        let isolation = self.isolation.isolation();
        let degraded = layers::demand(&isolation)?;
        let headers = match self.compile_cache {
            0 => None,
            // Absolute, because the jail helper resolves it from our present working directory.
            _ => Some(absolute(data).map_err(CliError::new)?.join(HEADERS)),
        };
        let engine = Engine::start(EngineConfig {
            helper: input::helper_command(),
            languages: self.languages.read()?,
            isolation,
            caps,
            headers,
            watch: self.watch.watch,
        })?;
        let workers = self.workers.unwrap_or_else(cores);
        Ok(RunningEngine {
            engine: Arc::new(engine),
            degraded,
            workers,
            reserve_slots: self.reserve_slots,
            warm_cells: self.warm_cells.unwrap_or(workers),
            keeps_compiled: self.compile_cache > 0,
        })
    }

    /// Opens the caches. `data`: the data folder as the process sees it after it has dropped its rights.
    pub fn keep_compiled(&self, running: &mut RunningEngine, data: &Path) -> Result<(), CliError> {
        if self.compile_cache > 0 {
            let engine = Arc::get_mut(&mut running.engine)
                .ok_or_else(|| CliError::new("the engine is in use already"))?;
            engine.open_folders(&CacheFolders {
                compiled: data.join(COMPILED),
                max_bytes: self.compile_cache << 20,
                headers: Some(data.join(HEADERS)),
            })?;
        }
        Ok(())
    }
}

impl RunningEngine {
    /// Returns a worker that is announced at the queue. Cells are made in the background.
    pub async fn worker(&self, store: Arc<dyn Store>, broker: Broker) -> Result<Worker, CliError> {
        for finding in &self.degraded {
            tracing::warn!(layer = %finding.layer, "isolation is degraded: {}", finding.detail);
        }
        let uncounted = self.engine.jail().info().uncounted_calls.as_ref();
        let mode = self.engine.watch();
        match uncounted {
            Some(why) if mode.enforces() => tracing::warn!(
                layer = UNCOUNTED_CALLS,
                "--watch {mode} is not enforced for system calls, which can't be counted here; only \
                 memory is watched: {why}"
            ),
            Some(why) if mode != WatchMode::Off => {
                tracing::warn!("system calls are not counted, only memory is watched: {why}");
            }
            _ => {}
        }
        let (engine, cells, keeps) = (self.engine.clone(), self.warm_cells, self.keeps_compiled);
        std::thread::spawn(move || {
            warm_up(&engine, cells);
            let weak = Arc::downgrade(&engine);
            drop(engine);
            if keeps {
                look_after_caches(&weak);
            }
        });
        let worker = Worker::new(self.engine.clone(), store, broker, self.workers)
            .with_reserve(self.reserve_slots);
        worker.prepare().await?;
        Ok(worker)
    }

    /// Returns the languages of this machine's service.
    pub fn languages(&self) -> LanguageRegistry {
        self.engine.toolchains().registry().clone()
    }

    pub fn calibrator(&self) -> Arc<dyn LimitCalibrator> {
        Arc::new(EngineCalibrator::of_service(self.engine.clone()))
    }

    /// Returns the names of what should protect, and does not.
    fn degraded_layers(&self) -> Vec<String> {
        let layers = self.degraded.iter();
        let layers = layers.map(|finding| finding.layer.to_string());
        let is_unenforced =
            self.engine.watch().enforces() && self.engine.jail().info().uncounted_calls.is_some();
        let uncounted = is_unenforced.then(|| UNCOUNTED_CALLS.to_owned());
        layers.chain(uncounted).collect()
    }

    pub fn settings(&self) -> ServerSettings {
        let engine = self.engine.clone();
        let cold = move || {
            let cold = engine.toolchains().cold_interpreters().into_keys();
            cold.map(|id| id.to_string()).collect()
        };
        let engine = self.engine.clone();
        let slow_compilers = move || {
            let health = engine.compiler().health().into_iter();
            let slow = health.filter(|(_, health)| health.trouble().is_some());
            slow.map(|(id, _)| id.to_string()).collect()
        };
        ServerSettings {
            degraded_layers: self.degraded_layers(),
            watch: Some(self.engine.watch()),
            cold_interpreters: LanguageReporter::new(cold),
            slow_compilers: LanguageReporter::new(slow_compilers),
            ..ServerSettings::default()
        }
    }

    /// Resolves when the jail helper and its monitor have died. This process has dropped the rights
    /// that a new helper needs, so that it has to end: otherwise every verdict would be Internal Error.
    pub fn helper_death(&self) -> Result<impl Future<Output = CliError> + use<>, CliError> {
        let jail = self.engine.jail().liveness_pipe().map_err(CliError::new)?;
        Ok(wait_for_helper_death(jail))
    }
}

/// Ends all cells: a process that exits while one of its threads compiles would leave cells behind.
impl Drop for RunningEngine {
    fn drop(&mut self) {
        self.engine.jail().shut_down();
    }
}

/// Makes warm cells, in the background. Until then programs start slower.
fn warm_up(engine: &Engine, cells: u32) {
    if cells > 0
        && let Err(error) = engine.toolchains().warm_up(cells as usize)
    {
        tracing::warn!(%error, "no warm cells for the first programs");
    }
}

async fn wait_for_helper_death(jail: OwnedFd) -> CliError {
    let readable = async { pipe::Receiver::from_owned_fd(jail)?.readable().await };
    match readable.await {
        Ok(()) => {
            CliError::new("the jail helper and its monitor were killed: nothing can be judged")
        }
        Err(error) => CliError::new(format!("the jail helper can't be watched: {error}")),
    }
    .with_help("start the service again: open submissions are judged then")
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}
