use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use letscode_influx::InfluxClient;
use letscode_server::AppState;
use letscode_store::DatabaseAddress;

use super::args::{QueueArgs, RetentionArgs, ServiceArgs};
use super::engine::{EngineArgs, RunningEngine};
use super::flag_args::FlagPolicyArgs;
use super::process::{allow_many_files, announce, run_to_end, start_log, stop_on_signal, stopped};
use super::run_bound_args::RunBoundArgs;
use crate::data_folder;
use crate::error::CliError;
use crate::influx::InfluxArgs;

/// Judge the submissions that the API servers accept.
///
/// At --listen it answers /healthz, /readyz and /metrics, and nothing else. Started as root, the
/// process that judges becomes the owner of the data folder; only the jail helper keeps root.
///
/// SIGTERM and Ctrl-C stop it gracefully: submissions being judged are finished first; a second
/// signal stops it at once, and another worker judges them.
#[derive(Args)]
#[command(
    mut_arg("listen", |listen| listen
        .default_value("127.0.0.1:0")
        .help("Address and port of the probes and metrics; port 0 is a free one, which the log names")),
    mut_arg("data", |data| data
        .default_value("./worker-data")
        .help("Folder for the caches of this worker; each worker of a machine needs one of its own")),
)]
#[command(after_help = "Examples:
  letscode worker --database postgres://letscode@db/letscode --redis redis://redis
  letscode worker --config letscode.toml --listen 127.0.0.1:3002 --data /var/lib/letscode-worker-2

Exit codes: 0 it was stopped by a signal, 2 it could not start, or an internal error.")]
pub struct WorkerArgs {
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    bounds: QueueArgs,
    #[command(flatten)]
    runs: RunBoundArgs,
    #[command(flatten)]
    influx: InfluxArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    retention: RetentionArgs,
    #[command(flatten)]
    flags: FlagPolicyArgs,
}

impl WorkerArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        self.service.require_database_and_redis("worker")?;
        start_log();
        let database = self.service.database_address()?;
        let mut running = self.engine.start(&self.service.data, self.runs.caps())?;
        let data = data_folder::enter(&self.service.data)?;
        self.engine.keep_compiled(&mut running, &data)?;
        allow_many_files();
        let influx = self.influx.start(self.service.listen)?;
        let ran = run_to_end(self.work(&running, database, &data))?;
        influx.inspect(InfluxClient::finish);
        ran.map(|()| ExitCode::SUCCESS)
    }

    async fn work(
        self,
        running: &RunningEngine,
        database: Option<DatabaseAddress>,
        data: &Path,
    ) -> Result<(), CliError> {
        let stop = stop_on_signal()?;
        let opened = self.service.open_store(database, data).await?;
        let broker = self.service.open_broker(&self.bounds).await?;
        let listener = self.service.bind().await?;
        let helper_death = running.helper_death()?;
        let store = opened.store.clone();
        let worker = running.worker(store.clone(), broker.clone()).await?;
        let worker = worker
            .with_retention(self.retention.retention())
            .with_flag_rule(self.flags.rule())
            .with_run_bounds(self.runs.bounds());
        let judging = tokio::spawn(worker.run(stop.clone()));
        let address = listener.local_addr().map_err(CliError::new)?;
        tracing::info!("judging; metrics at http://{address}/metrics");
        announce(&format!(
            "Let'sCode judges; its metrics are at http://{address}"
        ));
        let state = AppState::new(store, broker, running.settings());
        let probes = letscode_server::serve_probes(listener, state, stopped(stop));
        tokio::select! {
            served = probes => served.map_err(CliError::new)?,
            error = helper_death => return Err(error),
        }
        judging.await.map_err(CliError::new)
    }
}
