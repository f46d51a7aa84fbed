mod export;
mod import;
mod list;
pub mod location;
mod remove;
mod verify;

pub use location::{OpenedLocation, StoreLocation};

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::CliError;

/// Check problem packages, and manage the problems of a service.
#[derive(Subcommand)]
pub enum ProblemCommand {
    Verify(verify::VerifyArgs),
    Import(import::ImportArgs),
    List(list::ListArgs),
    Export(export::ExportArgs),
    Remove(remove::RemoveArgs),
}

impl ProblemCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self {
            ProblemCommand::Verify(verify) => verify.execute(),
            ProblemCommand::Import(import) => import.execute(),
            ProblemCommand::List(list) => list.execute(),
            ProblemCommand::Export(export) => export.execute(),
            ProblemCommand::Remove(remove) => remove.execute(),
        }
    }
}
