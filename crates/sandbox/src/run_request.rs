//! Requests to run a program in a cell.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::protocol::{CollectSpec, FileSpec, ProgramKind, RunMessage, StreamKind};
use crate::{Limits, WarmInterpreter, WatchLimits};

/// Connection of a standard stream.
#[derive(Debug, Clone, Copy)]
pub enum StdStream<'a> {
    Null,
    /// A descriptor of the caller's, such as a sealed anonymous file or the end of a pipe.
    Fd(BorrowedFd<'a>),
    /// Returned in [`RunResult`](crate::RunResult), up to `Limits::output_bytes`. Not for standard
    /// input.
    Captured,
}

impl<'a> StdStream<'a> {
    fn split(self, fds: &mut Vec<BorrowedFd<'a>>) -> StreamKind {
        match self {
            StdStream::Null => StreamKind::Null,
            StdStream::Captured => StreamKind::Captured,
            StdStream::Fd(fd) => {
                fds.push(fd);
                StreamKind::Fd
            }
        }
    }
}

/// The program to execute.
#[derive(Debug, Clone, Copy)]
pub enum ProgramSource<'a> {
    /// An absolute path inside the cell.
    Path(&'a str),
    /// A file that was collected from another cell, executed without being copied.
    Artifact(&'a Artifact),
}

/// A file that a cell produced: immutable and without a name.
#[derive(Debug)]
pub struct Artifact {
    fd: OwnedFd,
}

impl Artifact {
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Reads it from the start.
    pub fn open(&self) -> std::io::Result<File> {
        // A new open file description, so that readers do not share a position.
        File::open(format!(
            "/proc/self/fd/{}",
            std::os::fd::AsRawFd::as_raw_fd(&self.fd)
        ))
    }
}

impl From<Artifact> for OwnedFd {
    fn from(artifact: Artifact) -> Self {
        artifact.fd
    }
}

impl From<OwnedFd> for Artifact {
    fn from(fd: OwnedFd) -> Self {
        Artifact { fd }
    }
}

/// A file to create below `/workspace`.
#[derive(Debug, Clone, Copy)]
pub struct InputFile<'a> {
    /// Relative; missing folders are created.
    pub name: &'a str,
    pub contents: BorrowedFd<'a>,
    pub executable: bool,
}

/// A file to collect from `/workspace` at the end.
#[derive(Debug, Clone, Copy)]
pub struct CollectFile<'a> {
    pub name: &'a str,
    /// A larger file counts as absent.
    pub max_bytes: u64,
}

/// One run of a program in a cell.
#[derive(Debug, Clone)]
pub struct RunRequest<'a> {
    pub profile: &'a str,
    pub limits: Limits,
    pub program: ProgramSource<'a>,
    /// All arguments, `argv[0]` included.
    pub argv: Vec<String>,
    /// The whole environment: nothing of the host's is ever added.
    pub env: Vec<(String, String)>,
    pub stdin: StdStream<'a>,
    pub stdout: StdStream<'a>,
    pub stderr: StdStream<'a>,
    pub files: Vec<InputFile<'a>>,
    pub collect: Vec<CollectFile<'a>>,
    /// Measures how many system calls it makes, and how fast its memory grows.
    pub watch: Option<WatchLimits>,
}

impl WarmInterpreter {
    /// True if a fork of it can't be told from this run started cold.
    pub(crate) fn can_fork_into(&self, launch: &RunRequest<'_>) -> bool {
        matches!(launch.program, ProgramSource::Path(path) if path == self.program)
            && launch.argv.starts_with(&self.argv_prefix)
            && launch.env == self.env
            && launch.limits.memory_bytes >= self.min_memory_bytes
            && launch.limits.stack_bytes <= self.max_stack_bytes
    }
}

impl<'a> RunRequest<'a> {
    pub(crate) fn into_request(self) -> (RunMessage, Vec<BorrowedFd<'a>>) {
        let mut fds = Vec::new();
        let stdin = self.stdin.split(&mut fds);
        let stdout = self.stdout.split(&mut fds);
        let stderr = self.stderr.split(&mut fds);
        let program = match self.program {
            ProgramSource::Path(path) => ProgramKind::Path(path.to_owned()),
            ProgramSource::Artifact(artifact) => {
                fds.push(artifact.as_fd());
                ProgramKind::Fd
            }
        };
        fds.extend(self.files.iter().map(|file| file.contents));
        let files = self.files.iter().map(|file| FileSpec {
            name: file.name.to_owned(),
            executable: file.executable,
        });
        let collect = self.collect.iter().map(|file| CollectSpec {
            name: file.name.to_owned(),
            max_bytes: file.max_bytes,
        });
        let request = RunMessage {
            limits: self.limits,
            argv: self.argv,
            env: self.env,
            program,
            stdin,
            stdout,
            stderr,
            files: files.collect(),
            collect: collect.collect(),
            watch: self.watch,
        };
        (request, fds)
    }
}
