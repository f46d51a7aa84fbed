//! Secrets that options name by their files.

use std::path::Path;

use crate::error::CliError;

/// Shortest secret in a file.
pub const MIN_SECRET_BYTES: usize = 16;

/// Reads a secret from a file; white space around it does not count.
pub fn read_secret(path: &Path) -> Result<String, CliError> {
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|error| CliError::new(format!("{}: {error}", path.display())))?;
    let secret = text.trim();
    if secret.len() < MIN_SECRET_BYTES {
        let reason = format!("a secret has at least {MIN_SECRET_BYTES} bytes");
        return Err(CliError::new(format!("{}: {reason}", path.display())));
    }
    Ok(secret.to_owned())
}
