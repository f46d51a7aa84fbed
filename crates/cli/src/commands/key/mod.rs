mod add;
mod list;
mod revoke;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::CliError;

pub use list::KeyLine;

/// Manage the API keys of a service (`--auth keys` and `--auth accounts`).
#[derive(Subcommand)]
pub enum KeyCommand {
    Add(add::KeyAddArgs),
    List(list::KeyListArgs),
    Revoke(revoke::KeyRevokeArgs),
}

impl KeyCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self {
            KeyCommand::Add(add) => add.execute(),
            KeyCommand::List(list) => list.execute(),
            KeyCommand::Revoke(revoke) => revoke.execute(),
        }
    }
}
