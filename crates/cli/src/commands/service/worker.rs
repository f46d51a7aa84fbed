use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use letscode_influx::Influx;
use letscode_server::AppState;

use super::args::{PlaceArgs, QueueArgs};
use super::engine::{EngineArgs, Running};
use super::process::{allow_many_files, greet, runtime, start_log, stop_on_signal, stopped};
use crate::data_folder;
use crate::fault::Fault;
use crate::influx::InfluxArgs;

/// Judge what the API servers accept.
///
/// At --listen it answers /healthz, /readyz and /metrics, and nothing else. Started as root, the
/// process that judges becomes the owner of the data folder; only the jail helper keeps root.
///
/// SIGTERM and Ctrl-C end gracefully: what is being judged is finished first; a second one is at once,
/// and then another worker judges it.
#[derive(Args)]
#[command(after_help = "Example:
  letscode worker --database postgres://letscode@db/letscode --redis redis://redis \\
      --listen 127.0.0.1:3002

Exit codes: 0 it was told to end, 2 it could not start or a fault of ours.")]
pub struct Work {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bounds: QueueArgs,
    #[command(flatten)]
    influx: InfluxArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

impl Work {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        self.place.demand_services("worker")?;
        start_log();
        let mut running = self.engine.start(&self.place.data)?;
        let data = data_folder::enter(&self.place.data)?;
        self.engine.keep_compiled(&mut running, &data)?;
        allow_many_files();
        let influx = self.influx.start(self.place.listen)?;
        let ran = runtime()?.block_on(self.work(&running, &data));
        influx.inspect(Influx::finish);
        ran.map(|()| ExitCode::SUCCESS)
    }

    async fn work(self, running: &Running, data: &Path) -> Result<(), Fault> {
        let stop = stop_on_signal()?;
        let opened = self.place.open_store(data).await?;
        let queue = self.place.open_queue(&self.bounds).await?;
        let listener = self.place.bind().await?;
        let hang_up = running.hang_up()?;
        let store = opened.store.clone();
        let worker = running.worker(store.clone(), queue.clone()).await?;
        let judging = tokio::spawn(worker.run(stop.clone()));
        let address = listener.local_addr().map_err(Fault::new)?;
        tracing::info!("judging; figures at http://{address}/metrics");
        greet(&format!(
            "Let'sCode works; its figures are at http://{address}"
        ));
        let state = AppState::new(store, queue, running.settings());
        let probes = letscode_server::serve_probes(listener, state, stopped(stop));
        tokio::select! {
            served = probes => served.map_err(Fault::new)?,
            gone = hang_up => return Err(gone),
        }
        judging.await.map_err(Fault::new)
    }
}
