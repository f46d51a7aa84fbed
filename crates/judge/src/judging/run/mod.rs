//! Ad-hoc runs: a program, compiled once, on the tests of a request.
//!
//! `case` is one test, `compare` decides about its output, `budget` bounds what all of them return
//! together. Tests run on idle cores before their turn, as those of a submission do.

mod budget;
mod case;
mod compare;

use std::thread;
use std::time::{Duration, Instant};

use letscode_languages::Language;
use letscode_model::{
    ByteText, CompileReport, LimitCaps, RunBounds, RunReport, RunSpec, RunTest, StageReport,
    TestRunReport, Verdict, VerdictSummary,
};

use super::context::JudgeContext;
use super::cores::CoreGuard;
use super::speculative::{RunLookup, SpeculativeRuns};
use crate::compile::compiler::{CompileBounds, CompileSettings};
use crate::compile::executable::{Compilation, Executable};
use crate::compile::sources::Sources;
use crate::error::EngineError;
use crate::execute::cancel::CancelToken;
use crate::execute::priority::Priority;
use case::{CaseRunner, not_started};
use compare::OutputComparer;

/// Runs a program on all its tests. See [`crate::Engine::run`].
pub(crate) fn run(
    context: &JudgeContext,
    spec: &RunSpec,
    bounds: &RunBounds,
    priority: Priority,
    cancel: &CancelToken,
) -> Result<RunReport, EngineError> {
    let job = RunJob {
        context,
        spec,
        bounds,
        priority,
        cancel,
        language: context.toolchains.language(&spec.language)?,
    };
    match job.run() {
        Err(_) if cancel.is_cancelled() => Err(EngineError::Cancelled),
        Err(EngineError::Validator { path, reason, .. }) => {
            Ok(RunReport::failed(format!("{path}: {reason}")))
        }
        Err(EngineError::Unsupported(reason)) => Ok(RunReport::failed(reason)),
        Err(EngineError::Executor(error)) => Ok(sandbox_failed(error.to_string())),
        result => result,
    }
}

/// Returns the report of a program that the sandbox could not start.
fn sandbox_failed(reason: String) -> RunReport {
    RunReport {
        runs: vec![TestRunReport {
            name: None,
            stage: StageReport::sandbox_error(reason.as_str()),
            verdict: None,
            message: None,
            files: Vec::new(),
            denied_check: None,
        }],
        ..RunReport::failed(reason)
    }
}

struct RunJob<'a> {
    context: &'a JudgeContext,
    spec: &'a RunSpec,
    bounds: &'a RunBounds,
    priority: Priority,
    cancel: &'a CancelToken,
    language: &'a Language,
}

