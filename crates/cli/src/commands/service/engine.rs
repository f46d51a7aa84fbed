//! The part of a long-running process that judges.

use std::os::fd::OwnedFd;
use std::path::{Path, absolute};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use letscode_judge::{Engine, builtin_languages};
use letscode_queue::Queue;
use letscode_server::{ColdInterpreters, ServerSettings};
use letscode_store::Store;
use letscode_worker::Worker;
use tokio::net::unix::pipe;

use crate::error::CliError;
use crate::input::{self, CACHE_MIB};
use crate::layers::{self, IsolationArgs, LayerFinding};

/// How to judge.
#[derive(Args)]
pub struct EngineArgs {
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
    #[command(flatten)]
    isolation: IsolationArgs,
}

/// In the data folder.
const COMPILED: &str = "compiled";
const HEADERS: &str = "headers";

/// An engine that runs, and how well it isolates.
pub struct RunningEngine {
    engine: Arc<Engine>,
    weak: Vec<LayerFinding>,
    workers: u32,
    warm_cells: u32,
    precompiles: bool,
}

impl EngineArgs {
    /// To be called before the process has threads and while it has its rights: the jail helper is
    /// started from a small, simple process.
    pub fn start(&self, data: &Path) -> Result<RunningEngine, CliError> {
        let isolation = self.isolation.isolation();
        let weak = layers::demand(&isolation)?;
        let headers = match self.compile_cache {
            0 => None,
            // As the jail helper will see it, which starts where we are now.
            _ => Some(absolute(data).map_err(CliError::new)?.join(HEADERS)),
        };
        let engine = Engine::start_with_headers(
            input::helper_command(),
            builtin_languages()?,
            isolation,
            headers.as_deref(),
        )?;
        let workers = self.workers.unwrap_or_else(cores);
        Ok(RunningEngine {
            engine: Arc::new(engine),
            weak,
            workers,
            warm_cells: self.warm_cells.unwrap_or(workers),
            precompiles: self.compile_cache > 0,
        })
    }

    /// `data` is the data folder as it is seen once the rights are given up.
    pub fn keep_compiled(&self, running: &mut RunningEngine, data: &Path) -> Result<(), CliError> {
        if self.compile_cache > 0 {
            let engine = Arc::get_mut(&mut running.engine)
                .ok_or_else(|| CliError::new("the engine is in use already"))?;
            engine.keep_compiled(&data.join(COMPILED), self.compile_cache << 20)?;
            engine.keep_headers(&data.join(HEADERS))?;
        }
        Ok(())
    }
}

impl RunningEngine {
    /// A worker that has told the queue what it can do. Cells are made meanwhile.
    pub async fn worker(
        &self,
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
    ) -> Result<Worker, CliError> {
        for one in &self.weak {
            tracing::warn!(layer = %one.layer, "isolation is degraded: {}", one.detail);
        }
        let (engine, cells, precompiles) = (self.engine.clone(), self.warm_cells, self.precompiles);
        std::thread::spawn(move || prepare(&engine, cells, precompiles));
        let worker = Worker::new(self.engine.clone(), store, queue, self.workers);
        worker.prepare().await?;
        Ok(worker)
    }

    pub fn settings(&self) -> ServerSettings {
        let engine = self.engine.clone();
        let cold = move || {
            let cold = engine.cold_interpreters().into_keys();
            cold.map(|id| id.to_string()).collect()
        };
        ServerSettings {
            degraded_layers: self.weak.iter().map(|one| one.layer.to_string()).collect(),
            cold_interpreters: ColdInterpreters::new(cold),
            ..ServerSettings::default()
        }
    }

    /// Waits until nobody is left to make cells, and says so. This process gave up the rights that a
    /// new helper needs, so it ends: a service that answers Internal Error to everything helps nobody.
    pub fn helper_death(&self) -> Result<impl Future<Output = CliError> + use<>, CliError> {
        let jail = self.engine.jail().liveness_pipe().map_err(CliError::new)?;
        Ok(helper_death(jail))
    }
}

/// A process that ends while a thread of its still compiles would leave cells behind.
impl Drop for RunningEngine {
    fn drop(&mut self) {
        self.engine.jail().end();
    }
}

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
        Err(_) if engine.jail().has_ended() => {}
        Err(error) => tracing::warn!(%error, "programs are compiled without precompiled headers"),
    }
}

async fn helper_death(jail: OwnedFd) -> CliError {
    let readable = async { pipe::Receiver::from_owned_fd(jail)?.readable().await };
    match readable.await {
        Ok(()) => {
            CliError::new("the jail helper and its keeper were killed: nothing can be judged")
        }
        Err(error) => CliError::new(format!("the jail helper can't be watched: {error}")),
    }
    .with_help("start the service again: what is open is judged then")
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}
