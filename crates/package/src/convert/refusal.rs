//! Refusals of packages that can't be converted.

use crate::error::{PackageError, shown};
use crate::foreign_format::ForeignFormat;
use crate::tree::{PackageFile, PackageFolder};

impl ForeignFormat {
    /// Returns the refusal of a package: what in `file` can't be judged here, and what would help.
    pub(super) fn unsupported(
        self,
        file: &str,
        reason: impl Into<String>,
        help: &str,
    ) -> PackageError {
        PackageError::NotConvertible {
            format: self,
            file: file.to_owned(),
            reason: reason.into(),
            help: help.to_owned(),
        }
    }
}

/// Returns the file at a path that a package names; `file` is where it names it.
pub(super) fn named_file<'f>(
    folder: &'f PackageFolder,
    path: &str,
    format: ForeignFormat,
    file: &str,
) -> Result<&'f PackageFile, PackageError> {
    folder.file_at(path).ok_or_else(|| {
        format.unsupported(
            file,
            format!("it names `{}`, which is missing", shown(path)),
            "export the whole package, with all of its files, and import it again",
        )
    })
}
