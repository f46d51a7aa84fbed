//! Ad-hoc code with ad-hoc input: no problem, no verdict.

use std::fs::File;
use std::io::Read;
use std::time::Duration;

use letscode_model::{LanguageId, SnippetOutcome, SnippetReport};
use letscode_sandbox::{Limits, Outcome, RunResult, StdStream, sealed_copy};

use crate::Engine;
use crate::compile::compiler::CompileBounds;
use crate::compile::sources::Sources;
use crate::engine::EngineError;
use crate::judging::program_run::{Run, milliseconds, run_limits};

/// CPU time of an ad-hoc run.
const CPU_TIME: Duration = Duration::from_secs(5);
/// Of each of the two output streams.
const OUTPUT_BYTES: u64 = 1 << 20;

impl Engine {
    /// Compiles and runs once. The input is read to its end, into an anonymous file.
    ///
    /// An error means that the language or the input can't be had; a fault of the sandbox is part
    /// of the report.
    pub fn run_snippet(
        &self,
        language: &LanguageId,
        source: &[u8],
        input: impl Read,
    ) -> Result<SnippetReport, EngineError> {
        let doing = "copying the input";
        let stdin =
            sealed_copy("input", input).map_err(|source| EngineError::Io { doing, source })?;
        let language = self.language(language)?;
        let _core = self.cores.take();
        let compilation =
            match self.compile(language, &Sources::single(source), CompileBounds::NONE) {
                Ok(compilation) => compilation,
                Err(error) => return sandbox_fault(error),
            };
        let Some(executable) = compilation.executable else {
            return Ok(not_run(SnippetOutcome::CompileFailed, compilation.message));
        };
        let memory = Limits::default().memory_bytes;
        let limits = run_limits(CPU_TIME, memory, OUTPUT_BYTES);
        let run = Run::new(language, &executable, limits);
        match self.run_alone(&run, &stdin, StdStream::Captured) {
            Ok(finished) => Ok(report(finished)),
            Err(error) => sandbox_fault(error),
        }
    }
}

fn sandbox_fault(error: EngineError) -> Result<SnippetReport, EngineError> {
    match error {
        EngineError::Sandbox(error) => Ok(not_run(SnippetOutcome::SandboxError, error.to_string())),
        other => Err(other),
    }
}

fn not_run(outcome: SnippetOutcome, stderr: String) -> SnippetReport {
    SnippetReport {
        outcome,
        exit_code: None,
        signal: None,
        stdout: String::new(),
        stderr,
        execution_time: 0.0,
        wall_time: 0.0,
        memory_used: 0,
    }
}

fn report(finished: RunResult) -> SnippetReport {
    let (outcome, exit_code, signal) = match finished.outcome {
        Outcome::Exited { code } => (SnippetOutcome::Exited, Some(code), None),
        Outcome::Signaled { signal } => (SnippetOutcome::Signaled, None, Some(signal)),
        Outcome::CpuTimeExceeded => (SnippetOutcome::CpuTimeExceeded, None, None),
        Outcome::WallTimeExceeded => (SnippetOutcome::WallTimeExceeded, None, None),
        Outcome::MemoryExceeded => (SnippetOutcome::MemoryExceeded, None, None),
        Outcome::OutputExceeded => (SnippetOutcome::OutputExceeded, None, None),
        Outcome::SyscallDenied => (SnippetOutcome::SyscallDenied, None, None),
    };
    SnippetReport {
        outcome,
        exit_code,
        signal,
        stdout: text(finished.stdout),
        stderr: text(finished.stderr),
        execution_time: milliseconds(finished.usage.cpu_time),
        wall_time: milliseconds(finished.usage.wall_time),
        memory_used: finished.usage.memory_bytes,
    }
}

/// The sandbox has bounded it already.
fn text(stream: Option<File>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
