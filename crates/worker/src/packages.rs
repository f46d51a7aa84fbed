//! Packages that were read already, by the digest of their contents.

use std::path::Path;
use std::sync::Arc;

use letscode_languages::LanguageRegistry;
use letscode_package::{Package, PackageError};

/// Shared by all hands. A package is small in memory: test data stays on disk.
#[derive(Clone)]
pub struct Packages {
    read: moka::sync::Cache<String, Arc<Package>>,
}

impl Default for Packages {
    fn default() -> Self {
        Packages {
            read: moka::sync::Cache::new(256),
        }
    }
}

impl Packages {
    /// Reads a package, or remembers it: the same digest is the same contents.
    pub fn get(
        &self,
        digest: &str,
        dir: &Path,
        languages: &LanguageRegistry,
    ) -> Result<Arc<Package>, PackageError> {
        if let Some(package) = self.read.get(digest) {
            return Ok(package);
        }
        let package = Arc::new(Package::load(dir, languages)?);
        self.read.insert(digest.to_owned(), package.clone());
        Ok(package)
    }
}
