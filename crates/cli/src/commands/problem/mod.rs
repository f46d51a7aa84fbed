mod import;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::fault::Fault;

/// Check and import problem packages.
#[derive(Subcommand)]
pub enum Problem {
    Verify(verify::Verify),
    Import(import::Import),
}

impl Problem {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        match self {
            Problem::Verify(verify) => verify.execute(),
            Problem::Import(import) => import.execute(),
        }
    }
}
