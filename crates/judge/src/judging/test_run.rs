//! One submission on one test: its passes, and its repeats where the time is close to the limit.

use std::fs::File;
use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::time::Duration;

use letscode_model::Verdict;
use letscode_package::{CustomValidation, Package, TestCase, Validation};
use letscode_sandbox::{Limits, Outcome, ResourceUsage, RunResult, StdStream, sealed_copy};

use crate::Engine;
use crate::check::checker::DefaultChecker;
use crate::check::validator::{Feedback, InputOf, Points, Question, Said, Validator};
use crate::compile::compiler::Executable;
use crate::compile::sources::CellFile;
use crate::engine::EngineError;
use crate::judging::cores::Core;
use crate::judging::program_run::{Run, run_limits};
use crate::language::Language;
use crate::verdict::decide::{Check, Verdicted, decide, decide_interactive};

/// How often a run that ended just above the limit is done again.
const REPEATS: u32 = 2;
/// Up to where above the limit that is.
const CLOSE: f64 = 1.1;
/// From which part of the limit on a program computes rather than waits.
const COMPUTES: f64 = 0.25;
/// How much longer the wall clock may go for a program that was kept from computing.
const PATIENCE: u32 = 5;

/// What a package's tests are tried with.
pub(crate) struct Trial<'a> {
    engine: &'a Engine,
    package: &'a Package,
    language: &'a Language,
    executable: &'a Executable,
    time_limit: Duration,
    checking: Checking<'a>,
}

/// Who says whether an output is right.
enum Checking<'a> {
    Default,
    Custom(&'a CustomValidation, Vec<Validator<'a>>),
}

/// What became of one test.
#[derive(Debug)]
pub(crate) struct Tried {
    pub verdict: Verdict,
    /// For everybody: holds nothing of the test's data.
    pub message: Option<String>,
    /// For the jury: what the validator said.
    pub for_jury: String,
    pub points: Points,
    pub usage: ResourceUsage,
}

impl<'a> Trial<'a> {
    pub fn new(
        engine: &'a Engine,
        package: &'a Package,
        language: &'a Language,
        executable: &'a Executable,
        time_limit: Duration,
    ) -> Result<Self, EngineError> {
        let checking = match &package.validation {
            Validation::Default => Checking::Default,
            Validation::Custom(custom) => {
                Checking::Custom(custom, engine.prepare_validators(package, custom)?)
            }
        };
        Ok(Trial {
            engine,
            package,
            language,
            executable,
            time_limit,
            checking,
        })
    }

    /// What became of a test whose turn it is.
    pub fn test(&self, test: &TestCase, core: Core<'_>) -> Result<Tried, EngineError> {
        let tried = self.attempt(test, 1)?;
        let beside_ahead = core.was_beside_ahead();
        drop(core);
        match beside_ahead {
            true => self.confirm_ahead(test, tried),
            false => self.confirm(test, tried),
        }
    }

    /// One attempt before the test's turn: to be confirmed when it comes.
    pub fn test_ahead(&self, test: &TestCase) -> Result<Tried, EngineError> {
        self.attempt(test, 1)
    }

    /// A time that was measured beside runs before their turn is no reason to refuse a program: too slow
    /// is only what is too slow on a core of its own.
    pub fn confirm_ahead(&self, test: &TestCase, mut tried: Tried) -> Result<Tried, EngineError> {
        if tried.verdict == Verdict::TimeLimitExceeded {
            let _core = self.engine.cores.take_alone();
            tried = self.attempt(test, 1)?;
        }
        self.confirm(test, tried)
    }

    /// The smallest CPU time of all attempts counts: what a busy machine adds is never the
    /// program's.
    fn confirm(&self, test: &TestCase, mut best: Tried) -> Result<Tried, EngineError> {
        for _ in 0..REPEATS {
            if best.verdict != Verdict::TimeLimitExceeded {
                break;
            }
            let _core = self.engine.cores.take_alone();
            if self.was_starved(&best.usage) {
                best = self.attempt(test, PATIENCE)?;
            } else if self.is_close(&best.usage) {
                let again = self.attempt(test, 1)?;
                if again.usage.cpu_time < best.usage.cpu_time {
                    best = again;
                }
            } else {
                break;
            }
        }
        Ok(best)
    }

    fn is_close(&self, usage: &ResourceUsage) -> bool {
        usage.cpu_time > self.time_limit && usage.cpu_time <= self.time_limit.mul_f64(CLOSE)
    }

