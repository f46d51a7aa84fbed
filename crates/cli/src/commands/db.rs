use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use letscode_store::{Migration, MigrationState, PostgresStore, SqliteStore};
use serde::Serialize;

use super::print_json;
use super::service::args::about_database;
use crate::data_folder;
use crate::fault::Fault;

/// Look at the database's tables, and bring them up to date.
#[derive(Subcommand)]
pub enum Db {
    /// Which migrations there are, and which were applied; changes nothing
    Status(Status),
    /// Apply what is pending. Every start does the same: this is for those who want it done before
    Migrate(Migrate),
}

#[derive(Args)]
struct Place {
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
#[command(after_help = "Exit codes: 0 nothing is pending, 1 something is, 2 a fault.")]
pub struct Status {
    #[command(flatten)]
    place: Place,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Migrate {
    #[command(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Report {
    migrations: Vec<Line>,
    pending: usize,
}

#[derive(Serialize)]
struct Line {
    version: i64,
    description: String,
    state: &'static str,
}

impl Db {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Fault::new)?;
        match self {
            Db::Status(status) => {
                let migrations = runtime.block_on(status.place.migrations())?;
                Ok(report(migrations, status.json))
            }
            Db::Migrate(migrate) => {
                runtime.block_on(migrate.place.migrate())?;
                let migrations = runtime.block_on(migrate.place.migrations())?;
                Ok(report(migrations, false))
            }
        }
    }
}

impl Place {
    async fn migrations(&self) -> Result<Vec<Migration>, Fault> {
        match &self.database {
            Some(url) => PostgresStore::migrations(url).await.map_err(about_database),
            None => Ok(SqliteStore::migrations(&self.data).await?),
        }
    }

    /// Opening is what migrates.
    async fn migrate(&self) -> Result<(), Fault> {
        match &self.database {
            Some(url) => {
                let unused = tempfile::tempdir().map_err(Fault::new)?;
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
    let lines: Vec<Line> = migrations
        .into_iter()
        .map(|one| Line {
            version: one.version,
            description: one.description,
            state: match one.state {
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::Unknown => "unknown: of a newer letscode",
            },
        })
        .collect();
    let pending = lines.iter().filter(|line| line.state == "pending").count();
    if json {
        print_json(&Report {
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
