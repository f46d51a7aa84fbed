//! One submission on one test: its passes, and its repeats where the time is close to the limit.

use std::fs::File;
use std::io::BufReader;
use std::time::Duration;

use letscode_languages::Language;
use letscode_model::Verdict;
use letscode_package::{CustomValidation, Package, TestCase, Validation};

use super::context::JudgeContext;
use super::cores::CoreGuard;
use super::evaluation::ProgramOutput;
use super::job_priority::JobPriority;
use super::program_run::{ProgramRun, run_limits};
use super::test_result::{TestRunResult, ValidatorFeedback};
use crate::check::checker::DefaultChecker;
use crate::check::validator::feedback::FeedbackFolder;
use crate::check::validator::program::ValidatorProgram;
use crate::check::validator::request::{DataSource, ValidatorRequest};
use crate::check::validator::{ValidatorVerdict, compile_validators};
use crate::compile::executable::Executable;
use crate::error::EngineError;
use crate::execute::cancel::CancelToken;
use crate::execute::capped::capped_limits;
use crate::execute::excerpt::output_ends;
use crate::execute::files::WorkspaceFile;
use crate::execute::jail::sealed_copy;
use crate::execute::limits::{RunLimits, STARVED_WALL_TIME_FACTOR};
use crate::execute::pair::PairRequest;
use crate::execute::request::{RunRequest, StreamTarget};
use crate::execute::result::{Outcome, ResourceUsage, RunResult};
use crate::verdict::decide::{CheckResult, decide, decide_interactive};
use crate::verdict::limits::{with_output_limit, with_time_limit};

/// Most repeats of a run that ended just above the limit.
const MAX_REPEATS: u32 = 2;
/// A run is close to the limit up to this multiple of it.
const CLOSE_RATIO: f64 = 1.1;
/// A conversation was disturbed if less than this share of its wall time is left without the time in
/// which its two sides were kept from computing. That of the submission alone isn't charged anyway.
const UNDISTURBED_SHARE: f64 = 0.75;
/// Most bytes that a validator may write to a submission: enough for a huge input, and no flood.
const MAX_VALIDATOR_OUTPUT_BYTES: u64 = 256 << 20;

/// Runs one submission on a package's tests.
pub(crate) struct TestRunner<'a> {
    context: &'a JudgeContext,
    package: &'a Package,
    language: &'a Language,
    executable: &'a Executable,
    policy: RunPolicy<'a>,
    checker: OutputChecker<'a>,
}

/// Terms that all runs of one evaluation share.
pub(crate) struct RunPolicy<'a> {
    pub time_limit: Duration,
    pub priority: &'a JobPriority,
    pub cancel: Option<&'a CancelToken>,
}

/// The checker of a package.
enum OutputChecker<'a> {
    Default,
    Custom(&'a CustomValidation, Vec<ValidatorProgram<'a>>),
}

impl<'a> TestRunner<'a> {
    /// Compiles the package's validators, too.
    pub fn new(
        context: &'a JudgeContext,
        package: &'a Package,
        language: &'a Language,
        executable: &'a Executable,
        policy: RunPolicy<'a>,
    ) -> Result<Self, EngineError> {
        let checker = match &package.validation {
            Validation::Default => OutputChecker::Default,
            Validation::Custom(custom) => {
                let (compiler, toolchains) = (&context.compiler, &context.toolchains);
                let validators = compile_validators(compiler, toolchains, package, custom)?;
                OutputChecker::Custom(custom, validators)
            }
        };
        Ok(TestRunner {
            context,
            package,
            language,
            executable,
            policy,
            checker,
        })
    }

