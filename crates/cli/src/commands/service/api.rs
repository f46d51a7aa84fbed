use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use letscode_influx::InfluxClient;
use letscode_languages::LanguageRegistry;
use letscode_server::{AdminToken, AppState, AuthSettings, ServerSettings};
use letscode_store::DatabaseAddress;

use super::adapters::AdapterArgs;
use super::args::{HttpArgs, QueueArgs, ServiceArgs};
use super::flag_args::FlagPolicyArgs;
use super::package_args::PackageArgs;
use super::process::{
    allow_many_files, announce, check_open_files, run_to_end, start_log, stop_on_signal, stopped,
};
use super::run_bound_args::RunBoundArgs;
use crate::data_folder;
use crate::error::CliError;
use crate::influx::InfluxArgs;
use crate::languages::LanguageArgs;

/// Serve the REST and WebSocket API, and leave judging to `letscode worker`.
///
/// Any number of API servers on one database and one Redis form one service: a client may send each
/// request to another one and follow its events at any. This process runs no submitted program and
/// makes no cells.
///
/// SIGTERM and Ctrl-C stop it gracefully: open requests are answered, and WebSockets are told to
/// reconnect; a second signal stops it at once.
#[derive(Args)]
#[command(after_help = "Example:
  letscode api --database postgres://letscode@db/letscode --redis redis://redis

Exit codes: 0 it was stopped by a signal, 2 it could not start, or an internal error.")]
pub struct ApiArgs {
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
    languages: LanguageArgs,
    #[command(flatten)]
    adapters: AdapterArgs,
    #[command(flatten)]
    flags: FlagPolicyArgs,
}

impl ApiArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        self.service.require_database_and_redis("api")?;
        self.adapters
            .check_access(&self.http.auth, self.service.listen)?;
        let auth = self.http.auth.settings()?;
        start_log();
        let database = self.service.database_address()?;
        let (token, languages) = (self.packages.token()?, self.languages.read()?);
        let data = data_folder::enter(&self.service.data)?;
        allow_many_files();
        let influx = self.influx.start(self.service.listen)?;
        let ran = run_to_end(self.serve(database, (token, auth), languages, &data))?;
        influx.inspect(InfluxClient::finish);
        ran.map(|()| ExitCode::SUCCESS)
    }

    async fn serve(
        self,
        database: Option<DatabaseAddress>,
        (token, auth): (Option<AdminToken>, AuthSettings),
        languages: LanguageRegistry,
        data: &Path,
    ) -> Result<(), CliError> {
        let opened = self.service.open_store(database, data).await?;
        let broker = self.service.open_broker(&self.bounds).await?;
        let listener = self.service.bind().await?;
        let adapters = self.adapters.bind().await?;
        let address = listener.local_addr().map_err(CliError::new)?;
        let stop = stop_on_signal()?;
        let settings = ServerSettings {
            run_bounds: self.runs.bounds(),
            caps: self.runs.caps(),
            adapters: self.adapters.settings(),
            on_flag: self.flags.reaction(),
            packages: self.packages.settings(token, data, languages, None)?,
            ..self.http.settings(ServerSettings::default(), auth)?
        };
        check_open_files(&settings);
        tracing::info!("serving on http://{address}");
        announce(&format!("Let'sCode serves on http://{address}"));
        let state = AppState::new(opened.store.clone(), broker, settings);
        let adapters = adapters.spawn(&state, &stop)?;
        letscode_server::serve(listener, state, stopped(stop))
            .await
            .map_err(CliError::new)?;
        adapters.ended().await;
        Ok(())
    }
}
