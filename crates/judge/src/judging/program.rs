//! A program that is compiled once and run any number of times, as a test's run is: for benchmarks.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use letscode_languages::Language;
use letscode_model::LanguageId;

use super::context::JudgeContext;
use super::program_run::{ProgramRun, run_limits};
use crate::compile::compiler::CompileBounds;
use crate::compile::executable::Executable;
use crate::compile::sources::Sources;
use crate::error::EngineError;
use crate::execute::files::Artifact;
use crate::execute::jail::sealed_copy;
use crate::execute::limits::RunLimits;
use crate::execute::priority::Priority;
use crate::execute::request::StreamTarget;
use crate::execute::result::RunResult;

const CPU_TIME: Duration = Duration::from_secs(10);
const OUTPUT_BYTES: u64 = 1 << 20;

/// A program that is ready to run, also by several threads at once.
pub struct ReadyProgram<'a> {
    context: &'a JudgeContext,
    language: &'a Language,
    executable: Executable,
}

/// Compiles a program for [`ReadyProgram::run`].
pub(crate) fn prepare_program<'a>(
    context: &'a JudgeContext,
    language: &LanguageId,
    source: &[u8],
) -> Result<ReadyProgram<'a>, EngineError> {
    let language = context.toolchains.language(language)?;
    let sources = Sources::single(source);
    let compilation = context
        .compiler
        .compile(language, &sources, CompileBounds::NONE)?;
    let executable = compilation
        .executable
        .ok_or(EngineError::Unsupported(compilation.message))?;
    Ok(ReadyProgram {
        context,
        language,
        executable,
    })
}

impl ReadyProgram<'_> {
    /// Runs the program and captures its standard output; standard error is dropped.
    pub fn run(&self, input: &[u8]) -> Result<RunResult, EngineError> {
        let doing = "copying the input";
        let stdin =
            sealed_copy("input", input).map_err(|source| EngineError::Io { doing, source })?;
        let memory_bytes = RunLimits::default().memory_bytes;
        let limits = run_limits(CPU_TIME, memory_bytes, OUTPUT_BYTES);
        let _core = self.context.cores.take(Priority::Normal);
        let run = ProgramRun::new(self.language, &self.executable, limits);
        Ok(run.run(&*self.context.executor, &stdin, StreamTarget::Null)?)
    }

    /// Returns the executable, if the language has one.
    pub fn artifact(&self) -> Option<&Artifact> {
        self.executable.artifact()
    }
}

impl Debug for ReadyProgram<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a compiled program in {}", self.language.id)
    }
}
