//! What the long-running commands can be told, and the store and the queue that follow from it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use letscode_queue::{InProcessQueue, Queue, QueueError, QueueSettings, RedisQueue};
use letscode_server::ServerSettings;
use letscode_store::{PostgresStore, ServeLock, SqliteStore, Store, StoreError};
use tokio::net::TcpListener;

use crate::error::CliError;

/// Where things are. Every setting is also an environment variable and a key of the file.
#[derive(Args)]
pub struct ServiceArgs {
    /// Read settings from this TOML file: each option's name is a key. Options and environment
    /// variables go first
    #[arg(long, value_name = "FILE", env = "LETSCODE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where to listen
    #[arg(
        long,
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:3001",
        env = "LETSCODE_LISTEN"
    )]
    pub listen: SocketAddr,
    /// Where to keep what this process alone has: without --database all of it, with it what can be had
    /// again
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
    /// Keep at most so much of problem packages from the database below --data
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 4096,
        env = "LETSCODE_PACKAGE_CACHE"
    )]
    pub package_cache: u64,
}

/// The queue's bounds. All processes on one queue should have the same.
#[derive(Args)]
pub struct QueueArgs {
    /// How many jobs may wait; further ones are answered with 503
    #[arg(
        long,
        value_name = "N",
        default_value_t = QueueSettings::default().max_waiting,
        env = "LETSCODE_MAX_WAITING"
    )]
    max_waiting: u32,
    /// How many jobs of one user may wait; further ones are answered with 429
    #[arg(
        long,
        value_name = "N",
        default_value_t = QueueSettings::default().max_waiting_of_user,
        env = "LETSCODE_MAX_WAITING_OF_USER"
    )]
    max_waiting_of_user: u32,
    /// With --redis: how long a worker may be silent until its jobs go to another; the same for all processes
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = QueueSettings::default().lease.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=3600),
        env = "LETSCODE_LEASE"
    )]
    lease: u64,
}

impl QueueArgs {
    fn settings(&self) -> QueueSettings {
        QueueSettings {
            max_waiting: self.max_waiting,
            max_waiting_of_user: self.max_waiting_of_user,
            lease: Duration::from_secs(self.lease),
            ..QueueSettings::default()
        }
    }
}

/// What is asked of who speaks HTTP.
#[derive(Args)]
pub struct HttpArgs {
    /// Don't compile what people are writing before they submit it
    #[arg(long, env = "LETSCODE_NO_SPECULATIVE_COMPILE")]
    no_speculative_compile: bool,
    /// How much of what is believed of browsers, on problems that do, is judged by the server all the
    /// same: 0 is nothing, 1 is everything. Who was found to have said what is not so is believed no more
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = ServerSettings::default().client_recheck,
        value_parser = share,
        env = "LETSCODE_CLIENT_RECHECK"
    )]
    client_recheck: f64,
    /// How many WebSockets one user may have open at this server; further ones are answered with 429
    #[arg(
        long,
        value_name = "N",
        default_value_t = ServerSettings::default().max_sockets_per_user,
        env = "LETSCODE_MAX_SOCKETS_OF_USER"
    )]
    max_sockets_of_user: usize,
}

impl HttpArgs {
    pub fn settings(&self, others: ServerSettings) -> ServerSettings {
        ServerSettings {
            compiles_drafts: !self.no_speculative_compile,
            client_recheck: self.client_recheck,
            max_sockets_per_user: self.max_sockets_of_user,
            ..others
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    match (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => Err("a share is from 0 to 1".to_owned()),
    }
}

/// A store that is open, for this process.
pub struct OpenedStore {
    pub store: Arc<dyn Store>,
    _lock: Option<ServeLock>,
}

impl ServiceArgs {
    /// For a role that shares its work with other processes.
    pub fn demand_services(&self, role: &str) -> Result<(), CliError> {
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

    /// `data` is the data folder as this process sees it.
    pub async fn open_store(&self, data: &Path) -> Result<OpenedStore, CliError> {
        match &self.database {
            Some(url) => {
                let opened = PostgresStore::open(url, data, self.package_cache << 20).await;
                Ok(OpenedStore {
                    store: Arc::new(opened.map_err(about_database)?),
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

    pub async fn open_queue(&self, bounds: &QueueArgs) -> Result<Arc<dyn Queue>, CliError> {
        Ok(match &self.redis {
            Some(url) => {
                let connected = RedisQueue::connect(url, bounds.settings()).await;
                Arc::new(connected.map_err(about_redis)?)
            }
            None => Arc::new(InProcessQueue::new(bounds.settings())),
        })
    }

    pub async fn bind(&self) -> Result<TcpListener, CliError> {
        TcpListener::bind(self.listen).await.map_err(|error| {
            CliError::new(format!("cannot listen on {}: {error}", self.listen))
                .with_help("another process may be listening there: choose another --listen")
        })
    }
}

/// Names the setting, where it may be to blame.
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
