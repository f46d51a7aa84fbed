use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use letscode_languages::{Language, Stage};

use crate::compile::executable::Executable;
use crate::execute::Executor;
use crate::execute::error::ExecutorError;
use crate::execute::files::WorkspaceFile;
use crate::execute::limits::RunLimits;
use crate::execute::request::{RunRequest, StreamTarget};
use crate::execute::result::RunResult;
use crate::toolchain::environment::environment;

/// A submission's program with its arguments, files and limits, without its streams.
#[derive(Debug, Clone)]
pub(crate) struct ProgramRun<'a> {
    pub profile: String,
    pub language: &'a Language,
    pub executable: &'a Executable,
    /// Arguments after the program's own name.
    pub args: &'a [String],
    /// Files beside the program's own.
    pub files: &'a [WorkspaceFile],
    pub limits: RunLimits,
}

impl<'a> ProgramRun<'a> {
    pub fn new(language: &'a Language, executable: &'a Executable, limits: RunLimits) -> Self {
        ProgramRun {
            profile: Stage::Run.profile(&language.id),
            language,
            executable,
            args: &[],
            files: &[],
            limits: RunLimits {
                stack_bytes: language.run.stack.bytes(limits.memory_bytes),
                ..limits
            },
        }
    }

    /// Returns the request of this run, with all streams closed.
    pub fn request(&'a self) -> RunRequest<'a> {
        let mut argv = self.executable.argv();
        argv.extend(self.args.iter().cloned());
        let more_files = self.files.iter().map(WorkspaceFile::as_input);
        RunRequest {
            profile: &self.profile,
            limits: self.limits.clone(),
            program: self.executable.program(),
            argv,
            env: environment(self.language, Stage::Run),
            stdin: StreamTarget::Null,
            stdout: StreamTarget::Null,
            stderr: StreamTarget::Null,
            files: self.executable.files().chain(more_files).collect(),
            collect: Vec::new(),
            raisable_priority: None,
        }
    }

    /// Runs it with this standard input, and captures its output.
    pub fn run(
        &self,
        executor: &dyn Executor,
        stdin: &OwnedFd,
        stderr: StreamTarget<'_>,
    ) -> Result<RunResult, ExecutorError> {
        executor.run(RunRequest {
            stdin: StreamTarget::Descriptor(stdin.as_fd()),
            stdout: StreamTarget::Captured,
            stderr,
            ..self.request()
        })
    }
}

/// A program that has used no CPU time for so long waits for something that never comes.
const IDLE_TIME: Duration = Duration::from_secs(5);

/// Returns the limits of a run from the three that problems state.
///
/// - Wall-clock time is three times the CPU time and two seconds more. Time in which the machine kept
///   the program from computing doesn't count.
/// - A program that waits without using CPU time ends earlier.
pub(crate) fn run_limits(cpu_time: Duration, memory_bytes: u64, output_bytes: u64) -> RunLimits {
    RunLimits {
        cpu_time,
        wall_time: cpu_time * 3 + Duration::from_secs(2),
        idle_time: Some(IDLE_TIME),
        memory_bytes,
        output_bytes,
        ..RunLimits::default()
    }
}

/// Returns milliseconds with a resolution of microseconds: the counters are no more precise.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
