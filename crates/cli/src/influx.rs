//! `--influx`: pushes metrics to an InfluxDB, in every command that serves.

use std::net::SocketAddr;

use clap::Args;
use letscode_influx::{InfluxClient, InfluxSettings, InfluxTarget};

use crate::error::CliError;

/// Push metrics to an InfluxDB.
#[derive(Args, Clone)]
pub struct InfluxArgs {
    /// Write metrics to this InfluxDB: http://HOST:8086?db=NAME (version 1) or
    /// http://HOST:8086?org=NAME&bucket=NAME (version 2)
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_INFLUX",
        hide_env_values = true
    )]
    influx: Option<InfluxTarget>,
    /// The InfluxDB's token (version 2), or USER:PASSWORD (1.8); better in the environment, where
    /// other users of the machine can't read it
    #[arg(
        long,
        value_name = "TOKEN",
        env = "LETSCODE_INFLUX_TOKEN",
        hide_env_values = true
    )]
    influx_token: Option<String>,
}

impl InfluxArgs {
    /// Starts to push the metrics of this process. Must be called after the process has changed its
    /// user, because it starts threads; the caller calls `finish` at the end.
    pub fn start(&self, listen: SocketAddr) -> Result<Option<InfluxClient>, CliError> {
        let Some(mut target) = self.influx.clone() else {
            return Ok(None);
        };
        if let Some(token) = &self.influx_token {
            let invalid = |error| CliError::new(format!("--influx-token: {error}"));
            target = target.with_token(token).map_err(invalid)?;
        }
        tracing::info!(%target, "metrics go to InfluxDB");
        let influx = InfluxClient::start(target, InfluxSettings::new(instance(listen)))
            .map_err(CliError::new)?;
        letscode_influx::install(&influx);
        Ok(Some(influx))
    }
}

/// Returns a name that survives a restart and differs from other processes on the same machine.
fn instance(listen: SocketAddr) -> String {
    let names = rustix::system::uname();
    let host = names.nodename().to_string_lossy();
    format!("{host}:{}", listen.port())
}
