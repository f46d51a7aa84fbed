//! One run: an executable, an input, a cell.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use letscode_sandbox::{Finished, InputFile, Launch, Limits, Program, Stream, sealed_copy};

use crate::Engine;
use crate::compile::Executable;
use crate::engine::{EngineError, environment};
use crate::language::{Language, Stage};

impl Engine {
    pub(crate) fn run_once(
        &self,
        language: &Language,
        executable: &Executable,
        stdin: &OwnedFd,
        limits: Limits,
    ) -> Result<Finished, EngineError> {
        let (program, files) = match executable {
            Executable::Artifact(artifact) => (Program::Given(artifact), Vec::new()),
            Executable::Source(source) => {
                let file = InputFile {
                    name: &language.source,
                    contents: source.as_fd(),
                    executable: false,
                };
                (Program::Path(&language.run.command[0]), vec![file])
            }
        };
        let mut argv = language.run.command.clone();
        if let Some(output) = &language.compile.output {
            argv[0] = format!("./{output}");
        }
        Ok(self.jail.run(Launch {
            profile: &Stage::Run.profile(&language.id),
            limits,
            program,
            argv,
            env: environment(language, Stage::Run),
            stdin: Stream::Given(stdin.as_fd()),
            stdout: Stream::Captured,
            stderr: Stream::Captured,
            files,
            collect: Vec::new(),
        })?)
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

/// A test's input as an anonymous file of the run's own.
pub(crate) fn open_input(path: &Path) -> Result<OwnedFd, EngineError> {
    File::open(path)
        .and_then(|file| sealed_copy("input", file))
        .map_err(|source| EngineError::TestData {
            path: path.to_owned(),
            source,
        })
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    // Microseconds are as far as the counters can be trusted.
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
