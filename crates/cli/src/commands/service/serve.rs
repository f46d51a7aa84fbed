use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use letscode_influx::InfluxClient;
use letscode_queue::Broker;
use letscode_server::{AdminToken, AppState, AuthSettings, ServerSettings};
use letscode_store::{DatabaseAddress, Store};

use super::adapters::AdapterArgs;
use super::args::{HttpArgs, QueueArgs, RetentionArgs, ServiceArgs};
use super::engine::{EngineArgs, RunningEngine};
use super::flag_args::FlagPolicyArgs;
use super::package_args::PackageArgs;
use super::process::{
    allow_many_files, announce, check_open_files, run_to_end, start_log, stop_on_signal, stopped,
};
use super::run_bound_args::RunBoundArgs;
use crate::commands::queue::socket;
use crate::error::CliError;
use crate::influx::InfluxArgs;
use crate::{data_folder, samples};

/// Serve the REST and WebSocket API, and judge, in one process.
///
/// Submissions and problems are kept in SQLite under --data, and jobs in memory, unless --database
/// and --redis are given; an empty store gets the sample problems. Submissions that were open when
/// the last process ended, also after a crash, are judged. Started as root, the process that serves
/// HTTP and judges becomes the owner of the data folder (a user without a name if the owner is root);
/// only the jail helper keeps root.
///
/// SIGTERM and Ctrl-C stop it gracefully: submissions being judged are finished first; a second
/// signal stops it at once.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode serve
  letscode serve --listen 127.0.0.1:8080 --data /var/lib/letscode
  curl -s http://127.0.0.1:3001/api/problems

Exit codes: 0 it was stopped by a signal, 2 it could not start, or an internal error.")]
pub struct ServeArgs {
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    bounds: QueueArgs,
    #[command(flatten)]
    runs: RunBoundArgs,
    #[command(flatten)]
    influx: InfluxArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    packages: PackageArgs,
    #[command(flatten)]
    adapters: AdapterArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Leave an empty store empty, without the sample problems
    #[arg(long, env = "LETSCODE_NO_SAMPLES")]
    no_samples: bool,
    #[command(flatten)]
    retention: RetentionArgs,
    #[command(flatten)]
    flags: FlagPolicyArgs,
}

impl ServeArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        self.adapters
            .check_access(&self.http.auth, self.service.listen)?;
        let auth = self.http.auth.settings()?;
        start_log();
        let database = self.service.database_address()?;
        let token = self.packages.token()?;
        let mut running = self.engine.start(&self.service.data, self.runs.caps())?;
        let data = data_folder::enter(&self.service.data)?;
        self.engine.keep_compiled(&mut running, &data)?;
        allow_many_files();
        let influx = self.influx.start(self.service.listen)?;
        let ran = run_to_end(self.serve(&running, database, (token, auth), &data))?;
        influx.inspect(InfluxClient::finish);
        ran.map(|()| ExitCode::SUCCESS)
    }

    async fn serve(
        self,
        running: &RunningEngine,
        database: Option<DatabaseAddress>,
        (token, auth): (Option<AdminToken>, AuthSettings),
        data: &Path,
    ) -> Result<(), CliError> {
        let stop = stop_on_signal()?;
        let opened = self.service.open_store(database, data).await?;
        let store = opened.store.clone();
        if !self.no_samples && store.problems().await?.is_empty() {
            let count = samples::import(&*store, data).await?;
            tracing::info!(count, "imported the sample problems");
        }
        let listener = self.service.bind().await?;
        let adapters = self.adapters.bind().await?;
        let helper_death = running.helper_death()?;
        let broker = self.service.open_broker(&self.bounds).await?;
        let worker = running.worker(store.clone(), broker.clone()).await?;
        let worker = worker
            .with_retention(self.retention.retention())
            .with_flag_rule(self.flags.rule())
            .with_run_bounds(self.runs.bounds());

        serve_operators(data, store.clone(), broker.clone());
        let judging = tokio::spawn(worker.run(stop.clone()));
        let address = listener.local_addr().map_err(CliError::new)?;
        let (languages, calibrator) = (running.languages(), running.calibrator());
        let packages = &self.packages;
        let settings = ServerSettings {
            packages: packages.settings(token, data, languages, Some(calibrator))?,
            run_bounds: self.runs.bounds(),
            caps: self.runs.caps(),
            adapters: self.adapters.settings(),
            on_flag: self.flags.reaction(),
            ..self.http.settings(running.settings(), auth)?
        };
        check_open_files(&settings);
        tracing::info!("serving on http://{address}");
        announce(&format!("Let'sCode serves on http://{address}"));
        let state = AppState::new(store, broker, settings);
        let adapters = adapters.spawn(&state, &stop)?;
        tokio::select! {
            served = letscode_server::serve(listener, state, stopped(stop)) => served.map_err(CliError::new)?,
            error = helper_death => return Err(error),
        }
        adapters.ended().await;
        judging.await.map_err(CliError::new)
    }
}

/// Listens for `letscode queue`. Without that the service works all the same.
fn serve_operators(data: &Path, store: Arc<dyn Store>, broker: Broker) {
    match socket::open(data) {
        Ok(listener) => drop(tokio::spawn(socket::serve(listener, store, broker))),
        Err(error) => tracing::warn!(%error, "`letscode queue` can't reach this service"),
    }
}
