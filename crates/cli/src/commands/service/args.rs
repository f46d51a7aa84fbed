//! Options of the long-running commands, and the store and the queue that they select.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use letscode_queue::{Broker, InProcessBroker, QueueError, QueueSettings, RedisBroker};
use letscode_server::{
    AuthSettings, CallbackKey, CallbackSettings, NetworkPolicy, ProxyNetwork, RateLimitSettings,
    RateRule, ServerSettings,
};
use letscode_store::{DatabaseAddress, PostgresStore, ServeLock, SqliteStore, Store, StoreError};
use letscode_worker::Retention;
use tokio::net::TcpListener;

use super::auth_args::AuthArgs;
use super::secret_file::read_secret;
use crate::commands::times::duration;
use crate::error::CliError;

/// Addresses and folders of a service. Every option is also an environment variable and a key of
/// the settings file.
#[derive(Args)]
pub struct ServiceArgs {
    /// Read settings from this TOML file: each option's name is a key. Options and environment
    /// variables take precedence
    #[arg(long, value_name = "FILE", env = "LETSCODE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(
        long,
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:3001",
        env = "LETSCODE_LISTEN"
    )]
    pub listen: SocketAddr,
    /// Folder for the data of this process: without --database all data, with it only caches
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "LETSCODE_DATA"
    )]
    pub data: PathBuf,
    /// The PostgreSQL database, such as postgres://letscode:secret@db.example/letscode
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// The Redis, such as redis://:secret@redis.example:6379
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_REDIS",
        hide_env_values = true
    )]
    pub redis: Option<String>,
    /// Size of the cache of problem packages from the database, below --data
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 4096,
        env = "LETSCODE_PACKAGE_CACHE"
    )]
    pub package_cache: u64,
}

/// Limits of the queue. All processes on one queue should use the same values.
#[derive(Args)]
pub struct QueueArgs {
    /// Maximum number of waiting jobs; further ones are refused with 503
    #[arg(
        long,
        value_name = "N",
        default_value_t = QueueSettings::default().max_waiting,
        env = "LETSCODE_MAX_WAITING"
    )]
    max_waiting: u32,
    /// Maximum number of waiting jobs of one user; further ones are refused with 429
    #[arg(
        long = "max-waiting-of-user",
        value_name = "N",
        default_value_t = QueueSettings::default().max_waiting_per_user,
        env = "LETSCODE_MAX_WAITING_OF_USER"
    )]
    max_waiting_of_user: u32,
    /// Maximum number of waiting jobs from one client address (IPv6: one /64); further ones are refused
    /// with 429. By default a quarter of --max-waiting
    #[arg(long, value_name = "N", env = "LETSCODE_MAX_WAITING_OF_ADDRESS")]
    max_waiting_of_address: Option<u32>,
    /// With --redis: time without a heartbeat after which a worker's jobs go to another worker; the
    /// same for all processes
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = QueueSettings::default().lease_timeout.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=3600),
        env = "LETSCODE_LEASE"
    )]
    lease: u64,
}

impl QueueArgs {
    fn settings(&self) -> QueueSettings {
        QueueSettings {
            max_waiting: self.max_waiting,
            max_waiting_per_user: self.max_waiting_of_user,
            max_waiting_per_share: (self.max_waiting_of_address)
                .unwrap_or((self.max_waiting / 4).max(1)),
            lease_timeout: Duration::from_secs(self.lease),
            ..QueueSettings::default()
        }
    }
}

/// Times for which the service keeps things.
#[derive(Args)]
pub struct RetentionArgs {
    /// Delete submissions this many days after they came, with their sources and judgements; by default
    /// they are kept for ever
    #[arg(
        long,
        visible_alias = "keep-submissions",
        value_name = "DAYS",
        value_parser = duration,
        env = "LETSCODE_KEEP_SUBMISSIONS_FOR"
    )]
    keep_submissions_for: Option<Duration>,
    /// Delete audit events, and violations with their evidence, after so long
    #[arg(
        long,
        value_name = "TIME",
        default_value = "30d",
        value_parser = duration,
        env = "LETSCODE_KEEP_AUDIT"
    )]
    keep_audit: Duration,
}

impl RetentionArgs {
    pub fn retention(&self) -> Retention {
        Retention {
            submissions: self.keep_submissions_for,
            audit: Some(self.keep_audit),
        }
    }
}