    /// Waits for a core of its own, for a time that decides.
    pub fn take_exclusive_core(&self) -> CoreGuard<'a> {
        self.context
            .cores
            .take_exclusive(self.policy.priority.initial())
    }

    /// Runs a test in its turn.
    pub fn run(&self, test: &TestCase, core: CoreGuard<'_>) -> Result<TestRunResult, EngineError> {
        let run = self.attempt(test, 1)?;
        let was_beside_speculative = core.was_beside_speculative();
        drop(core);
        if was_beside_speculative {
            self.confirm_speculative(test, run)
        } else {
            self.confirm(test, run)
        }
    }

    /// Runs a test before its turn: to be confirmed when it is needed.
    pub fn run_speculatively(&self, test: &TestCase) -> Result<TestRunResult, EngineError> {
        self.attempt(test, 1)
    }

    /// Repeats a run that was too slow beside speculative runs: a program is too slow only if it is
    /// so on a core of its own.
    pub fn confirm_speculative(
        &self,
        test: &TestCase,
        mut run: TestRunResult,
    ) -> Result<TestRunResult, EngineError> {
        if run.verdict == Verdict::TimeLimitExceeded {
            let _core = self.take_exclusive_core();
            run = self.attempt(test, 1)?;
        }
        self.confirm(test, run)
    }

    /// Repeats a run that was slightly too slow. The smallest CPU time of all attempts counts: the
    /// delays of a busy machine are not the program's.
    fn confirm(
        &self,
        test: &TestCase,
        mut best: TestRunResult,
    ) -> Result<TestRunResult, EngineError> {
        let longest = self.run_limits(1).wall_time * STARVED_WALL_TIME_FACTOR;
        let mut spent = best.usage.wall_time;
        for _ in 0..MAX_REPEATS {
            if best.verdict != Verdict::TimeLimitExceeded || spent > longest {
                break;
            }
            let wall_time_factor = if self.is_close(&best.usage) {
                1
            } else if self.was_kept_waiting(&best.usage) {
                STARVED_WALL_TIME_FACTOR
            } else {
                break;
            };
            let _core = self.take_exclusive_core();
            let repeat = self.attempt(test, wall_time_factor)?;
            spent += repeat.usage.wall_time;
            if wall_time_factor > 1 || repeat.usage.cpu_time < best.usage.cpu_time {
                best = repeat;
            }
        }
        Ok(best)
    }

    fn is_close(&self, usage: &ResourceUsage) -> bool {
        usage.cpu_time > self.policy.time_limit
            && usage.cpu_time <= self.policy.time_limit.mul_f64(CLOSE_RATIO)
    }

    /// True if the wall clock ended a submission that waited for a validator which the machine kept
    /// from computing. Other runs are not charged for such time in the first place.
    fn was_kept_waiting(&self, usage: &ResourceUsage) -> bool {
        self.package.validation.is_interactive()
            && usage.cpu_time <= self.policy.time_limit
            && usage.wall_time.saturating_sub(usage.starved_time)
                < self.run_limits(1).wall_time.mul_f64(UNDISTURBED_SHARE)
    }

    /// Runs all passes of one attempt; one pass, unless the problem has several.
    fn attempt(
        &self,
        test: &TestCase,
        wall_time_factor: u32,
    ) -> Result<TestRunResult, EngineError> {
        let is_multi_pass = self.package.validation.is_multi_pass();
        let max_passes = if is_multi_pass {
            self.package.limits.validation_passes
        } else {
            1
        };
        let files = open_files(test)?;
        let run = ProgramRun {
            args: &test.args,
            files: &files,
            cancel: self.policy.cancel,
            ..ProgramRun::new(
                self.language,
                self.executable,
                self.run_limits(wall_time_factor),
            )
        };
        let mut input = DataSource::Path(&test.input);
        let mut feedback = FeedbackFolder::default();
        let mut usage = ResourceUsage::default();
        for _ in 0..max_passes {
            let (mut result, new_feedback) = self.pass(&run, test, &input, &feedback)?;
            EngineError::check_cancelled(self.policy.cancel)?;
            usage = largest(usage, result.usage);
            result.usage = usage;
            feedback = new_feedback;
            let next_pass = if is_multi_pass {
                feedback.take_next_pass()
            } else {
                None
            };
            match (result.verdict, next_pass) {
                (Verdict::Accepted, Some(next)) => input = DataSource::File(next),
                (Verdict::WrongAnswer, Some(_)) => {
                    let reason = "it rejects, and asks for a next pass";
                    return Err(self.validator_error(test, reason));
                }
                _ => return Ok(result),
            }
        }
        let reason =
            format!("it asks for more than {max_passes} passes (limits.validation_passes)");
        Err(self.validator_error(test, &reason))
    }

    /// Returns the limits of a run: somewhat above the time limit, to see how close it was, and within
    /// the operator's caps.
    fn run_limits(&self, wall_time_factor: u32) -> RunLimits {
        let limits = &self.package.limits;
        let run_limits = run_limits(
            self.policy.time_limit.mul_f64(CLOSE_RATIO),
            limits.memory_bytes,
            limits.output_bytes,
        );
        let run_limits = capped_limits(run_limits, &self.context.caps);
        RunLimits {
            wall_time: run_limits.wall_time * wall_time_factor,
            // A program may have to wait for its interactor.
            idle_time: run_limits
                .idle_time
                .filter(|_| !self.package.validation.is_interactive()),
            priority: self.policy.priority.of_next_run(),
            ..run_limits
        }
    }

    /// Returns an error of the package's validator on one test.
    pub fn validator_error(&self, test: &TestCase, reason: &str) -> EngineError {
        match &self.checker {
            OutputChecker::Custom(_, validators) if !validators.is_empty() => {
                validators[0].error(&test.name, reason)
            }
            _ => EngineError::Unsupported(reason.to_owned()),
        }
    }

    fn pass(
        &self,
        run: &ProgramRun<'_>,
        test: &TestCase,
        input: &DataSource<'_>,
        feedback: &FeedbackFolder,
    ) -> Result<(TestRunResult, FeedbackFolder), EngineError> {
        let answer = DataSource::Path(&test.answer);
        let request = ValidatorRequest {
            test: &test.name,
            input,
            answer: &answer,
            args: &test.output_validator_args,
            limits: &self.package.limits,
            priority: run.limits.priority,
            cancel: self.policy.cancel,
            feedback,
        };
        match &self.checker {
            OutputChecker::Custom(custom, validators) if custom.interactive => {
                self.run_interactive(run, test, validators, &request)
            }
            OutputChecker::Custom(_, validators) => {
                self.run_and_validate(run, test, validators, &request)
            }
            OutputChecker::Default => self.run_and_compare(run, test),
        }
    }

    fn run_program(
        &self,
        run: &ProgramRun<'_>,
        test: &TestCase,
        input: &DataSource<'_>,
    ) -> Result<RunResult, EngineError> {
        let doing = "copying the input";
        let stdin = sealed_copy("input", input.open()?)
            .map_err(|source| EngineError::Io { doing, source })?;
        let mut result = run.run(&*self.context.executor, &stdin, stderr_target(test))?;
        self.policy.priority.charge(result.usage.cpu_time);
        result.outcome = with_time_limit(result.outcome, &result.usage, self.policy.time_limit);
        Ok(result)
    }

    fn run_and_compare(
        &self,
        run: &ProgramRun<'_>,
        test: &TestCase,
    ) -> Result<(TestRunResult, FeedbackFolder), EngineError> {
        let checker = DefaultChecker::parse(&test.output_validator_args).map_err(|error| {
            EngineError::CheckerArgs {
                test: test.name.clone(),
                reason: error.to_string(),
            }
        })?;
        let mut result = self.run_program(run, test, &DataSource::Path(&test.input))?;
        let evidence = violation_output(&mut result);
        let verdict = decide(result.outcome, || compare(&checker, test, result.stdout))?;
        let run_result = TestRunResult::new(verdict, result.usage)
            .with_activity(result.activity)
            .with_violation(evidence)
            .with_stderr(result.stderr);
        Ok((run_result, FeedbackFolder::default()))
    }

    fn run_and_validate(
        &self,
        run: &ProgramRun<'_>,
        test: &TestCase,
        validators: &[ValidatorProgram<'_>],
        request: &ValidatorRequest<'_>,
    ) -> Result<(TestRunResult, FeedbackFolder), EngineError> {
        let mut result = self.run_program(run, test, request.input)?;
        let evidence = violation_output(&mut result);
        let mut combined = ValidatorFeedback::default();
        let verdict = decide(result.outcome, || {
            let output = captured_output(result.stdout, test)?;
            for validator in validators {
                let executor = &*self.context.executor;
                let (decision, feedback) = validator.check(executor, request, &output)?;
                combined.add(decision, feedback);
                if decision == ValidatorVerdict::Rejected {
                    return Ok(CheckResult::Wrong(combined.message(test)));
                }
            }
            Ok::<_, EngineError>(CheckResult::Correct)
        })?;
        let (run_result, feedback) = combined.into_run_result(verdict, result.usage);
        let run_result = run_result
            .with_activity(result.activity)
            .with_violation(evidence);
        Ok((run_result.with_stderr(result.stderr), feedback))
    }

    fn run_interactive(
        &self,
        run: &ProgramRun<'_>,
        test: &TestCase,
        validators: &[ValidatorProgram<'_>],
        request: &ValidatorRequest<'_>,
    ) -> Result<(TestRunResult, FeedbackFolder), EngineError> {
        let (validator, checker) = (&validators[0], validators.get(1));
        let longest = run.limits.wall_time * STARVED_WALL_TIME_FACTOR;
        let validator_run = validator.prepare(request, None, longest)?;
        let mut pair = self.context.executor.run_pair(PairRequest {
            submission: RunRequest {
                stderr: stderr_target(test),
                ..run.request()
            },
            validator: validator.run_request(&validator_run, request),
            validator_output_bytes: MAX_VALIDATOR_OUTPUT_BYTES,
        })?;
        let evidence = violation_output(&mut pair.submission);
        let mut usage = pair.submission.usage;
        self.policy.priority.charge(usage.cpu_time);
        usage.starved_time += pair.validator.usage.starved_time;
        let outcome = with_output_limit(pair.submission.outcome, pair.submission_output);
        let outcome = with_time_limit(outcome, &usage, self.policy.time_limit);
        let mut combined = ValidatorFeedback::default();
        let mut result = pair.validator;
        let transcript = validator.take_transcript(&mut result)?;
        let interpreted = validator.interpret(request, result);
        // A submission that failed needs no second opinion.
        let checker = checker.filter(|_| outcome == Outcome::SUCCESS);
        let accepted = interpreted.and_then(|(decision, feedback)| {
            combined.add(decision, feedback);
            match (decision, checker) {
                (ValidatorVerdict::Rejected, _) => Ok(false),
                (ValidatorVerdict::Accepted(_), None) => Ok(true),
                (ValidatorVerdict::Accepted(_), Some(checker)) => {
                    let executor = &*self.context.executor;
                    let (decision, feedback) = checker.check(executor, request, &transcript)?;
                    combined.add(decision, feedback);
                    Ok(decision != ValidatorVerdict::Rejected)
                }
            }
        });
        let message = combined.message(test);
        let verdict = decide_interactive(pair.ended_first, accepted, outcome, || message)?;
        let (run_result, feedback) = combined.into_run_result(verdict, usage);
        let run_result = run_result
            .with_activity(pair.submission.activity)
            .with_violation(evidence);
        Ok((run_result.with_stderr(pair.submission.stderr), feedback))
    }
}

/// Returns the ends of the output of a program that was ended for a violation.
fn violation_output(result: &mut RunResult) -> Option<ProgramOutput> {
    let violation = result.outcome.violation()?;
    Some(ProgramOutput {
        violation,
        call: result.denied_call.clone(),
        stdout: output_ends(result.stdout.as_mut()),
        stderr: output_ends(result.stderr.as_mut()),
    })
}

/// Captures standard error on public tests, for the author. On secret tests it could give their data
/// away.
fn stderr_target(test: &TestCase) -> StreamTarget<'static> {
    if test.is_sample {
        StreamTarget::Captured
    } else {
        StreamTarget::Null
    }
}

