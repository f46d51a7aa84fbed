//! One program on one test of a request.

use std::io::Read;
use std::time::Duration;

use letscode_languages::Language;
use letscode_model::{
    CollectedFile, OutputTruncation, RunBounds, RunOutcome, RunSpec, RunTest, StageReport,
    TestRunReport, Verdict,
};

use super::budget::ReportBudget;
use super::compare::{OutputComparer, sealed};
use crate::compile::executable::Executable;
use crate::compile::sources::workspace_file;
use crate::error::EngineError;
use crate::execute::cancel::CancelToken;
use crate::execute::files::{Artifact, WorkspaceFile};
use crate::execute::limits::{RunLimits, stated_limits};
use crate::execute::priority::Priority;
use crate::execute::request::StreamTarget;
use crate::execute::stage::stage_report;
use crate::judging::context::JudgeContext;
use crate::judging::cores::CoreGuard;
use crate::judging::program_run::{ProgramRun, run_limits};
use crate::verdict::decide::decide;

/// Runs one program on tests. Shared by the threads that do.
pub(super) struct CaseRunner<'a> {
    pub context: &'a JudgeContext,
    pub spec: &'a RunSpec,
    pub bounds: &'a RunBounds,
    pub priority: Priority,
    pub cancel: &'a CancelToken,
    pub language: &'a Language,
    pub executable: &'a Executable,
    /// Files beside a compiled program.
    pub data_files: &'a [WorkspaceFile],
    pub comparer: &'a OutputComparer<'a>,
    pub budget: ReportBudget,
}

