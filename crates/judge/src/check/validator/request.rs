use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use letscode_package::ProblemLimits;

use super::feedback::FeedbackFolder;
use crate::error::EngineError;
use crate::execute::cancel::CancelToken;
use crate::execute::priority::Priority;

/// One output that a validator checks, and the test that it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValidatorRequest<'a> {
    /// Name of the test.
    pub test: &'a str,
    pub input: &'a DataSource<'a>,
    pub answer: &'a DataSource<'a>,
    pub args: &'a [String],
    pub limits: &'a ProblemLimits,
    /// The submission's.
    pub priority: Priority,
    /// Ends the validator early.
    pub cancel: Option<&'a CancelToken>,
    /// Left by earlier passes.
    pub feedback: &'a FeedbackFolder,
}

/// An input or an answer.
#[derive(Debug)]
pub(crate) enum DataSource<'a> {
    /// A file of the package.
    Path(&'a PathBuf),
    /// An anonymous file: what a validator wrote for the next pass, or data of a request.
    File(File),
}

impl DataSource<'_> {
    pub fn open(&self) -> Result<File, EngineError> {
        match self {
            DataSource::Path(path) => File::open(path).map_err(|source| EngineError::TestData {
                path: (*path).clone(),
                source,
            }),
            DataSource::File(file) => {
                let doing = "opening test data";
                let path = format!("/proc/self/fd/{}", file.as_raw_fd());
                File::open(path).map_err(|source| EngineError::Io { doing, source })
            }
        }
    }
}
