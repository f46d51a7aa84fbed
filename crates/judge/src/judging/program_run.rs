//! One run: an executable, an input, a cell.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use letscode_sandbox::{InputFile, Limits, RunRequest, RunResult, StdStream};

use crate::Engine;
use crate::compile::compiler::Executable;
use crate::compile::sources::CellFile;
use crate::engine::{EngineError, environment};
use crate::language::{Language, Stage};

/// What is to be run.
#[derive(Debug, Clone)]
pub(crate) struct Run<'a> {
    pub profile: String,
    pub language: &'a Language,
    pub executable: &'a Executable,
    /// Behind the program's own name.
    pub args: &'a [String],
    /// Beside the program's own.
    pub files: &'a [CellFile],
    pub limits: Limits,
}

impl<'a> Run<'a> {
    pub fn new(language: &'a Language, executable: &'a Executable, limits: Limits) -> Self {
        Run {
            profile: Stage::Run.profile(&language.id),
            language,
            executable,
            args: &[],
            files: &[],
            limits,
        }
    }

    pub fn launch(
        &'a self,
        stdin: StdStream<'a>,
        stdout: StdStream<'a>,
        stderr: StdStream<'a>,
    ) -> RunRequest<'a> {
        let mut argv = self.executable.argv();
        argv.extend(self.args.iter().cloned());
        let more = self.files.iter().map(CellFile::as_input);
        let files: Vec<InputFile<'_>> = self.executable.files().chain(more).collect();
        RunRequest {
            profile: &self.profile,
            limits: self.limits.clone(),
            program: self.executable.program(),
            argv,
            env: environment(self.language, Stage::Run),
            stdin,
            stdout,
            stderr,
            files,
            collect: Vec::new(),
        }
    }
}

impl Engine {
    /// A run that reads its input from a file and talks with nobody.
    pub(crate) fn run_alone(
        &self,
        run: &Run<'_>,
        stdin: &OwnedFd,
        stderr: StdStream<'_>,
    ) -> Result<RunResult, EngineError> {
        let launch = run.launch(StdStream::Fd(stdin.as_fd()), StdStream::Captured, stderr);
        Ok(self.jail.run(launch)?)
    }
}

/// The limits of a run from the three that problems state.
///
/// - Wall-clock time is three times the CPU time and two seconds more: on a busy machine a program
///   that computes waits for its turn, and must not be charged for that.
/// - The stack is three quarters of the memory, so that a recursion without end is a crash (a
///   Runtime Error) before it is a Memory Limit Exceeded.
pub(crate) fn run_limits(cpu_time: Duration, memory_bytes: u64, output_bytes: u64) -> Limits {
    Limits {
        cpu_time,
        wall_time: cpu_time * 3 + Duration::from_secs(2),
        memory_bytes,
        output_bytes,
        stack_bytes: memory_bytes / 4 * 3,
        ..Limits::default()
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    // Microseconds are as far as the counters can be trusted.
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