impl RunJob<'_> {
    fn run(&self) -> Result<RunReport, EngineError> {
        let sources = Sources::of_run(&self.spec.files, self.spec.entry_file());
        let refused = self.spec.compile_options.iter();
        let refused = refused
            .clone()
            .find(|option| !self.language.allows_option(option));
        if let Some(option) = refused {
            let name = &self.language.name;
            let reason = format!("the option `{option}` is not allowed for {name}");
            return Err(EngineError::Unsupported(reason));
        }
        let core = self.context.cores.take(self.priority);
        let interpreted = Executable::interpreted(self.language, &sources)?;
        if let Some(executable) = interpreted {
            let needs_check = self.spec.checks_syntax;
            let check = needs_check.then_some((&sources, core));
            return self.run_tests(&executable, None, check);
        }
        let compilation = self.compile(&sources)?;
        drop(core);
        match &compilation.executable {
            Some(executable) => self.run_tests(executable, compile_report(&compilation), None),
            None => Ok(self.compile_failed(&compilation)),
        }
    }

    fn compile(&self, sources: &Sources) -> Result<Compilation, EngineError> {
        let settings = CompileSettings {
            bounds: CompileBounds::NONE,
            options: &self.spec.compile_options,
            limits: self.spec.compile_limits,
            keeps_below_language: self.context.caps != LimitCaps::default(),
            cancel: Some(self.cancel),
        };
        let compiler = &self.context.compiler;
        compiler.compile_with(self.priority, self.language, sources, &settings)
    }

    /// Runs the tests. An interpreted program is checked meanwhile, on the core that is given.
    fn run_tests(
        &self,
        executable: &Executable,
        compile: Option<CompileReport>,
        check: Option<(&Sources, CoreGuard<'_>)>,
    ) -> Result<RunReport, EngineError> {
        let comparer = OutputComparer::new(self.context, self.spec, self.priority, self.cancel)?;
        let data_files = case::data_files(self.spec, self.language, executable)?;
        let runner = CaseRunner {
            context: self.context,
            spec: self.spec,
            bounds: self.bounds,
            priority: self.priority,
            cancel: self.cancel,
            language: self.language,
            executable,
            data_files: &data_files,
            comparer: &comparer,
            budget: budget::ReportBudget::new(self.bounds.max_report_bytes),
        };
        let single = [RunTest::default()];
        let tests = if self.spec.tests.is_empty() {
            &single[..]
        } else {
            &self.spec.tests
        };
        let attempt = |test: &RunTest| runner.attempt(test);
        let speculative = SpeculativeRuns::new(
            &self.context.cores,
            self.priority,
            tests.iter().collect(),
            &attempt,
        );
        thread::scope(|scope| {
            let stop = speculative.stop_on_drop();
            if let Some((sources, core)) = check {
                speculative.use_idle_cores(scope);
                let compilation = self.compile(sources)?;
                drop(core);
                if compilation.executable.is_none() {
                    drop(stop);
                    return Ok(self.compile_failed(&compilation));
                }
            }
            let begin = Instant::now();
            let max_time = Duration::from_millis(self.bounds.max_run_time);
            let mut runs = Vec::new();
            for test in tests {
                let report = if self.cancel.is_cancelled() {
                    Err(EngineError::Cancelled)
                } else if begin.elapsed() > max_time {
                    Ok(not_started(self.spec, test, self.bounds))
                } else {
                    match speculative.take(test, scope) {
                        RunLookup::NotStarted(core) => runner.run(test, core),
                        RunLookup::Done(report) => {
                            report.and_then(|report| runner.confirm(test, report))
                        }
                    }
                };
                let report = match report {
                    // Nobody gets out of a violation by hanging up.
                    Err(_) if self.cancel.is_cancelled() && runs.iter().any(is_violation) => break,
                    report => report?,
                };
                let passed = report.passed();
                runs.push(report);
                if self.spec.stop_on_failure && !passed {
                    break;
                }
            }
            drop(stop);
            Ok(RunReport {
                compile,
                verdict: self.verdict(tests, &runs),
                runs,
                error: None,
            })
        })
    }

    fn compile_failed(&self, compilation: &Compilation) -> RunReport {
        let has_judged_tests = self.spec.tests.iter().any(|test| self.spec.is_judged(test));
        let summary = VerdictSummary {
            status: Verdict::CompilationError,
            passed_tests: 0,
            total_tests: self.judged_count(&self.spec.tests),
            max_time: 0.0,
            max_memory: 0,
            score: None,
            max_score: None,
        };
        let compile = compile_report(compilation).unwrap_or_else(|| CompileReport {
            stage: StageReport {
                stderr: ByteText::from(compilation.message.as_str()),
                ..StageReport::sandbox_error("")
            },
            succeeded: false,
            cached: false,
        });
        RunReport {
            compile: Some(compile),
            runs: Vec::new(),
            verdict: has_judged_tests.then_some(summary),
            error: None,
        }
    }

    fn judged_count(&self, tests: &[RunTest]) -> u32 {
        let judged = tests.iter().filter(|test| self.spec.is_judged(test));
        u32::try_from(judged.count()).unwrap_or(u32::MAX)
    }

    /// Returns the verdict on all judged tests: that of the first one that failed. A checker's failure
    /// comes before all others.
    fn verdict(&self, tests: &[RunTest], runs: &[TestRunReport]) -> Option<VerdictSummary> {
        let verdicts: Vec<Verdict> = runs.iter().filter_map(|run| run.verdict).collect();
        let failed = verdicts
            .iter()
            .find(|verdict| **verdict != Verdict::Accepted);
        let internal = verdicts
            .iter()
            .find(|verdict| **verdict == Verdict::InternalError);
        let passed = verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::Accepted);
        let times = runs.iter().map(|run| run.stage.execution_time);
        let memory = runs.iter().map(|run| run.stage.memory_used);
        (!verdicts.is_empty()).then(|| VerdictSummary {
            status: internal.or(failed).copied().unwrap_or(Verdict::Accepted),
            passed_tests: u32::try_from(passed.count()).unwrap_or(u32::MAX),
            total_tests: self.judged_count(tests),
            max_time: times.fold(0.0, f64::max),
            max_memory: memory.max().unwrap_or(0),
            score: None,
            max_score: None,
        })
    }
}

fn is_violation(run: &TestRunReport) -> bool {
    run.stage.violation().is_some()
}

fn compile_report(compilation: &Compilation) -> Option<CompileReport> {
    Some(CompileReport {
        stage: compilation.stage.clone()?,
        succeeded: compilation.executable.is_some(),
        cached: compilation.cached,
    })
}