    /// Ended by the wall clock, and not because it waited: it computed for a good part of its
    /// time, on a machine that had no more to give.
    fn was_starved(&self, usage: &ResourceUsage) -> bool {
        usage.cpu_time <= self.time_limit && usage.cpu_time > self.time_limit.mul_f64(COMPUTES)
    }

    /// All passes of one attempt; one, unless the problem has several.
    fn attempt(&self, test: &TestCase, patience: u32) -> Result<Tried, EngineError> {
        let limits = &self.package.limits;
        let (multi_pass, passes) = match self.package.validation.is_multi_pass() {
            true => (true, limits.validation_passes),
            false => (false, 1),
        };
        let files = test
            .files
            .iter()
            .map(|file| CellFile::open(file.name.clone(), &file.path))
            .collect::<Result<Vec<_>, _>>()?;
        let cell_limits = run_limits(
            self.time_limit.mul_f64(CLOSE),
            limits.memory_bytes,
            limits.output_bytes,
        );
        let cell_limits = Limits {
            wall_time: cell_limits.wall_time * patience,
            ..cell_limits
        };
        let run = Run {
            args: &test.args,
            files: &files,
            ..Run::new(self.language, self.executable, cell_limits)
        };
        let mut input = InputOf::Test(&test.input);
        let mut feedback = Feedback::default();
        let mut usage = ResourceUsage::default();
        for _ in 0..passes {
            let (mut tried, left) = self.pass(&run, test, &input, &feedback)?;
            usage = largest(usage, tried.usage);
            tried.usage = usage;
            feedback = left;
            let next = match multi_pass {
                true => feedback.take_next_pass(),
                false => None,
            };
            match (tried.verdict, next) {
                (Verdict::Accepted, Some(next)) => input = InputOf::NextPass(next),
                (Verdict::WrongAnswer, Some(_)) => {
                    let reason = "it rejects, and asks for a next pass";
                    return Err(self.fault(test, reason));
                }
                _ => return Ok(tried),
            }
        }
        let reason = format!("it asks for more than {passes} passes (limits.validation_passes)");
        Err(self.fault(test, &reason))
    }

    pub fn fault(&self, test: &TestCase, reason: &str) -> EngineError {
        match &self.checking {
            Checking::Custom(_, validators) if !validators.is_empty() => {
                validators[0].fault(&test.name, reason)
            }
            _ => EngineError::Unsupported(reason.to_owned()),
        }
    }

    fn pass(
        &self,
        run: &Run<'_>,
        test: &TestCase,
        input: &InputOf<'_>,
        feedback: &Feedback,
    ) -> Result<(Tried, Feedback), EngineError> {
        let question = Question {
            test: &test.name,
            input,
            answer: &test.answer,
            args: &test.output_validator_args,
            limits: &self.package.limits,
            feedback,
        };
        match &self.checking {
            Checking::Custom(custom, validators) if custom.interactive => {
                self.interactive(run, test, &validators[0], &question)
            }
            Checking::Custom(_, validators) => self.checked(run, test, validators, &question),
            Checking::Default => self.compared(run, test),
        }
    }

    fn run(&self, run: &Run<'_>, input: &InputOf<'_>) -> Result<RunResult, EngineError> {
        let doing = "copying the input";
        let stdin: OwnedFd = sealed_copy("input", input.open()?)
            .map_err(|source| EngineError::Io { doing, source })?;
        let mut finished = self.engine.run_alone(run, &stdin, StdStream::Null)?;
        finished.outcome = self.in_time(&finished);
        Ok(finished)
    }

    /// A cell lets a program go on a little above the limit; what counts is the limit.
    fn in_time(&self, finished: &RunResult) -> Outcome {
        let too_slow = finished.usage.cpu_time > self.time_limit;
        match finished.outcome {
            Outcome::Exited { .. } | Outcome::Signaled { .. } if too_slow => {
                Outcome::CpuTimeExceeded
            }
            outcome => outcome,
        }
    }

    fn compared(&self, run: &Run<'_>, test: &TestCase) -> Result<(Tried, Feedback), EngineError> {
        let checker = DefaultChecker::parse(&test.output_validator_args).map_err(|error| {
            let test = test.name.clone();
            EngineError::CheckerArgs { test, error }
        })?;
        let finished = self.run(run, &InputOf::Test(&test.input))?;
        let usage = finished.usage;
        let verdicted = decide(finished.outcome, || {
            compare(&checker, test, finished.stdout)
        })?;
        Ok((Tried::new(verdicted, usage), Feedback::default()))
    }

