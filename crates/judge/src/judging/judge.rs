//! The flow of one evaluation: compile, run the tests, judge.

use std::thread;

use letscode_languages::Language;
use letscode_model::{Judgement, TestResult};
use letscode_package::TestCase;

use super::context::JudgeContext;
use super::evaluation::{DraftCompilation, Evaluation, EventSink, JudgeEvent};
use super::groups::GroupWalk;
use super::job_priority::JobPriority;
use super::speculative::SpeculativeRuns;
use super::test_run::{RunPolicy, TestRunner};
use crate::compile::compiler::{CompileBounds, CompileSettings};
use crate::compile::executable::{Compilation, Executable};
use crate::error::EngineError;
use crate::execute::priority::Priority;
use crate::verdict::judgement::JudgedScope;

/// Judges one submission completely. See [`crate::Engine::judge`].
pub(crate) fn judge(
    context: &JudgeContext,
    evaluation: &Evaluation<'_>,
    events: &mut EventSink<'_>,
) -> Result<Judgement, EngineError> {
    let language = context.toolchains.language(evaluation.language)?;
    let job = JudgeJob {
        context,
        evaluation,
        language,
        priority: JobPriority::new(evaluation.priority),
    };
    let judged = job.judge(events);
    if judged.is_err() {
        evaluation.check_cancelled()?;
    }
    judged
}

/// Compiles a program that may be submitted soon, so that judging it can begin with its runs.
/// Returns `None` if it did not: every core is busy, or the language is interpreted and its check
/// takes hardly any time.
pub(crate) fn compile_speculatively(
    context: &JudgeContext,
    evaluation: &Evaluation<'_>,
) -> Result<Option<DraftCompilation>, EngineError> {
    let language = context.toolchains.language(evaluation.language)?;
    if language.compile.output.is_none() {
        return Ok(None);
    }
    // Raised when the same program is submitted.
    let priority = JobPriority::new(Priority::Background);
    let Some(_core) = context.cores.take_idle(priority.initial()) else {
        return Ok(None);
    };
    let job = JudgeJob {
        context,
        evaluation,
        language,
        priority,
    };
    let stage = job.compile()?.stage;
    Ok(Some(DraftCompilation {
        denied: stage.filter(|stage| stage.violation().is_some()),
    }))
}

/// One evaluation that is being judged.
struct JudgeJob<'a> {
    context: &'a JudgeContext,
    evaluation: &'a Evaluation<'a>,
    language: &'a Language,
    priority: JobPriority,
}

/// The compiler's output for the program whose tests are run.
enum CompilerOutput<'a> {
    Ready(String),
    /// An interpreted program is still being checked; its tests may be run speculatively meanwhile,
    /// and are reported after the check.
    Pending(Box<dyn FnOnce() -> Result<Compilation, EngineError> + 'a>),
}

