use std::sync::Arc;

use letscode_languages::Language;
use letscode_model::StageReport;

use super::compiled::{CompileResult, CompiledProgram};
use super::sources::{AssembledProgram, Sources};
use crate::error::EngineError;
use crate::execute::files::{Artifact, InputFile, WorkspaceFile};
use crate::execute::request::ProgramSource;

/// Result of compiling one submission.
pub(crate) struct Compilation {
    /// `None`: a Compilation Error.
    pub executable: Option<Executable>,
    /// Diagnostics, and how the compiler ended if it was ended.
    pub message: String,
    /// The compiler's run, if there was one for this program or an equal one.
    pub stage: Option<StageReport>,
    /// True if an equal program had been compiled before.
    pub cached: bool,
}

/// A program that is ready to run, as often as there are tests.
#[derive(Debug)]
pub(crate) struct Executable {
    /// Holds the machine code, if there is any.
    compiled: Arc<CompiledProgram>,
    /// Sources, for an interpreter.
    files: Vec<WorkspaceFile>,
    /// The run command with its placeholders filled in.
    argv: Vec<String>,
}

impl Compilation {
    /// Returns a Compilation Error.
    pub fn rejected(message: String) -> Compilation {
        Compilation {
            executable: None,
            message,
            stage: None,
            cached: false,
        }
    }

    /// Combines one submission's own files with the compiler's output for all submissions that are
    /// equal to it.
    pub fn new(
        language: &Language,
        program: AssembledProgram,
        compiled: Arc<CompiledProgram>,
    ) -> Compilation {
        let message = compiled.message.clone();
        let mut argv = program.fill_in(&language.run.command);
        let files = match (&compiled.result, &language.compile.output) {
            (CompileResult::Rejected, _) => {
                return Compilation {
                    stage: compiled.stage.clone(),
                    ..Compilation::rejected(message)
                };
            }
            (CompileResult::Program(_), Some(output)) => {
                argv[0] = format!("./{output}");
                Vec::new()
            }
            _ => program.files,
        };
        Compilation {
            stage: compiled.stage.clone(),
            executable: Some(Executable {
                compiled,
                files,
                argv,
            }),
            message,
            cached: false,
        }
    }
}

impl Executable {
    /// Returns the program of an interpreted language before its check has ended; `None` where an
    /// executable has to be made first.
    pub fn interpreted(
        language: &Language,
        sources: &Sources,
    ) -> Result<Option<Executable>, EngineError> {
        if language.compile.output.is_some() {
            return Ok(None);
        }
        let unchecked = Arc::new(CompiledProgram {
            message: String::new(),
            stage: None,
            result: CompileResult::Checked,
            cacheable: false,
        });
        let program = sources.assemble(language)?;
        Ok(Compilation::new(language, program, unchecked).executable)
    }

    pub fn artifact(&self) -> Option<&Artifact> {
        match &self.compiled.result {
            CompileResult::Program(artifact) => Some(artifact),
            CompileResult::Rejected | CompileResult::Checked => None,
        }
    }

    pub fn program(&self) -> ProgramSource<'_> {
        match self.artifact() {
            Some(artifact) => ProgramSource::Artifact(artifact),
            None => ProgramSource::Path(&self.argv[0]),
        }
    }

    pub fn argv(&self) -> Vec<String> {
        self.argv.clone()
    }

    pub fn files(&self) -> impl Iterator<Item = InputFile<'_>> {
        self.files.iter().map(WorkspaceFile::as_input)
    }
}
