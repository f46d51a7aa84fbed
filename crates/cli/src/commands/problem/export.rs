use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use letscode_model::ProblemId;
use letscode_package::pack_zip;

use super::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Write a problem's package to a zip, hidden tests included.
///
/// The same package gives the same bytes, and importing the zip gives the same version again.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode problem export aplusb
  letscode problem export aplusb --data /var/lib/letscode --output backup/aplusb.zip

Exit codes: 0 written, 2 there is no such problem, the file exists, or an error.")]
pub struct ExportArgs {
    /// Id of a problem
    #[arg(value_name = "ID", value_parser = ProblemId::parse)]
    id: ProblemId,
    #[command(flatten)]
    location: StoreLocation,
    /// File to write; by default ID.zip in this folder. `-` is standard output
    #[arg(long, short, value_name = "FILE.zip")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

impl ExportArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let default = || PathBuf::from(format!("{}.zip", self.id));
        let path = self.output.clone().unwrap_or_else(default);
        let at = |error: &dyn std::fmt::Display| CliError::new(error).about(path.display());
        // Opened before the process becomes another user, and not changed before the package is there.
        let is_new = !path.exists();
        let mut output: Option<File> = match path.to_str() {
            Some("-") => None,
            _ => Some(self.create(&path)?),
        };
        let packed = self.pack();
        let mut packed = match packed {
            Ok(packed) => packed,
            Err(error) => {
                if output.is_some() && is_new {
                    let _ = std::fs::remove_file(&path);
                }
                return Err(error);
            }
        };
        let copied = match &mut output {
            Some(file) => file.set_len(0).and_then(|()| io::copy(&mut packed, file)),
            None => io::copy(&mut packed, &mut io::stdout().lock()),
        };
        let bytes = copied.map_err(|error| at(&error))?;
        if output.is_some() {
            println!("{}: {} bytes in {}", self.id, bytes, path.display());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn create(&self, path: &Path) -> Result<File, CliError> {
        let mut options = File::options();
        options.write(true);
        if self.force {
            options.create(true).truncate(false);
        } else {
            options.create_new(true);
        }
        options.open(path).map_err(|error| {
            let error_message = CliError::new(&error).about(path.display());
            match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    error_message.with_help("choose another --output, or give --force")
                }
                _ => error_message,
            }
        })
    }

    /// Packs into a file without a name.
    fn pack(&self) -> Result<File, CliError> {
        let mut packed = tempfile::tempfile().map_err(CliError::new)?;
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let package = runtime.block_on(store.problem_package(&self.id))?;
        let Some(package) = package else {
            return Err(CliError::new(format!("there is no problem `{}`", self.id))
                .with_help("`letscode problem list` shows all problems"));
        };
        pack_zip(&package.dir, &mut packed)?;
        packed.rewind().map_err(CliError::new)?;
        Ok(packed)
    }
}
