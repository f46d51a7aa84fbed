use std::os::fd::BorrowedFd;

use letscode_languages::Stage;

use super::cancel::CancelToken;
use super::files::{Artifact, CollectFile, InputFile};
use super::limits::RunLimits;
use super::priority::RunPriority;

/// One run: a program, its files and streams, and the kind of cell that it runs in.
#[derive(Debug, Clone)]
pub(crate) struct RunRequest<'a> {
    /// Name of the cell's profile, such as `python-run`.
    pub profile: &'a str,
    /// Only programs that run are watched, no compilers and checkers.
    pub stage: Stage,
    pub limits: RunLimits,
    pub program: ProgramSource<'a>,
    /// Arguments, `argv[0]` included.
    pub argv: Vec<String>,
    /// The whole environment: nothing of the host's is added.
    pub env: Vec<(String, String)>,
    pub stdin: StreamTarget<'a>,
    pub stdout: StreamTarget<'a>,
    pub stderr: StreamTarget<'a>,
    pub files: Vec<InputFile<'a>>,
    pub collect: Vec<CollectFile<'a>>,
    /// Replaces the priority of the limits by one that can be raised.
    pub raisable_priority: Option<&'a RunPriority>,
    /// Ends the run early.
    pub cancel: Option<&'a CancelToken>,
}

/// Origin of the program that is executed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ProgramSource<'a> {
    /// An absolute path inside the cell.
    Path(&'a str),
    /// A file of an earlier run, executed without being copied.
    Artifact(&'a Artifact),
}

/// Connection of a standard stream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StreamTarget<'a> {
    Null,
    /// A descriptor of the caller's, such as an anonymous file.
    Descriptor(BorrowedFd<'a>),
    /// Captured for [`super::result::RunResult`], up to `RunLimits::output_bytes`. Not for standard
    /// input.
    Captured,
}