/// Options of the processes that serve HTTP.
#[derive(Args)]
pub struct HttpArgs {
    #[command(flatten)]
    pub auth: AuthArgs,
    /// Don't compile drafts while people are writing them
    #[arg(long, env = "LETSCODE_NO_SPECULATIVE_COMPILE")]
    no_speculative_compile: bool,
    /// Share of the verdicts reported by browsers that the server judges again, on problems that
    /// accept such verdicts: from 0 (none) to 1 (all). A user whose report was false is not trusted any
    /// more
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = ServerSettings::default().client_recheck,
        value_parser = share,
        env = "LETSCODE_CLIENT_RECHECK"
    )]
    client_recheck: f64,
    /// Maximum number of open WebSockets of one user at this server; further ones are refused with 429
    #[arg(
        long,
        value_name = "N",
        default_value_t = ServerSettings::default().max_sockets_per_user,
        env = "LETSCODE_MAX_SOCKETS_OF_USER"
    )]
    max_sockets_of_user: usize,
    /// Maximum number of jobs of one user that run at a time, with --auth keys or accounts; further ones
    /// wait. Users of a key whose requests name nobody have no such bound
    #[arg(
        long,
        value_name = "N",
        default_value_t = ServerSettings::default().max_running_per_user,
        env = "LETSCODE_MAX_RUNNING_OF_USER"
    )]
    max_running_of_user: NonZeroU32,
    /// Maximum number of open WebSockets from one address at this server (an IPv4 address or the /64 of
    /// an IPv6 address); further ones are refused with 429
    #[arg(
        long,
        value_name = "N",
        default_value_t = ServerSettings::default().max_sockets_per_address,
        env = "LETSCODE_MAX_SOCKETS_OF_ADDRESS"
    )]
    max_sockets_of_address: usize,
    /// Source code that one client address may have stored in a day at this server; further submissions
    /// are refused with 429
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = ServerSettings::default().max_source_bytes_per_address >> 20,
        value_parser = clap::value_parser!(u64).range(1..=1 << 30),
        env = "LETSCODE_MAX_SOURCES_OF_ADDRESS"
    )]
    max_sources_of_address: u64,
    /// Address or network of a proxy whose X-Forwarded-For header names the client; may be repeated
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        env = "LETSCODE_TRUSTED_PROXY"
    )]
    trusted_proxy: Vec<ProxyNetwork>,
    /// Further name that a server on loopback may be called by, besides localhost; may be repeated
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        env = "LETSCODE_ALLOWED_HOST"
    )]
    allowed_host: Vec<String>,
    /// Origin of another site whose pages may open WebSockets, such as https://judge.example; may be
    /// repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        value_delimiter = ',',
        env = "LETSCODE_ALLOWED_ORIGIN"
    )]
    allowed_origin: Vec<String>,
    /// Origin of another site whose pages may use the API and open WebSockets, such as
    /// https://judge.example; may be repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        value_delimiter = ',',
        env = "LETSCODE_ALLOW_ORIGIN"
    )]
    allow_origin: Vec<String>,
    /// File with the secret that callbacks are signed with (HMAC-SHA256, `X-Letscode-Signature`); without
    /// one, the signature is of a random key
    #[arg(long, value_name = "FILE", env = "LETSCODE_CALLBACK_SECRET_FILE")]
    callback_secret_file: Option<PathBuf>,
    /// Address or network that is not public and that callbacks may go to, such as 10.0.0.0/8; may be
    /// repeated
    #[arg(
        long,
        value_name = "NETWORK",
        value_delimiter = ',',
        env = "LETSCODE_CALLBACK_ALLOW"
    )]
    callback_allow: Vec<ProxyNetwork>,
    /// Rate limits of requests, such as user.run=240/min or address.read=off: subjects are address,
    /// user and key, classes run, submit, read and log-in; periods s, min, h and day; may be repeated
    #[arg(
        long,
        value_name = "SUBJECT.CLASS=QUOTA",
        value_delimiter = ',',
        env = "LETSCODE_RATE"
    )]
    rate: Vec<RateRule>,
}

impl HttpArgs {
    /// Reads the secrets that the options name.
    fn callbacks(&self) -> Result<CallbackSettings, CliError> {
        let key = match &self.callback_secret_file {
            None => CallbackKey::default(),
            Some(path) => CallbackKey::new(read_secret(path)?),
        };
        Ok(CallbackSettings {
            key,
            allowed: self.callback_allow.clone(),
        })
    }

    fn rate_limits(&self) -> RateLimitSettings {
        let mut settings = RateLimitSettings::default();
        for rule in &self.rate {
            settings.apply(*rule);
        }
        settings
    }

