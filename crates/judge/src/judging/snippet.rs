//! Snippets: ad-hoc code with ad-hoc input, without problem or verdict.

use std::io::Read;
use std::time::Duration;

use letscode_model::{LanguageId, SnippetOutcome, SnippetReport};

use super::context::JudgeContext;
use super::program_run::{ProgramRun, run_limits};
use crate::compile::compiler::CompileBounds;
use crate::compile::sources::Sources;
use crate::error::EngineError;
use crate::execute::jail::sealed_copy;
use crate::execute::limits::RunLimits;
use crate::execute::priority::Priority;
use crate::execute::request::StreamTarget;
use crate::execute::stage::stage_report;

const CPU_TIME: Duration = Duration::from_secs(5);
/// Limit of each of the two output streams.
const OUTPUT_BYTES: u64 = 1 << 20;

/// Compiles and runs a snippet once. See [`crate::Engine::run_snippet`].
pub(crate) fn run_snippet(
    context: &JudgeContext,
    language: &LanguageId,
    source: &[u8],
    input: impl Read,
    priority: Priority,
) -> Result<SnippetReport, EngineError> {
    let doing = "copying the input";
    let stdin = sealed_copy("input", input).map_err(|source| EngineError::Io { doing, source })?;
    let language = context.toolchains.language(language)?;
    let _core = context.cores.take(priority);
    let sources = Sources::single(source);
    let compiler = &context.compiler;
    let compiled = compiler.compile_at(priority, language, &sources, CompileBounds::NONE);
    let compilation = match compiled {
        Ok(compilation) => compilation,
        Err(error) => return executor_error(error),
    };
    let Some(executable) = compilation.executable else {
        return Ok(not_run(SnippetOutcome::CompileFailed, compilation.message));
    };
    let memory_bytes = RunLimits::default().memory_bytes;
    let limits = RunLimits {
        priority,
        ..run_limits(CPU_TIME, memory_bytes, OUTPUT_BYTES)
    };
    let run = ProgramRun::new(language, &executable, limits);
    match run.run(&*context.executor, &stdin, StreamTarget::Captured) {
        Ok(result) => Ok(stage_report(result, OUTPUT_BYTES).into()),
        Err(error) => executor_error(error.into()),
    }
}

/// Reports an error of the executor; other errors are the caller's.
fn executor_error(error: EngineError) -> Result<SnippetReport, EngineError> {
    match error {
        EngineError::Executor(error) => {
            Ok(not_run(SnippetOutcome::SandboxError, error.to_string()))
        }
        error => Err(error),
    }
}

fn not_run(outcome: SnippetOutcome, stderr: String) -> SnippetReport {
    SnippetReport {
        outcome,
        exit_code: None,
        signal: None,
        denied_call: None,
        activity: None,
        stdout: String::new(),
        stderr,
        execution_time: 0.0,
        wall_time: 0.0,
        memory_used: 0,
    }
}
