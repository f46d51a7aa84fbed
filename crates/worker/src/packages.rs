use std::path::{Path, PathBuf};
use std::sync::Arc;

use letscode_languages::LanguageRegistry;
use letscode_package::{Package, PackageError};

/// Most packages that are kept.
const MAX_PACKAGES: u64 = 256;

/// Packages that were read already, by their folders, whose contents never change. Shared by all slots. A
/// package is small in memory: test data stays on disk.
#[derive(Clone)]
pub(crate) struct PackageCache {
    packages: moka::sync::Cache<PathBuf, Arc<Package>>,
}

impl Default for PackageCache {
    fn default() -> Self {
        PackageCache {
            packages: moka::sync::Cache::new(MAX_PACKAGES),
        }
    }
}

impl PackageCache {
    /// Returns the package, reading it on first use.
    pub fn get(
        &self,
        dir: &Path,
        languages: &LanguageRegistry,
    ) -> Result<Arc<Package>, PackageError> {
        if let Some(package) = self.packages.get(dir) {
            return Ok(package);
        }
        let package = Arc::new(Package::load(dir, languages)?);
        self.packages.insert(dir.to_owned(), package.clone());
        Ok(package)
    }
}