    fn checked(
        &self,
        run: &Run<'_>,
        test: &TestCase,
        validators: &[Validator<'_>],
        question: &Question<'_>,
    ) -> Result<(Tried, Feedback), EngineError> {
        let finished = self.run(run, question.input)?;
        let usage = finished.usage;
        let mut said = Heard::default();
        let verdicted = decide(finished.outcome, || {
            let output = captured(finished.stdout, test)?;
            for validator in validators {
                let (one, left) = validator.check(self.engine, question, &output)?;
                said.hear(one, left);
                if one == Said::Wrong {
                    return Ok(Check::Wrong(said.message(test)));
                }
            }
            Ok::<_, EngineError>(Check::Right)
        })?;
        Ok(said.into_tried(verdicted, usage))
    }

    fn interactive(
        &self,
        run: &Run<'_>,
        test: &TestCase,
        validator: &Validator<'_>,
        question: &Question<'_>,
    ) -> Result<(Tried, Feedback), EngineError> {
        let ended = self.engine.interact(run, validator, question)?;
        let outcome = self.in_time(&ended.submission);
        let usage = ended.submission.usage;
        let understood = validator.understand(question, ended.validator);
        let (end, said) = match understood {
            Ok((one, left)) => {
                let mut said = Heard::default();
                said.hear(one, left);
                (Ok(matches!(one, Said::Right(_))), said)
            }
            Err(fault) => (Err(fault), Heard::default()),
        };
        let message = said.message(test);
        let verdicted = decide_interactive(ended.first, end, outcome, || message)?;
        Ok(said.into_tried(verdicted, usage))
    }
}

/// What the validators of one output said.
#[derive(Default)]
struct Heard {
    points: Option<Points>,
    feedback: Feedback,
}

impl Heard {
    fn hear(&mut self, said: Said, feedback: Feedback) {
        if let Said::Right(points) = said
            && self.points.is_none_or(|known| known == Points::AsPackaged)
        {
            self.points = Some(points);
        }
        self.feedback = feedback;
    }

    /// What the validator said of a public test. It has read the secret ones, so what it says of
    /// them is for the jury alone.
    fn message(&self, test: &TestCase) -> String {
        let said = match test.is_sample {
            true => self.feedback.for_jury(),
            false => String::new(),
        };
        match said.is_empty() {
            true => "the output validator rejects it".to_owned(),
            false => said,
        }
    }

    fn into_tried(self, verdicted: Verdicted, usage: ResourceUsage) -> (Tried, Feedback) {
        let tried = Tried {
            for_jury: self.feedback.for_jury(),
            points: self.points.unwrap_or(Points::AsPackaged),
            ..Tried::new(verdicted, usage)
        };
        (tried, self.feedback)
    }
}

impl Tried {
    fn new((verdict, message): Verdicted, usage: ResourceUsage) -> Self {
        Tried {
            verdict,
            message,
            for_jury: String::new(),
            points: Points::AsPackaged,
            usage,
        }
    }
}

fn largest(one: ResourceUsage, other: ResourceUsage) -> ResourceUsage {
    ResourceUsage {
        cpu_time: one.cpu_time.max(other.cpu_time),
        wall_time: one.wall_time.max(other.wall_time),
        memory_bytes: one.memory_bytes.max(other.memory_bytes),
    }
}

fn captured(output: Option<File>, test: &TestCase) -> Result<File, EngineError> {
    output.ok_or_else(|| EngineError::TestData {
        path: test.answer.clone(),
        source: std::io::Error::other("no output was captured"),
    })
}

fn compare(
    checker: &DefaultChecker,
    test: &TestCase,
    output: Option<File>,
) -> Result<Check, EngineError> {
    let at_answer = |source| EngineError::TestData {
        path: test.answer.clone(),
        source,
    };
    let output = captured(output, test)?;
    let answer = BufReader::new(File::open(&test.answer).map_err(at_answer)?);
    let checked = checker
        .check(answer, BufReader::new(output))
        .map_err(at_answer)?;
    Ok(match checked {
        Ok(()) => Check::Right,
        Err(difference) => Check::Wrong(difference.to_string()),
    })
}
