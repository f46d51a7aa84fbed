//! Judges a submission: compiles once, walks the package's groups, runs each test in its own cell.

use std::fs::File;
use std::io::BufReader;

use letscode_model::{Judgement, LanguageId, TestResult, Verdict, VerdictSummary};
use letscode_package::{GroupItem, OnReject, Package, TestCase, Validation};

use crate::Engine;
use crate::checker::DefaultChecker;
use crate::compile::Executable;
use crate::decide::{Check, decide};
use crate::engine::EngineError;
use crate::language::Language;
use crate::run::{milliseconds, open_input, run_limits};
use crate::score::{Graded, grade_group, grade_test};

/// What is to be judged.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    pub package: &'a Package,
    pub language: &'a LanguageId,
    pub source: &'a [u8],
    /// Only the public samples.
    pub samples_only: bool,
    pub thoroughness: Thoroughness,
}

/// Which tests are run once one has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thoroughness {
    /// As the package's groups say: most stop at the first failure.
    #[default]
    AsPackaged,
    /// Every test, whatever happens.
    All,
}

/// Is told how judging goes on, from the thread that judges.
pub trait Observer {
    fn compiling(&mut self) {}
    fn running(&mut self) {}
    fn tested(&mut self, _result: &TestResult) {}
}

/// Nobody listens.
pub struct Silent;

impl Observer for Silent {}

impl Engine {
    /// One complete evaluation. An error means that it could not be judged: the caller records an
    /// Internal Error, or tells the person who asked.
    pub fn judge(
        &self,
        evaluation: &Evaluation<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Judgement, EngineError> {
        refuse_unsupported(evaluation.package)?;
        let language = self.language(evaluation.language)?;
        observer.compiling();
        let compilation = self.compile(language, evaluation.source)?;
        let Some(executable) = &compilation.executable else {
            return Ok(compilation_error(evaluation, compilation.message));
        };
        observer.running();
        let mut walk = Walk {
            engine: self,
            evaluation,
            language,
            executable,
            observer,
            results: Vec::new(),
        };
        let graded = walk.group(0)?;
        let results = walk.results;
        Ok(Judgement {
            verdict: summary(evaluation, graded, &results),
            test_results: results,
            compiler_output: compilation.message,
            internal_error: None,
        })
    }
}

fn refuse_unsupported(package: &Package) -> Result<(), EngineError> {
    match &package.validation {
        Validation::Default => Ok(()),
        Validation::Custom(_) => Err(EngineError::Unsupported(format!(
            "{}: the package brings its own output validator, which this version can't run yet",
            package.id
        ))),
    }
}

fn compilation_error(evaluation: &Evaluation<'_>, message: String) -> Judgement {
    let graded = Graded {
        verdict: Verdict::CompilationError,
        score: 0.0,
    };
    Judgement {
        verdict: summary(evaluation, graded, &[]),
        test_results: Vec::new(),
        compiler_output: message,
        internal_error: None,
    }
}

fn summary(evaluation: &Evaluation<'_>, graded: Graded, results: &[TestResult]) -> VerdictSummary {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let data = &evaluation.package.data;
    let total = match evaluation.samples_only {
        true => data.samples().count(),
        false => data.tests.len(),
    };
    VerdictSummary {
        status: graded.verdict,
        passed_tests: count(results.iter().filter(|result| result.passed).count()),
        total_tests: count(total),
        max_time: results
            .iter()
            .map(|result| result.execution_time)
            .fold(0.0, f64::max),
        max_memory: results
            .iter()
            .map(|result| result.memory_used)
            .max()
            .unwrap_or(0),
        score: (evaluation.package.scoring && !evaluation.samples_only).then_some(graded.score),
    }
}

struct Walk<'a> {
    engine: &'a Engine,
    evaluation: &'a Evaluation<'a>,
    language: &'a Language,
    executable: &'a Executable,
    observer: &'a mut dyn Observer,
    results: Vec<TestResult>,
}

impl Walk<'_> {
    fn group(&mut self, index: usize) -> Result<Graded, EngineError> {
        let package = self.evaluation.package;
        let group = &package.data.groups[index];
        let mut counted = Vec::new();
        for item in &group.items {
            let graded = match *item {
                GroupItem::Group(inner) if self.is_left_out(inner) => continue,
                GroupItem::Group(inner) => self.group(inner)?,
                GroupItem::Test(test) => {
                    grade_test(self.test(&package.data.tests[test])?, &group.settings)
                }
            };
            let ignored = match *item {
                GroupItem::Group(inner) => self.is_ignored_sample(index, inner),
                GroupItem::Test(_) => false,
            };
            if !ignored {
                counted.push(graded);
            }
            let stops = self.evaluation.thoroughness == Thoroughness::AsPackaged
                && group.settings.on_reject == OnReject::Break;
            if graded.verdict != Verdict::Accepted && stops {
                break;
            }
        }
        Ok(grade_group(group, &counted))
    }

    fn is_left_out(&self, group: usize) -> bool {
        let name = &self.evaluation.package.data.groups[group].name;
        self.evaluation.samples_only && name.starts_with("secret")
    }

    /// Where the package says that samples don't count they still run, for the author to see;
    /// unless nothing but the samples was asked for.
    fn is_ignored_sample(&self, parent: usize, group: usize) -> bool {
        let groups = &self.evaluation.package.data.groups;
        groups[parent].settings.grader.ignore_sample
            && groups[group].name == "sample"
            && !self.evaluation.samples_only
    }

    fn test(&mut self, test: &TestCase) -> Result<Verdict, EngineError> {
        let limits = &self.evaluation.package.limits;
        let limits = run_limits(
            limits.time.duration,
            limits.memory_bytes,
            limits.output_bytes,
        );
        let checker = DefaultChecker::parse(&test.output_validator_args).map_err(|error| {
            let test = test.name.clone();
            EngineError::CheckerArgs { test, error }
        })?;
        let stdin = open_input(&test.input)?;
        let finished = self
            .engine
            .run_once(self.language, self.executable, &stdin, limits)?;
        let (verdict, message) =
            decide(finished.outcome, || check(&checker, test, finished.stdout))?;
        let result = TestResult {
            test_case_number: test.number,
            passed: verdict == Verdict::Accepted,
            verdict,
            execution_time: milliseconds(finished.usage.cpu_time),
            memory_used: finished.usage.memory_bytes,
            wall_time: milliseconds(finished.usage.wall_time),
            is_sample: test.is_sample,
            message,
        };
        self.observer.tested(&result);
        self.results.push(result);
        Ok(verdict)
    }
}

fn check(
    checker: &DefaultChecker,
    test: &TestCase,
    output: Option<File>,
) -> Result<Check, EngineError> {
    let at_answer = |source| EngineError::TestData {
        path: test.answer.clone(),
        source,
    };
    let output =
        output.ok_or_else(|| at_answer(std::io::Error::other("no output was captured")))?;
    let answer = BufReader::new(File::open(&test.answer).map_err(at_answer)?);
    let checked = checker
        .check(answer, BufReader::new(output))
        .map_err(at_answer)?;
    Ok(match checked {
        Ok(()) => Check::Right,
        Err(difference) => Check::Wrong(difference.to_string()),
    })
}
