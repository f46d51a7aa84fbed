mod import;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::CliError;

/// Check and import problem packages.
#[derive(Subcommand)]
pub enum ProblemCommand {
    Verify(verify::VerifyArgs),
    Import(import::ImportArgs),
}

impl ProblemCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self {
            ProblemCommand::Verify(verify) => verify.execute(),
            ProblemCommand::Import(import) => import.execute(),
        }
    }
}
