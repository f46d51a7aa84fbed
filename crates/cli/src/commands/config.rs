use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command, Subcommand};

use crate::config_file::ConfigFile;
use crate::error::CliError;

/// Check settings in a file.
#[derive(Subcommand)]
pub enum ConfigCommand {
    Check(ConfigCheckArgs),
}

/// Read a configuration file as `serve`, `api` and `worker` do, and print its settings.
///
/// No connection is made. Passwords are not shown.
#[derive(Args)]
#[command(after_help = "Exit codes: 0 the file is valid, 2 a setting is unknown or invalid.")]
pub struct ConfigCheckArgs {
    /// The TOML file
    #[arg(value_name = "FILE", env = "LETSCODE_CONFIG")]
    file: PathBuf,
}

impl ConfigCommand {
    /// `commands`: the definition of the whole command line, whose options are the settings.
    pub fn execute(self, commands: &Command) -> Result<ExitCode, CliError> {
        let ConfigCommand::Check(check) = self;
        let file = ConfigFile::read(&check.file, commands)?;
        for setting in &file.settings {
            let roles = setting.roles.join(", ");
            println!("{} = {}   ({roles})", setting.key, setting.shown());
        }
        Ok(ExitCode::SUCCESS)
    }
}
