mod flag;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::CliError;

/// Manage the users of a service.
#[derive(Subcommand)]
pub enum UserCommand {
    Flag(flag::FlagArgs),
    Unflag(flag::UnflagArgs),
}

impl UserCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self {
            UserCommand::Flag(flag) => flag.execute(),
            UserCommand::Unflag(unflag) => unflag.execute(),
        }
    }
}
