//! Options about who may use the service.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use letscode_server::{AuthMode, AuthSettings, RegistrationMode};

use crate::error::CliError;

/// Access to the service.
#[derive(Args)]
pub struct AuthArgs {
    /// Identification of callers: `open` believes what requests state, `keys` wants an API key of each
    /// back end (`letscode key add`), and with `accounts` people log in as well (`letscode user add`)
    #[arg(long, value_name = "MODE", default_value_t = AuthMode::Open, value_parser = mode, env = "LETSCODE_AUTH")]
    auth: AuthMode,
    /// Allow --auth open on an address that others reach: everybody there may run programs, under any
    /// name
    #[arg(long, env = "LETSCODE_OPEN_TO_EVERYBODY")]
    open_to_everybody: bool,
    /// Registration with --auth accounts: `open` everybody, `invitation` whoever has an
    /// invitation, `closed` nobody but the operator
    #[arg(long, value_name = "WHO", default_value_t = RegistrationMode::Invitation, value_parser = registration, env = "LETSCODE_REGISTRATION")]
    registration: RegistrationMode,
    /// Days from a log-in to the end of its session
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=366),
        env = "LETSCODE_SESSION_DAYS"
    )]
    session_days: u32,
}

fn mode(text: &str) -> Result<AuthMode, String> {
    let unknown = |_| "the modes are open, keys and accounts".to_owned();
    text.parse().map_err(unknown)
}

fn registration(text: &str) -> Result<RegistrationMode, String> {
    let unknown = |_| "it is open, invitation or closed".to_owned();
    text.parse().map_err(unknown)
}

impl AuthArgs {
    pub fn settings(&self) -> AuthSettings {
        AuthSettings {
            mode: self.auth,
            registration: self.registration,
            session_lifetime: Duration::from_secs(u64::from(self.session_days) * 24 * 3600),
        }
    }

    /// Fails if others than the programs on this machine would reach an open service, unless the
    /// operator says that this is meant.
    pub fn check_addresses(
        &self,
        mut listening: impl Iterator<Item = SocketAddr>,
    ) -> Result<(), CliError> {
        if self.auth != AuthMode::Open || self.open_to_everybody {
            return Ok(());
        }
        let is_reachable = |address: &SocketAddr| !address.ip().to_canonical().is_loopback();
        let Some(address) = listening.find(is_reachable) else {
            return Ok(());
        };
        Err(CliError::new(format!(
            "everybody who reaches {address} could run programs and read what others submit, under \
             any name"
        ))
        .with_help(
            "choose one: `--auth keys` for back ends that send an API key (`letscode key add`), \
             `--auth accounts` for people who log in (`letscode user add`), or \
             `--open-to-everybody` if that is what you want",
        ))
    }

    /// Describes the mode for `letscode doctor`.
    pub fn summary(&self) -> String {
        match self.auth {
            AuthMode::Open if self.open_to_everybody => {
                "open to everybody who reaches the service, under any name".to_owned()
            }
            AuthMode::Open => "open, on this machine's own addresses only".to_owned(),
            AuthMode::Keys => "API keys".to_owned(),
            AuthMode::Accounts => {
                format!("accounts and API keys; registration: {}", self.registration)
            }
        }
    }
}