impl CaseRunner<'_> {
    /// Runs a test in its turn.
    pub fn run(&self, test: &RunTest, core: CoreGuard<'_>) -> Result<TestRunReport, EngineError> {
        let report = self.attempt(test)?;
        let was_beside_speculative = core.was_beside_speculative();
        drop(core);
        if was_beside_speculative {
            self.confirm(test, report)
        } else {
            Ok(report)
        }
    }

    /// Repeats a judged run that was too slow beside speculative runs: a program is too slow only if
    /// it is so on a core of its own.
    pub fn confirm(
        &self,
        test: &RunTest,
        report: TestRunReport,
    ) -> Result<TestRunReport, EngineError> {
        if report.verdict != Some(Verdict::TimeLimitExceeded) {
            return Ok(report);
        }
        let _core = self.context.cores.take_exclusive(self.priority);
        self.attempt(test)
    }

    /// Runs a test, at whatever time.
    pub fn attempt(&self, test: &RunTest) -> Result<TestRunReport, EngineError> {
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let input = test.stdin.as_ref().unwrap_or(&self.spec.stdin);
        let stdin = sealed(input.as_bytes())?;
        let limits = self.limits(test);
        let output_bytes = limits.output_bytes;
        let env: Vec<(String, String)> = self.spec.env.clone().into_iter().collect();
        let run = ProgramRun {
            args: test.args.as_ref().unwrap_or(&self.spec.args),
            files: self.data_files,
            env: &env,
            collect: &self.spec.collect,
            collect_bytes: self.bounds.max_collected_bytes as u64,
            cancel: Some(self.cancel),
            ..ProgramRun::new(self.language, self.executable, limits.clone())
        };
        // The request's own stack, if it states one.
        let run = ProgramRun {
            limits: self.with_stack(test, run.limits.clone()),
            ..run
        };
        let captured = StreamTarget::Captured;
        let result = run.run(&*self.context.executor, &stdin, captured);
        let mut result = match result {
            Ok(result) => result,
            Err(_) if self.cancel.is_cancelled() => return Err(EngineError::Cancelled),
            Err(error) => return Ok(self.report_of_error(test, &error.to_string())),
        };
        let files = self.collected(result.collected.drain(..));
        let judged = self.spec.is_judged(test).then(|| {
            decide(result.outcome, || {
                let executor = &*self.context.executor;
                self.comparer
                    .check(executor, self.spec, test, result.stdout.as_mut())
            })
        });
        let mut denied_check = None;
        let (verdict, message) = match judged {
            None => (None, None),
            Some(Ok(decided)) => (Some(decided.verdict), decided.message),
            Some(Err(EngineError::Validator {
                path,
                reason,
                denied,
                ..
            })) => {
                denied_check = denied.map(|denied| denied.stage);
                let message = format!("{path}: {reason}");
                (Some(Verdict::InternalError), Some(message))
            }
            Some(Err(error)) => return Err(error),
        };
        let stage = stage_report(result, output_bytes);
        let explained = stage.explain_violation().filter(|_| verdict.is_some());
        let mut report = TestRunReport {
            name: test.name.clone(),
            stage,
            verdict,
            message: explained.or(message),
            files,
            denied_check,
        };
        self.budget.cut(&mut report);
        Ok(report)
    }

    fn limits(&self, test: &RunTest) -> RunLimits {
        let values = self.bounds.run_limits(test.limits.or(self.spec.limits));
        let time = Duration::from_millis;
        let own = run_limits(time(values.cpu_time), values.memory, values.output);
        let stated = letscode_model::LimitSpec {
            wall_time: Some(values.wall_time),
            processes: Some(values.processes),
            file_size: Some(values.file_size),
            ..letscode_model::LimitSpec::default()
        };
        RunLimits {
            priority: self.priority,
            ..stated_limits(own, &stated)
        }
    }

    fn with_stack(&self, test: &RunTest, limits: RunLimits) -> RunLimits {
        let stated = test.limits.or(self.spec.limits).stack;
        RunLimits {
            stack_bytes: stated
                .unwrap_or(limits.stack_bytes)
                .min(limits.memory_bytes),
            ..limits
        }
    }

    fn collected(&self, artifacts: impl Iterator<Item = Option<Artifact>>) -> Vec<CollectedFile> {
        let names = self.spec.collect.iter();
        let read = |(name, artifact): (&String, Option<Artifact>)| {
            let mut content = Vec::new();
            // An anonymous file, which the executor has limited.
            artifact?.open().ok()?.read_to_end(&mut content).ok()?;
            Some(CollectedFile {
                name: name.clone(),
                content: content.into(),
            })
        };
        names.zip(artifacts).filter_map(read).collect()
    }

    fn report_of_error(&self, test: &RunTest, error: &str) -> TestRunReport {
        TestRunReport {
            name: test.name.clone(),
            stage: StageReport::sandbox_error(error),
            verdict: self.spec.is_judged(test).then_some(Verdict::InternalError),
            message: None,
            files: Vec::new(),
            denied_check: None,
        }
    }
}

/// Returns the report of a test that came after the end of the whole run's time.
pub(super) fn not_started(spec: &RunSpec, test: &RunTest, bounds: &RunBounds) -> TestRunReport {
    let seconds = bounds.max_run_time / 1000;
    let message = format!("not started: the tests before it took {seconds} s together\n");
    TestRunReport {
        name: test.name.clone(),
        stage: StageReport {
            outcome: RunOutcome::WallTimeExceeded,
            truncated: OutputTruncation::default(),
            ..StageReport::sandbox_error(message.as_str())
        },
        verdict: spec.is_judged(test).then_some(Verdict::TimeLimitExceeded),
        message: spec.is_judged(test).then_some(message),
        files: Vec::new(),
        denied_check: None,
    }
}

/// Returns the files beside a compiled program: all that are not its sources. An interpreted program
/// has its files already.
pub(super) fn data_files(
    spec: &RunSpec,
    language: &Language,
    executable: &Executable,
) -> Result<Vec<WorkspaceFile>, EngineError> {
    if executable.artifact().is_none() {
        return Ok(Vec::new());
    }
    let named = spec
        .files
        .iter()
        .filter_map(|file| Some((file.name.as_ref()?, file)));
    let data = named.filter(|(name, _)| !language.has_extension(name));
    data.map(|(name, file)| workspace_file(name.clone(), file.content.as_bytes()))
        .collect()
}
