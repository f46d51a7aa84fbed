use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use letscode_influx::Influx;
use letscode_server::{AppState, ServerSettings};

use super::args::{HttpArgs, QueueArgs, ServiceArgs};
use super::process::{allow_many_files, greet, runtime, start_log, stop_on_signal, stopped};
use crate::data_folder;
use crate::error::CliError;
use crate::influx::InfluxArgs;

/// Serve the REST and WebSocket API, and leave judging to `letscode worker`.
///
/// Any number of them on one database and one Redis are one service: a client may talk to another at
/// every request, and follow its events at any. This process runs nobody's program and makes no cells.
///
/// SIGTERM and Ctrl-C end gracefully: what was asked is answered, and WebSockets are told to come back;
/// a second one is at once.
#[derive(Args)]
#[command(after_help = "Example:
  letscode api --database postgres://letscode@db/letscode --redis redis://redis

Exit codes: 0 it was told to end, 2 it could not start or a fault of ours.")]
pub struct ApiArgs {
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    bounds: QueueArgs,
    #[command(flatten)]
    influx: InfluxArgs,
    #[command(flatten)]
    http: HttpArgs,
}

impl ApiArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        self.service.demand_services("api")?;
        start_log();
        let data = data_folder::enter(&self.service.data)?;
        allow_many_files();
        let influx = self.influx.start(self.service.listen)?;
        let ran = runtime()?.block_on(self.serve(&data));
        influx.inspect(Influx::finish);
        ran.map(|()| ExitCode::SUCCESS)
    }

    async fn serve(self, data: &Path) -> Result<(), CliError> {
        let opened = self.service.open_store(data).await?;
        let queue = self.service.open_queue(&self.bounds).await?;
        let listener = self.service.bind().await?;
        let address = listener.local_addr().map_err(CliError::new)?;
        let stop = stop_on_signal()?;
        tracing::info!("serving on http://{address}");
        greet(&format!("Let'sCode serves on http://{address}"));
        let state = AppState::new(
            opened.store.clone(),
            queue,
            self.http.settings(ServerSettings::default()),
        );
        letscode_server::serve(listener, state, stopped(stop))
            .await
            .map_err(CliError::new)
    }
}
