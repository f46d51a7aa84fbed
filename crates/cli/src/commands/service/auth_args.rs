//! Options about who may use the service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use letscode_server::{AuthMode, AuthSettings, OidcSecret, OidcSettings, RegistrationMode};

use super::secret_file::read_secret;
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
    /// URL by which browsers find the service, such as https://judge.example; needed by --oidc-issuer
    #[arg(long, value_name = "URL", env = "LETSCODE_PUBLIC_URL")]
    public_url: Option<String>,
    /// OpenID provider at which people log in as well, such as https://login.example/realms/school.
    /// It has to allow the address /login/callback below --public-url
    #[arg(long, value_name = "URL", env = "LETSCODE_OIDC_ISSUER")]
    oidc_issuer: Option<String>,
    /// Name by which the OpenID provider knows the service
    #[arg(long, value_name = "ID", env = "LETSCODE_OIDC_CLIENT_ID")]
    oidc_client_id: Option<String>,
    /// File with the secret of --oidc-client-id, if the provider wants one
    #[arg(long, value_name = "FILE", env = "LETSCODE_OIDC_CLIENT_SECRET_FILE")]
    oidc_client_secret_file: Option<PathBuf>,
    /// Name of the OpenID provider on the page's button
    #[arg(
        long,
        value_name = "NAME",
        default_value = "OpenID",
        env = "LETSCODE_OIDC_NAME"
    )]
    oidc_name: String,
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
    /// Reads the secret of the OpenID provider as well.
    pub fn settings(&self) -> Result<AuthSettings, CliError> {
        Ok(AuthSettings {
            mode: self.auth,
            registration: self.registration,
            session_lifetime: Duration::from_secs(u64::from(self.session_days) * 24 * 3600),
            oidc: self.oidc()?,
        })
    }

    fn oidc(&self) -> Result<Option<OidcSettings>, CliError> {
        let Some(issuer) = &self.oidc_issuer else {
            if self.oidc_client_id.is_some() || self.oidc_client_secret_file.is_some() {
                let message = "an OpenID client needs its provider";
                return Err(CliError::new(message).with_help("add --oidc-issuer URL"));
            }
            return Ok(None);
        };
        let (Some(public_url), Some(client_id)) = (&self.public_url, &self.oidc_client_id) else {
            let message = "log-ins at an OpenID provider need to know who the service is";
            return Err(CliError::new(message).with_help(
                "add --oidc-client-id ID, the name by which the provider knows it, and \
                 --public-url URL, the address by which browsers find it",
            ));
        };
        if self.auth != AuthMode::Accounts {
            let message = "people log in at an OpenID provider in the mode `accounts` alone";
            return Err(CliError::new(message).with_help("add `--auth accounts`"));
        }
        let secret = self.oidc_client_secret_file.as_deref().map(read_secret);
        let secret = secret.transpose()?.map(OidcSecret::new);
        let name = letscode_model::plain_title(&self.oidc_name);
        let settings = OidcSettings::new(issuer, public_url, client_id.clone(), secret, name);
        Ok(Some(settings.map_err(CliError::new)?))
    }

    /// True if requests are believed.
    pub fn is_open(&self) -> bool {
        self.auth == AuthMode::Open
    }

    /// Fails if others than the programs on this machine would reach an open service, unless the
    /// operator says that this is meant.
    pub fn check_addresses(
        &self,
        mut listening: impl Iterator<Item = SocketAddr>,
    ) -> Result<(), CliError> {
        if !self.is_open() || self.open_to_everybody {
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
                let provider = self.oidc_issuer.as_ref();
                let provider = provider.map(|url| format!("; also log-ins at {url}"));
                let provider = provider.unwrap_or_default();
                let registration = self.registration;
                format!("accounts and API keys; registration: {registration}{provider}")
            }
        }
    }
}
