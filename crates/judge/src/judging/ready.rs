//! A program that is compiled once and run any number of times, as a test's run is: what a benchmark
//! measures.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use letscode_model::LanguageId;
use letscode_sandbox::{Artifact, Limits, RunResult, StdStream, sealed_copy};

use crate::Engine;
use crate::compile::compiler::{CompileBounds, Executable};
use crate::compile::sources::Sources;
use crate::engine::EngineError;
use crate::judging::program_run::{Run, run_limits};
use crate::language::{Language, Stage};

const CPU_TIME: Duration = Duration::from_secs(10);
const OUTPUT_BYTES: u64 = 1 << 20;

/// May be run by several threads at once.
pub struct ReadyProgram<'a> {
    engine: &'a Engine,
    language: &'a Language,
    executable: Executable,
}

impl Engine {
    pub fn ready(
        &self,
        language: &LanguageId,
        source: &[u8],
    ) -> Result<ReadyProgram<'_>, EngineError> {
        let language = self.language(language)?;
        let compilation = self.compile(language, &Sources::single(source), CompileBounds::NONE)?;
        let executable = compilation
            .executable
            .ok_or(EngineError::Unsupported(compilation.message))?;
        Ok(ReadyProgram {
            engine: self,
            language,
            executable,
        })
    }

    /// The profile of the cells that a language's programs run in.
    pub fn run_profile(&self, language: &LanguageId) -> String {
        Stage::Run.profile(language)
    }
}

impl ReadyProgram<'_> {
    /// Its output is kept, and what it says on standard error is not.
    pub fn run(&self, input: &[u8]) -> Result<RunResult, EngineError> {
        let doing = "copying the input";
        let stdin =
            sealed_copy("input", input).map_err(|source| EngineError::Io { doing, source })?;
        let limits = run_limits(CPU_TIME, Limits::default().memory_bytes, OUTPUT_BYTES);
        let _core = self.engine.cores.take();
        let run = Run::new(self.language, &self.executable, limits);
        self.engine.run_alone(&run, &stdin, StdStream::Null)
    }

    /// The executable itself, where compiling makes one.
    pub fn artifact(&self) -> Option<&Artifact> {
        self.executable.artifact()
    }
}

impl Debug for ReadyProgram<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a ready program in {}", self.language.id)
    }
}