impl JudgeJob<'_> {
    fn judge(&self, events: &mut EventSink<'_>) -> Result<Judgement, EngineError> {
        events(JudgeEvent::Compiling);
        let core = self.context.cores.take(self.priority.initial());
        let interpreted = self.interpreted_program()?;
        if let Some(executable) = &interpreted
            && let Ok(runner) = self.test_runner(executable)
        {
            let check = || {
                let compilation = self.compile();
                drop(core);
                compilation
            };
            let pending = CompilerOutput::Pending(Box::new(check));
            return self.run_tests(&runner, pending, events);
        }
        let compilation = self.compile()?;
        drop(core);
        let Some(executable) = &compilation.executable else {
            return Ok(self.not_compiled(compilation, events));
        };
        match self.test_runner(executable) {
            Ok(runner) => {
                let ready = CompilerOutput::Ready(compilation.message);
                self.run_tests(&runner, ready, events)
            }
            Err(error) => {
                let output = compilation.message;
                let judgement = self.after_error(error, Vec::new(), output, events)?;
                Ok(announce(judgement, events))
            }
        }
    }

    fn run_tests(
        &self,
        runner: &TestRunner<'_>,
        compiler_output: CompilerOutput<'_>,
        events: &mut EventSink<'_>,
    ) -> Result<Judgement, EngineError> {
        let run = |test: &TestCase| runner.run_speculatively(test);
        let tests = self.evaluation.test_order();
        let speculative =
            SpeculativeRuns::new(&self.context.cores, self.priority.initial(), tests, &run);
        thread::scope(|scope| {
            let stop = speculative.stop_on_drop();
            let compiler_output = match compiler_output {
                CompilerOutput::Ready(output) => output,
                CompilerOutput::Pending(check) => {
                    speculative.use_idle_cores(scope);
                    let compilation = check()?;
                    if compilation.executable.is_none() {
                        drop(stop);
                        return Ok(self.not_compiled(compilation, events));
                    }
                    compilation.message
                }
            };
            events(JudgeEvent::Running {
                total_tests: self.scope().total_tests(),
            });
            let walk = GroupWalk::new(self.evaluation, runner, &speculative, scope);
            let (graded, results) = walk.run(events);
            drop(stop);
            let judgement = match graded {
                Ok(root) => self.scope().graded(root, results, compiler_output),
                Err(error) => self.after_error(error, results, compiler_output, events)?,
            };
            // Unneeded speculative runs may still be going on.
            Ok(announce(judgement, events))
        })
    }

    /// Announces the judgement of a program that did not compile.
    fn not_compiled(&self, compilation: Compilation, events: &mut EventSink<'_>) -> Judgement {
        let stage = compilation.stage;
        if let Some(stage) = stage.filter(|stage| stage.violation().is_some()) {
            events(JudgeEvent::CompilerDenied(stage));
        }
        announce(self.scope().compilation_error(compilation.message), events)
    }

    fn test_runner<'e>(
        &'e self,
        executable: &'e Executable,
    ) -> Result<TestRunner<'e>, EngineError> {
        let time_limit = self.evaluation.time_limit();
        TestRunner::new(
            self.context,
            self.evaluation.package,
            self.language,
            executable,
            RunPolicy {
                time_limit,
                priority: &self.priority,
                cancel: self.evaluation.cancel,
            },
        )
    }

    /// Returns the program of an interpreted language, which can be run before it was checked.
    fn interpreted_program(&self) -> Result<Option<Executable>, EngineError> {
        if self.evaluation.is_too_large() {
            return Ok(None);
        }
        let sources = self.evaluation.all_sources(self.language)?;
        Executable::interpreted(self.language, &sources)
    }

    fn compile(&self) -> Result<Compilation, EngineError> {
        let limits = &self.evaluation.package.limits;
        if self.evaluation.is_too_large() {
            let size_bytes = self.evaluation.sources.size_bytes();
            return Ok(Compilation::rejected(format!(
                "the source has {size_bytes} bytes, and this problem takes at most {}\n",
                limits.code_bytes
            )));
        }
        let sources = self.evaluation.all_sources(self.language)?;
        let bounds = CompileBounds {
            time: limits.compilation_time,
            memory_bytes: limits.compilation_memory_bytes,
        };
        let settings = CompileSettings {
            cancel: self.evaluation.cancel,
            ..CompileSettings::of_bounds(bounds)
        };
        let compiler = &self.context.compiler;
        compiler.compile_with(self.priority.initial(), self.language, &sources, &settings)
    }

    /// Returns a judgement after a validator's error, which is the package's. Other errors are the
    /// caller's to handle.
    fn after_error(
        &self,
        error: EngineError,
        results: Vec<TestResult>,
        compiler_output: String,
        events: &mut EventSink<'_>,
    ) -> Result<Judgement, EngineError> {
        let reason = error.to_string();
        match error {
            EngineError::Validator { denied, .. } => {
                if let Some(denied) = denied {
                    events(JudgeEvent::CheckerDenied(*denied));
                }
            }
            error => return Err(error),
        }
        Ok(self.scope().package_error(reason, results, compiler_output))
    }

    fn scope(&self) -> JudgedScope<'_> {
        JudgedScope {
            package: self.evaluation.package,
            samples_only: self.evaluation.samples_only,
        }
    }
}

fn announce(judgement: Judgement, events: &mut EventSink<'_>) -> Judgement {
    events(JudgeEvent::Judged(judgement.clone()));
    judgement
}
