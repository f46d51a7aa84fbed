use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Subcommand};

use crate::CommandLine;
use crate::config_file::ConfigFile;
use crate::fault::Fault;

/// Settings in a file.
#[derive(Subcommand)]
pub enum Config {
    Check(Check),
}

/// Read a configuration file as `serve`, `api` and `worker` do, and say what is in it.
///
/// Nothing is connected to. Passwords are not shown.
#[derive(Args)]
#[command(after_help = "Exit codes: 0 all is well, 2 a setting is unknown or can't be read.")]
pub struct Check {
    /// The TOML file
    #[arg(value_name = "FILE", env = "LETSCODE_CONFIG")]
    file: PathBuf,
}

impl Config {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        let Config::Check(check) = self;
        let file = ConfigFile::read(&check.file, &CommandLine::command())?;
        for setting in &file.settings {
            let roles = setting.roles.join(", ");
            println!("{} = {}   ({roles})", setting.key, setting.shown());
        }
        Ok(ExitCode::SUCCESS)
    }
}