fn open_files(test: &TestCase) -> Result<Vec<WorkspaceFile>, EngineError> {
    let open = |file: &letscode_package::ProgramFile| {
        WorkspaceFile::open(file.name.clone(), &file.path).map_err(|source| EngineError::TestData {
            path: file.path.clone(),
            source,
        })
    };
    test.files.iter().map(open).collect()
}

fn largest(a: ResourceUsage, b: ResourceUsage) -> ResourceUsage {
    ResourceUsage {
        cpu_time: a.cpu_time.max(b.cpu_time),
        wall_time: a.wall_time.max(b.wall_time),
        starved_time: a.starved_time.max(b.starved_time),
        memory_bytes: a.memory_bytes.max(b.memory_bytes),
    }
}

fn captured_output(output: Option<File>, test: &TestCase) -> Result<File, EngineError> {
    output.ok_or_else(|| EngineError::TestData {
        path: test.answer.clone(),
        source: std::io::Error::other("no output was captured"),
    })
}

fn compare(
    checker: &DefaultChecker,
    test: &TestCase,
    output: Option<File>,
) -> Result<CheckResult, EngineError> {
    let answer_error = |source| EngineError::TestData {
        path: test.answer.clone(),
        source,
    };
    let output = captured_output(output, test)?;
    let answer = BufReader::new(File::open(&test.answer).map_err(answer_error)?);
    let compared = checker
        .check(answer, BufReader::new(output))
        .map_err(answer_error)?;
    Ok(match compared {
        Ok(()) => CheckResult::Correct,
        Err(difference) => CheckResult::Wrong(difference.to_string()),
    })
}
