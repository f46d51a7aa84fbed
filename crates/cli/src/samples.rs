//! Sample problems inside the binary, which are imported into an empty store.

use std::path::Path;

use include_dir::{Dir, include_dir};
use letscode_languages::LanguageRegistry;
use letscode_package::Package;
use letscode_store::Store;

use crate::error::CliError;

static PROBLEMS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../problems");

/// Imports all sample problems. They are unpacked below the data folder, which is writable.
pub async fn import(store: &dyn Store, data: &Path) -> Result<usize, CliError> {
    let folder = tempfile::tempdir_in(data).map_err(at_unpacking)?;
    PROBLEMS.extract(folder.path()).map_err(at_unpacking)?;
    let languages = LanguageRegistry::builtin()?;
    let mut count = 0;
    for problem in PROBLEMS.dirs() {
        let path = folder.path().join(problem.path());
        let package = Package::load(&path, &languages)?;
        store.import_problem(&path, &package.detail()).await?;
        count += 1;
    }
    Ok(count)
}

fn at_unpacking(error: std::io::Error) -> CliError {
    CliError::new(format!("unpacking the sample problems: {error}"))
}
