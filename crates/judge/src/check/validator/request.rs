use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use letscode_package::ProblemLimits;

use super::feedback::FeedbackFolder;
use crate::error::EngineError;
use crate::execute::priority::Priority;

/// One output that a validator checks, and the test that it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValidatorRequest<'a> {
    /// Name of the test.
    pub test: &'a str,
    pub input: &'a PassInput<'a>,
    pub answer: &'a PathBuf,
    pub args: &'a [String],
    pub limits: &'a ProblemLimits,
    /// The submission's.
    pub priority: Priority,
    /// Left by earlier passes.
    pub feedback: &'a FeedbackFolder,
}

/// The input of a pass.
#[derive(Debug)]
pub(crate) enum PassInput<'a> {
    Test(&'a PathBuf),
    /// Written by the validator for this pass.
    NextPass(File),
}

impl PassInput<'_> {
    pub fn open(&self) -> Result<File, EngineError> {
        match self {
            PassInput::Test(path) => File::open(path).map_err(|source| EngineError::TestData {
                path: (*path).clone(),
                source,
            }),
            PassInput::NextPass(file) => {
                let doing = "opening the next pass's input";
                let path = format!("/proc/self/fd/{}", file.as_raw_fd());
                File::open(path).map_err(|source| EngineError::Io { doing, source })
            }
        }
    }
}
