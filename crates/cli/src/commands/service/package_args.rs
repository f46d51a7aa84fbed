//! Options for packages that are sent to the service.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use letscode_import::LimitCalibrator;
use letscode_languages::LanguageRegistry;
use letscode_server::{AdminToken, PackageImporter, PackageSettings};

use super::secret_file::{MIN_SECRET_BYTES, read_secret};
use crate::data_folder::UPLOADS;
use crate::error::CliError;

/// Packages over HTTP, and who may send them.
#[derive(Args)]
pub struct PackageArgs {
    /// File with the token of those who may add, replace and remove problems, from anywhere
    /// (`Authorization: Bearer TOKEN`). Without a token, only programs on this machine may
    #[arg(long, value_name = "FILE", env = "LETSCODE_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,
    /// Largest zip of a problem package
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = PackageSettings::default().max_bytes >> 20,
        value_parser = clap::value_parser!(u64).range(1..=4096),
        env = "LETSCODE_MAX_PACKAGE_SIZE"
    )]
    max_package_size: u64,
}

/// Variable with the token itself, for where there are no files.
const TOKEN_VARIABLE: &str = "LETSCODE_ADMIN_TOKEN";

impl PackageArgs {
    /// Reads the token. To be called with the rights that this process was started with.
    pub fn token(&self) -> Result<Option<AdminToken>, CliError> {
        if let Some(path) = &self.admin_token_file {
            return Ok(Some(AdminToken::new(&read_secret(path)?)));
        }
        let Ok(token) = std::env::var(TOKEN_VARIABLE) else {
            return Ok(None);
        };
        let token = token.trim();
        // Set to nothing, as in a template: nobody has such a token.
        if token.is_empty() {
            return Ok(None);
        }
        if token.len() < MIN_SECRET_BYTES {
            let reason = format!("a token has at least {MIN_SECRET_BYTES} bytes");
            return Err(CliError::new(format!("{TOKEN_VARIABLE}: {reason}")));
        }
        Ok(Some(AdminToken::new(token)))
    }

    /// `data`: the data folder as this process sees it.
    pub fn settings(
        &self,
        token: Option<AdminToken>,
        data: &Path,
        languages: LanguageRegistry,
        calibrator: Option<Arc<dyn LimitCalibrator>>,
    ) -> Result<PackageSettings, CliError> {
        let folder = data.join(UPLOADS);
        let importer = PackageImporter::open(&folder, languages, calibrator);
        let importer = importer.map_err(|error| CliError::new(error).about(folder.display()))?;
        Ok(PackageSettings {
            max_bytes: self.max_package_size << 20,
            admin_token: token,
            importer: Some(importer),
            ..PackageSettings::default()
        })
    }
}
