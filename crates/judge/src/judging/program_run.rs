use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use letscode_languages::{Language, Stage};

use crate::compile::executable::Executable;
use crate::execute::Executor;
use crate::execute::cancel::CancelToken;
use crate::execute::error::ExecutorError;
use crate::execute::files::{CollectFile, WorkspaceFile};
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
    /// Variables beside those that every program has; they replace those of the same name.
    pub env: &'a [(String, String)],
    /// Names of files to take out after the run.
    pub collect: &'a [String],
    pub collect_bytes: u64,
    pub limits: RunLimits,
    pub cancel: Option<&'a CancelToken>,
}

impl<'a> ProgramRun<'a> {
    pub fn new(language: &'a Language, executable: &'a Executable, limits: RunLimits) -> Self {
        ProgramRun {
            profile: Stage::Run.profile(&language.id),
            language,
            executable,
            args: &[],
            files: &[],
            env: &[],
            collect: &[],
            collect_bytes: 0,
            cancel: None,
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
        let mut env = environment(self.language, Stage::Run);
        env.retain(|(name, _)| self.env.iter().all(|(own, _)| own != name));
        env.extend(self.env.iter().cloned());
        let collect = self.collect.iter().map(|name| CollectFile {
            name,
            max_bytes: self.collect_bytes,
        });
        RunRequest {
            profile: &self.profile,
            stage: Stage::Run,
            limits: self.limits.clone(),
            program: self.executable.program(),
            argv,
            env,
            stdin: StreamTarget::Null,
            stdout: StreamTarget::Null,
            stderr: StreamTarget::Null,
            files: self.executable.files().chain(more_files).collect(),
            collect: collect.collect(),
            raisable_priority: None,
            cancel: self.cancel,
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
