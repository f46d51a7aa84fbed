use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use letscode_store::{Migration, MigrationState, PostgresStore, SqliteStore};
use serde::Serialize;

use super::print_json;
use super::service::args::about_database;
use crate::data_folder;
use crate::error::CliError;

/// Show and apply the database's migrations.
#[derive(Subcommand)]
pub enum DbCommand {
    /// List the migrations, and which of them were applied; changes nothing
    Status(DbStatusArgs),
    /// Apply pending migrations. Every start of a service does the same; use this to do it before
    Migrate(DbMigrateArgs),
}

#[derive(Args)]
struct DbLocation {
    /// A PostgreSQL database
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
    /// The data folder, where there is no --database
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "LETSCODE_DATA"
    )]
    data: PathBuf,
}

#[derive(Args)]
#[command(after_help = "Exit codes: 0 nothing is pending, 1 migrations are pending, 2 an error.")]
pub struct DbStatusArgs {
    #[command(flatten)]
    location: DbLocation,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct DbMigrateArgs {
    #[command(flatten)]
    location: DbLocation,
}

#[derive(Serialize)]
struct MigrationReport {
    migrations: Vec<MigrationLine>,
    pending: usize,
}

#[derive(Serialize)]
struct MigrationLine {
    version: i64,
    description: String,
    state: &'static str,
}

impl DbCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CliError::new)?;
        match self {
            DbCommand::Status(status) => {
                let migrations = runtime.block_on(status.location.migrations())?;
                Ok(report(migrations, status.json))
            }
            DbCommand::Migrate(migrate) => {
                runtime.block_on(migrate.location.migrate())?;
                let migrations = runtime.block_on(migrate.location.migrations())?;
                Ok(report(migrations, false))
            }
        }
    }
}

impl DbLocation {
    async fn migrations(&self) -> Result<Vec<Migration>, CliError> {
        match &self.database {
            Some(url) => PostgresStore::migrations(url).await.map_err(about_database),
            None => Ok(SqliteStore::migrations(&self.data).await?),
        }
    }

    /// Opens the store, which applies the migrations.
    async fn migrate(&self) -> Result<(), CliError> {
        match &self.database {
            Some(url) => {
                let unused = tempfile::tempdir().map_err(CliError::new)?;
                let store = PostgresStore::open(url, unused.path(), 0).await;
                store.map_err(about_database)?.close().await;
            }
            None => {
                let data = data_folder::enter(&self.data)?;
                SqliteStore::open(&data).await?.close().await;
            }
        }
        Ok(())
    }
}

fn report(migrations: Vec<Migration>, json: bool) -> ExitCode {
    let lines: Vec<MigrationLine> = migrations
        .into_iter()
        .map(|migration| MigrationLine {
            version: migration.version,
            description: migration.description,
            state: match migration.state {
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::Unknown => "unknown: of a newer letscode",
            },
        })
        .collect();
    let pending = lines.iter().filter(|line| line.state == "pending").count();
    if json {
        print_json(&MigrationReport {
            migrations: lines,
            pending,
        });
    } else {
        for line in lines {
            println!(
                "{:04}  {:<40}  {}",
                line.version, line.description, line.state
            );
        }
    }
    match pending {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    }
}
