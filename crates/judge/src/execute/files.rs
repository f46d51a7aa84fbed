//! Files that go into a cell and come out of it, without a name on the host.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// A file that a run produced: immutable and anonymous.
#[derive(Debug)]
pub struct Artifact {
    fd: OwnedFd,
}

impl Artifact {
    /// Opens it at its start, with a position of its own.
    pub fn open(&self) -> io::Result<File> {
        File::open(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<OwnedFd> for Artifact {
    fn from(fd: OwnedFd) -> Self {
        Artifact { fd }
    }
}

/// A file for a cell's workspace, held open.
#[derive(Debug)]
pub(crate) struct WorkspaceFile {
    pub name: String,
    pub fd: OwnedFd,
}

impl WorkspaceFile {
    /// Opens a file of the host. It is read, and copied, before the cell's program starts.
    pub fn open(name: impl Into<String>, path: &Path) -> io::Result<WorkspaceFile> {
        Ok(WorkspaceFile {
            name: name.into(),
            fd: File::open(path)?.into(),
        })
    }

    pub fn as_input(&self) -> InputFile<'_> {
        InputFile {
            name: &self.name,
            contents: self.fd.as_fd(),
        }
    }
}

/// A file to put below the cell's workspace before the run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputFile<'a> {
    /// Relative to the workspace; folders on the way are made.
    pub name: &'a str,
    pub contents: BorrowedFd<'a>,
}

impl InputFile<'_> {
    pub fn size_bytes(&self) -> u64 {
        rustix::fs::fstat(self.contents).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0))
    }
}

/// A file to take out of the cell's workspace after the run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CollectFile<'a> {
    pub name: &'a str,
    /// A larger file counts as absent.
    pub max_bytes: u64,
}
