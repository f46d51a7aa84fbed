//! `--influx`: where figures go, for every command that serves.

use std::net::SocketAddr;

use clap::Args;
use letscode_influx::{Influx, Settings, Target};

use crate::error::CliError;

/// Where to send figures: what was judged, how busy the service is, what was denied.
#[derive(Args, Clone)]
pub struct InfluxArgs {
    /// Write figures to this InfluxDB: http://HOST:8086?db=NAME (version 1) or
    /// http://HOST:8086?org=NAME&bucket=NAME (version 2)
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_INFLUX",
        hide_env_values = true
    )]
    influx: Option<Target>,
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
    /// Starts to send the figures of this process. To be called once the process is who it stays
    /// (threads and changing users do not mix); whoever gets one calls `finish` at the end.
    pub fn start(&self, listen: SocketAddr) -> Result<Option<Influx>, CliError> {
        let Some(mut target) = self.influx.clone() else {
            return Ok(None);
        };
        if let Some(token) = &self.influx_token {
            let wrong = |error| CliError::new(format!("--influx-token: {error}"));
            target = target.with_token(token).map_err(wrong)?;
        }
        tracing::info!(%target, "figures go to InfluxDB");
        let influx =
            Influx::start(target, Settings::new(instance(listen))).map_err(CliError::new)?;
        letscode_influx::install(&influx);
        Ok(Some(influx))
    }
}

/// The same after a restart, and another's on the same machine is different.
fn instance(listen: SocketAddr) -> String {
    let names = rustix::system::uname();
    let host = names.nodename().to_string_lossy();
    format!("{host}:{}", listen.port())
}
