use std::fmt;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use letscode_import::LimitCalibrator;
use letscode_languages::LanguageRegistry;
use letscode_package::UnpackLimits;

use crate::admin_token::AdminToken;

/// Bounds of packages that are sent to the service, and who may send them.
#[derive(Debug, Clone)]
pub struct PackageSettings {
    /// Largest archive, in bytes.
    pub max_bytes: u64,
    /// Largest contents of one.
    pub unpacked: UnpackLimits,
    /// Secret of those who may manage problems. Without it, programs on this machine may.
    pub admin_token: Option<AdminToken>,
    /// Absent if this server takes no packages.
    pub importer: Option<PackageImporter>,
}

impl Default for PackageSettings {
    fn default() -> Self {
        PackageSettings {
            max_bytes: 256 << 20,
            unpacked: UnpackLimits {
                max_bytes: 1 << 30,
                max_entries: 5000,
            },
            admin_token: None,
            importer: None,
        }
    }
}

/// The means to import a package.
#[derive(Clone)]
pub struct PackageImporter {
    folder: PathBuf,
    languages: Arc<LanguageRegistry>,
    calibrator: Option<Arc<dyn LimitCalibrator>>,
}

impl PackageImporter {
    /// `folder` is this process's alone: what an earlier one has left in it is removed. Without a
    /// calibrator, packages have to state a time limit.
    pub fn open(
        folder: &Path,
        languages: LanguageRegistry,
        calibrator: Option<Arc<dyn LimitCalibrator>>,
    ) -> io::Result<Self> {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::DirBuilder::new().mode(0o700).create(folder)?;
        Ok(PackageImporter {
            folder: folder.to_owned(),
            languages: Arc::new(languages),
            calibrator,
        })
    }

    /// Folder for temporary files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn languages(&self) -> &LanguageRegistry {
        &self.languages
    }

    pub(crate) fn calibrator(&self) -> Option<&dyn LimitCalibrator> {
        self.calibrator.as_deref()
    }
}

impl fmt::Debug for PackageImporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PackageImporter");
        debug.field("folder", &self.folder).finish_non_exhaustive()
    }
}
