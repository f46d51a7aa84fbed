use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use letscode_store::{PostgresStore, SqliteStore, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::commands::service::args::about_database;
use crate::data_folder;
use crate::error::CliError;

const DATABASE: &str = "letscode.db";

/// The store that a command works on.
#[derive(Args)]
pub struct StoreLocation {
    /// The data folder of `letscode serve`, which may be running
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "LETSCODE_DATA"
    )]
    pub data: PathBuf,
    /// Use this PostgreSQL database instead
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
}

/// An open store, and the runtime that it works on.
pub struct OpenedLocation {
    pub store: Arc<dyn Store>,
    pub runtime: Runtime,
    /// Cache of packages from the database.
    _cache: Option<TempDir>,
}

impl StoreLocation {
    /// Opens a store that exists. Started as root, the process becomes the data folder's owner.
    pub fn open(&self) -> Result<OpenedLocation, CliError> {
        if self.database.is_none() && !self.data.join(DATABASE).exists() {
            let message = format!("there is no data folder at {}", self.data.display());
            return Err(CliError::new(message)
                .with_help("name the service's with --data, or its database with --database"));
        }
        self.open_or_create()
    }

    /// Opens the store, which is made if it is not there.
    pub fn open_or_create(&self) -> Result<OpenedLocation, CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CliError::new)?;
        match &self.database {
            Some(url) => {
                let cache = tempfile::tempdir().map_err(CliError::new)?;
                let store = runtime.block_on(PostgresStore::open(url, cache.path(), 0));
                Ok(OpenedLocation {
                    store: Arc::new(store.map_err(about_database)?),
                    runtime,
                    _cache: Some(cache),
                })
            }
            None => {
                let data = data_folder::enter(&self.data)?;
                let store = runtime.block_on(SqliteStore::open(&data))?;
                Ok(OpenedLocation {
                    store: Arc::new(store),
                    runtime,
                    _cache: None,
                })
            }
        }
    }
}
