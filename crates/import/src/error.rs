use std::path::Path;

use letscode_model::ProblemId;
use letscode_package::{PackageError, UNNAMED_ZIP};
use letscode_store::StoreError;
use miette::Diagnostic;
use thiserror::Error;

use crate::limit::CalibrationFailure;

/// Reason why a package was not imported.
#[derive(Debug, Error, Diagnostic)]
pub enum ImportError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Package(#[from] PackageError),
    #[error("the problem `{0}` exists already")]
    #[diagnostic(help("replace it with `PUT /api/problems/:id`, or choose another id"))]
    Exists(ProblemId),
    #[error("the package's time limit can't be measured: {0}")]
    #[diagnostic(help("state a time limit in the package"))]
    Limit(#[from] CalibrationFailure),
    #[error("can't prepare the package: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::ProblemExists(id) => ImportError::Exists(id),
            error => ImportError::Store(error),
        }
    }
}

impl ImportError {
    /// Describes the error for whoever sent the package: with the advice, and without the path of the
    /// folder that it was unpacked in.
    pub fn message_without(&self, folder: &Path) -> String {
        let mut message = self.to_string();
        if let Some(help) = self.help() {
            message = format!("{message}; {help}");
        }
        let folder = folder.display().to_string();
        let message = message.replace(&format!("{folder}/{UNNAMED_ZIP}"), "the archive");
        let message = message.replace(&format!("{folder}/"), "");
        message.replace(&folder, "the package")
    }
}