    /// `auth`: read with the rights that this process was started with.
    pub fn settings(
        &self,
        defaults: ServerSettings,
        auth: AuthSettings,
    ) -> Result<ServerSettings, CliError> {
        Ok(ServerSettings {
            auth,
            callbacks: self.callbacks()?,
            compiles_drafts: !self.no_speculative_compile,
            client_recheck: self.client_recheck,
            max_sockets_per_user: self.max_sockets_of_user,
            max_running_per_user: self.max_running_of_user,
            max_sockets_per_address: self.max_sockets_of_address,
            max_source_bytes_per_address: self.max_sources_of_address << 20,
            rate_limits: self.rate_limits(),
            network: NetworkPolicy {
                trusted_proxies: self.trusted_proxy.clone(),
                allowed_hosts: self.allowed_host.clone(),
                allowed_origins: self.allowed_origin.clone(),
                api_origins: self.allow_origin.clone(),
            },
            ..defaults
        })
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err("a share is from 0 to 1".to_owned())
    }
}

/// An open store; embedded stores are locked while it exists.
pub struct OpenedStore {
    pub store: Arc<dyn Store>,
    _lock: Option<ServeLock>,
}

impl ServiceArgs {
    /// Fails unless a database and a Redis are set, which the distributed roles need.
    pub fn require_database_and_redis(&self, role: &str) -> Result<(), CliError> {
        for (key, value) in [("database", &self.database), ("redis", &self.redis)] {
            if value.is_none() {
                let variable = format!("LETSCODE_{}", key.to_uppercase());
                return Err(CliError::new(format!(
                    "`{key}` is not set, and `letscode {role}` needs it"
                ))
                .with_help(format!(
                    "set --{key} URL, {variable}, or `{key}` in the file that --config names; \
                         `letscode serve` works without"
                )));
            }
        }
        Ok(())
    }

    /// Parses the database's address. To be called with the rights that this process was started
    /// with: a password may be in the password file of the user who started it.
    pub fn database_address(&self) -> Result<Option<DatabaseAddress>, CliError> {
        let address = self.database.as_deref().map(DatabaseAddress::parse);
        address.transpose().map_err(about_database)
    }

    /// Opens the selected store. `data`: the data folder as this process sees it.
    pub async fn open_store(
        &self,
        database: Option<DatabaseAddress>,
        data: &Path,
    ) -> Result<OpenedStore, CliError> {
        self.try_open_store(database, data)
            .await
            .map_err(|error| match error {
                // By the name that its operator knows.
                StoreError::AlreadyServed { .. } => CliError::new(StoreError::AlreadyServed {
                    path: self.data.clone(),
                }),
                error => about_database(error),
            })
    }

    async fn try_open_store(
        &self,
        database: Option<DatabaseAddress>,
        data: &Path,
    ) -> Result<OpenedStore, StoreError> {
        match database {
            Some(address) => {
                let cache_bytes = self.package_cache << 20;
                let store = PostgresStore::open_at(&address, data, cache_bytes).await?;
                Ok(OpenedStore {
                    store: Arc::new(store),
                    _lock: None,
                })
            }
            None => {
                let store = SqliteStore::open(data).await?;
                let lock = store.lock_for_serving().await?;
                Ok(OpenedStore {
                    store: Arc::new(store),
                    _lock: Some(lock),
                })
            }
        }
    }

    pub async fn open_broker(&self, bounds: &QueueArgs) -> Result<Broker, CliError> {
        Ok(match &self.redis {
            Some(url) => {
                let connected = RedisBroker::connect(url, bounds.settings()).await;
                Broker::new(connected.map_err(about_redis)?)
            }
            None => Broker::new(InProcessBroker::new(bounds.settings())),
        })
    }

    pub async fn bind(&self) -> Result<TcpListener, CliError> {
        TcpListener::bind(self.listen).await.map_err(|error| {
            CliError::new(format!("cannot listen on {}: {error}", self.listen))
                .with_help("another process may be listening there: choose another --listen")
        })
    }
}

/// Converts a store's error; names the setting if it may be the cause.
pub fn about_database(error: StoreError) -> CliError {
    match &error {
        StoreError::Address { .. } | StoreError::Unreachable { .. } => {
            CliError::new(&error).about("`database`")
        }
        _ => CliError::new(&error),
    }
}

fn about_redis(error: QueueError) -> CliError {
    CliError::new(error).about("`redis`")
}
