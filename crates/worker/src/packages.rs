use std::path::Path;
use std::sync::Arc;

use letscode_languages::LanguageRegistry;
use letscode_package::{Package, PackageError};

/// Most packages that are kept.
const MAX_PACKAGES: u64 = 256;

/// Packages that were read already, by the digest of their contents. Shared by all slots. A package
/// is small in memory: test data stays on disk.
#[derive(Clone)]
pub(crate) struct PackageCache {
    packages: moka::sync::Cache<String, Arc<Package>>,
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
        digest: &str,
        dir: &Path,
        languages: &LanguageRegistry,
    ) -> Result<Arc<Package>, PackageError> {
        if let Some(package) = self.packages.get(digest) {
            return Ok(package);
        }
        let package = Arc::new(Package::load(dir, languages)?);
        self.packages.insert(digest.to_owned(), package.clone());
        Ok(package)
    }
}
