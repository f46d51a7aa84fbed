//! The error type of all commands: every other error is turned into it before it is printed.

use std::fmt::{Display, Formatter};

use miette::Diagnostic;

/// A message, and what to do about it. Printed as `error: …` and `  help: …`; exit code 2.
#[derive(Debug)]
pub struct CliError {
    message: String,
    help: Option<String>,
}

impl CliError {
    pub fn new(error: impl Display) -> Self {
        CliError {
            message: error.to_string(),
            help: None,
        }
    }

    pub fn with_help(self, help: impl Display) -> Self {
        CliError {
            help: Some(help.to_string()),
            ..self
        }
    }

    /// Puts the subject in front of the message, such as a file's path.
    pub fn about(self, subject: impl Display) -> Self {
        CliError {
            message: format!("{subject}: {}", self.message),
            ..self
        }
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// Keeps the help text of the diagnostic.
    pub fn from_diagnostic(error: &dyn Diagnostic) -> Self {
        CliError {
            message: error.to_string(),
            help: error.help().map(|help| help.to_string()),
        }
    }
}

impl Display for CliError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        match &self.help {
            Some(help) => writeln!(f, "  help: {help}"),
            None => Ok(()),
        }
    }
}

impl From<letscode_judge::EngineError> for CliError {
    fn from(error: letscode_judge::EngineError) -> Self {
        CliError::new(&error).with_help("`letscode doctor` says what this machine lacks")
    }
}

impl From<letscode_languages::LanguageError> for CliError {
    fn from(error: letscode_languages::LanguageError) -> Self {
        CliError::new(error)
    }
}

impl From<letscode_package::PackageError> for CliError {
    fn from(error: letscode_package::PackageError) -> Self {
        CliError::from_diagnostic(&error)
    }
}

impl From<letscode_import::ImportError> for CliError {
    fn from(error: letscode_import::ImportError) -> Self {
        CliError::from_diagnostic(&error)
    }
}

impl From<letscode_store::StoreError> for CliError {
    fn from(error: letscode_store::StoreError) -> Self {
        CliError::new(error)
    }
}

impl From<letscode_worker::WorkerError> for CliError {
    fn from(error: letscode_worker::WorkerError) -> Self {
        CliError::new(error)
    }
}
