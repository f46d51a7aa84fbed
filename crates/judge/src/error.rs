use std::io;
use std::path::PathBuf;

use letscode_model::{LanguageId, StageReport};

use crate::execute::cancel::CancelToken;
use crate::execute::error::ExecutorError;

/// An evaluation that was not possible. Never the submitted program's fault.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("unknown language `{0}`; known are {1}")]
    UnknownLanguage(LanguageId, String),
    #[error("the {language} toolchain is missing on this machine: {reason}")]
    MissingToolchain { language: String, reason: String },
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    #[error("{path}: {source}")]
    TestData { path: PathBuf, source: io::Error },
    /// The package's validator flags are wrong.
    #[error("{test}: {reason}")]
    CheckerArgs { test: String, reason: String },
    #[error("{0}")]
    Unsupported(String),
    /// The package's own program failed: its author has to correct it.
    #[error("output validator {path}{test}: {reason}")]
    Validator {
        path: String,
        /// Such as ` on secret/07`; empty when it is not about a test.
        test: String,
        reason: String,
        /// Present if it was ended for a denied call.
        denied: Option<Box<DeniedCheck>>,
    },
    /// Nobody waits for the result any more.
    #[error("it was cancelled")]
    Cancelled,
    #[error("while {doing}: {source}")]
    Io {
        doing: &'static str,
        source: io::Error,
    },
}

/// A checker that was ended for a denied call.
#[derive(Debug, Clone)]
pub struct DeniedCheck {
    /// Name of the test.
    pub test: String,
    pub stage: StageReport,
}

impl EngineError {
    /// Fails if it was cancelled: what a run did since then says nothing.
    pub(crate) fn check_cancelled(cancel: Option<&CancelToken>) -> Result<(), EngineError> {
        match cancel {
            Some(cancel) if cancel.is_cancelled() => Err(EngineError::Cancelled),
            _ => Ok(()),
        }
    }
}
