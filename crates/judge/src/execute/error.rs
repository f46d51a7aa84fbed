use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;

/// A run that could not be carried out. Never the program's fault.
#[derive(Debug)]
pub struct ExecutorError(Box<dyn Error + Send + Sync>);

impl ExecutorError {
    pub(crate) fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        ExecutorError(error.into())
    }
}

impl Display for ExecutorError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for ExecutorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl From<io::Error> for ExecutorError {
    fn from(error: io::Error) -> Self {
        ExecutorError::new(error)
    }
}
