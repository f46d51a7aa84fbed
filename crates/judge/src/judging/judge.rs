//! Judges a submission: compiles once, walks the package's groups, runs each test in its own cell.
//!
//! The walk is sequential and decides everything; tests that it will come to may have been run already
//! on cores that were idle (`ahead.rs`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use letscode_model::{Judgement, LanguageId, TestResult, Verdict, VerdictSummary};
use letscode_package::{GroupItem, OnReject, Package, PackageFormat, TestCase, TestGroup};

use crate::Engine;
use crate::compile::compiler::{Compilation, CompileBounds, Executable, uncompiled};
use crate::compile::sources::Sources;
use crate::engine::EngineError;
use crate::execute::priority::Urgency;
use crate::judging::cores::Cores;
use crate::judging::program_run::milliseconds;
use crate::judging::speculative::{Ahead, Found};
use crate::judging::test_run::{Trial, Tried};
use crate::jury::calibrate::UNLIMITED;
use crate::language::Language;
use crate::verdict::score::{Graded, grade_group, grade_problem, grade_test};

/// What is to be judged.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    pub package: &'a Package,
    pub language: &'a LanguageId,
    pub sources: &'a Sources,
    /// Instead of the package's own.
    pub time_limit: Option<Duration>,
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
    /// It is decided. Comes as soon as that is so, perhaps a while before [`Engine::judge`] returns.
    fn judged(&mut self, _judgement: &Judgement) {}
    /// What the package's validator said of a test. It may tell the test's data: for the jury only.
    fn validator_said(&mut self, _result: &TestResult, _words: &str) {}
}

/// Nobody listens.
pub struct Silent;

impl Observer for Silent {}

impl Engine {
    /// One complete evaluation. An error means that it could not be judged: the caller records an
    /// Internal Error, or tells the person who asked.
    ///
    /// Tests may be run ahead on idle cores; what comes out, and what the observer is told, is as if
    /// they were run one by one.
    pub fn judge(
        &self,
        evaluation: &Evaluation<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Judgement, EngineError> {
        let package = evaluation.package;
        let language = self.language(evaluation.language)?;
        observer.compiling();
        let core = self.cores.take();
        let time_limit = evaluation
            .time_limit
            .unwrap_or(package.limits.time.duration);
        let trial_of = |executable| Trial::new(self, package, language, executable, time_limit);
        let as_it_is = self.as_it_is(evaluation, language)?;
        if let Some(executable) = &as_it_is
            && let Ok(trial) = trial_of(executable)
        {
            let compiling = || {
                let compiled = self.compile_submission(evaluation, language, Urgency::due());
                drop(core);
                compiled
            };
            return self.walk(
                evaluation,
                &trial,
                Words::Awaited(Box::new(compiling)),
                observer,
            );
        }
        let compilation = self.compile_submission(evaluation, language, Urgency::due())?;
        drop(core);
        let Some(executable) = &compilation.executable else {
            return Ok(compilation_error(evaluation, compilation.message, observer));
        };
        match trial_of(executable) {
            Ok(trial) => {
                let words = Words::Said(compilation.message);
                self.walk(evaluation, &trial, words, observer)
            }
            Err(error) => {
                let judgement = fault(evaluation, error, Vec::new(), compilation.message)?;
                observer.judged(&judgement);
                Ok(judgement)
            }
        }
    }

    /// Compiles what may be judged soon, so that judging it begins with its runs. Answers whether it did:
    /// not where every core is busy, and not for an interpreter, which is asked in no time.
    pub fn compile_ahead(&self, evaluation: &Evaluation<'_>) -> Result<bool, EngineError> {
        let language = self.language(evaluation.language)?;
        if language.compile.output.is_none() {
            return Ok(false);
        }
        let Some(_core) = self.cores.take_idle() else {
            return Ok(false);
        };
        // Gives way to whatever is due, until somebody submits just this.
        self.compile_submission(evaluation, language, Urgency::ahead())
            .map(|_| true)
    }

    fn walk<'a>(
        &self,
        evaluation: &'a Evaluation<'a>,
        trial: &'a Trial<'a>,
        words: Words<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Judgement, EngineError> {
        let run = |test: &TestCase| trial.test_ahead(test);
        let ahead = Ahead::new(&self.cores, order(evaluation), &run);
        thread::scope(|scope| {
            let end = ahead.until_dropped();
            let compiler_output = match words {
                Words::Said(words) => words,
                Words::Awaited(compile) => {
                    ahead.fill(scope);
                    let compilation = compile()?;
                    if compilation.executable.is_none() {
                        drop(end);
                        return Ok(compilation_error(evaluation, compilation.message, observer));
                    }
                    compilation.message
                }
            };
            observer.running();
            let mut walk = Walk {
                cores: &self.cores,
                trial,
                ahead: &ahead,
                scope,
                evaluation,
                observer,
                results: Vec::new(),
                verdicts: BTreeMap::new(),
            };
            let walked = walk.group(0);
            let results = walk.results;
            drop(end);
            let judgement = match walked {
                Ok(graded) => Judgement {
                    verdict: summary(evaluation, total(evaluation, graded), &results),
                    test_results: results,
                    compiler_output,
                    internal_error: None,
                },
                Err(error) => fault(evaluation, error, results, compiler_output)?,
            };
            // Before what was begun in vain has ended.
            observer.judged(&judgement);
            Ok(judgement)
        })
    }

    /// The program of an interpreter, which needs no compiler.
    fn as_it_is(
        &self,
        evaluation: &Evaluation<'_>,
        language: &Language,
    ) -> Result<Option<Executable>, EngineError> {
        match evaluation.is_too_large() {
            true => Ok(None),
            false => uncompiled(language, &*evaluation.with_includes(language)?),
        }
    }

    fn compile_submission(
        &self,
        evaluation: &Evaluation<'_>,
        language: &Language,
        urgency: Urgency,
    ) -> Result<Compilation, EngineError> {
        let limits = &evaluation.package.limits;
        if evaluation.is_too_large() {
            let (size, most) = (evaluation.sources.size_bytes(), limits.code_bytes);
            return Ok(Compilation::refused(format!(
                "the source has {size} bytes, and this problem takes at most {most}\n"
            )));
        }
        let sources = evaluation.with_includes(language)?;
        let bounds = CompileBounds {
            time: limits.compilation_time,
            memory_bytes: limits.compilation_memory_bytes,
        };
        self.compile_with(language, &sources, bounds, urgency)
    }
}

/// A validator's fault is a judgement, with what was judged before it: the package has a mistake,
/// and its author wants to know where. Any other fault is the caller's to handle.
fn fault(
    evaluation: &Evaluation<'_>,
    error: EngineError,
    results: Vec<TestResult>,
    compiler_output: String,
) -> Result<Judgement, EngineError> {
    if !matches!(error, EngineError::Validator { .. }) {
        return Err(error);
    }
    let graded = Graded {
        verdict: Verdict::InternalError,
        score: 0.0,
    };
    Ok(Judgement {
        verdict: summary(evaluation, graded, &results),
        test_results: results,
        compiler_output,
        internal_error: Some(error.to_string()),
    })
}

/// What a compiler says of the program that is judged.
enum Words<'a> {
    Said(String),
    /// Nothing is made of the sources, so tests may be run ahead while somebody looks whether they can be
    /// compiled. Until that is known nobody is told of them.
    Awaited(Box<dyn FnOnce() -> Result<Compilation, EngineError> + 'a>),
}

fn compilation_error(
    evaluation: &Evaluation<'_>,
    message: String,
    observer: &mut dyn Observer,
) -> Judgement {
    let graded = Graded {
        verdict: Verdict::CompilationError,
        score: 0.0,
    };
    let judgement = Judgement {
        verdict: summary(evaluation, graded, &[]),
        test_results: Vec::new(),
        compiler_output: message,
        internal_error: None,
    };
    observer.judged(&judgement);
    judgement
}

fn total(evaluation: &Evaluation<'_>, root: Graded) -> Graded {
    let package = evaluation.package;
    match package.scoring && !evaluation.samples_only {
        true => grade_problem(root, &package.grading, &package.data),
        false => root,
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

/// The tests in the order in which the walk comes to them if none fails; none where a time limit is
/// being measured.
fn order<'a>(evaluation: &Evaluation<'a>) -> Vec<&'a TestCase> {
    fn collect<'a>(evaluation: &Evaluation<'a>, index: usize, found: &mut Vec<&'a TestCase>) {
        let data = &evaluation.package.data;
        for item in &data.groups[index].items {
            match *item {
                GroupItem::Group(inner) if evaluation.leaves_out(inner) => {}
                GroupItem::Group(inner) => collect(evaluation, inner, found),
                GroupItem::Test(test) => found.push(&data.tests[test]),
            }
        }
    }
    let mut found = Vec::new();
    if !evaluation.measures_limit() {
        collect(evaluation, 0, &mut found);
    }
    found
}

impl Evaluation<'_> {
    fn is_too_large(&self) -> bool {
        self.sources.size_bytes() > self.package.limits.code_bytes
    }

    /// The sources with what the package adds to them.
    fn with_includes(&self, language: &Language) -> Result<Cow<'_, Sources>, EngineError> {
        let included = self.package.includes.files_for(language);
        Ok(match included.is_empty() {
            true => Cow::Borrowed(self.sources),
            false => Cow::Owned({
                let constants = &self.package.constants;
                self.sources.clone().with(&included, constants)?
            }),
        })
    }

    /// Its times become a limit.
    fn measures_limit(&self) -> bool {
        self.time_limit == Some(UNLIMITED)
    }

    fn leaves_out(&self, group: usize) -> bool {
        let name = &self.package.data.groups[group].name;
        self.samples_only && name.starts_with("secret")
    }
}

struct Walk<'a, 'scope, 'env, 'o> {
    cores: &'scope Cores,
    trial: &'scope Trial<'a>,
    ahead: &'scope Ahead<'scope, Result<Tried, EngineError>>,
    scope: &'scope thread::Scope<'scope, 'env>,
    evaluation: &'a Evaluation<'a>,
    observer: &'o mut dyn Observer,
    results: Vec<TestResult>,
    /// Of tests and groups that are judged already, for those that require them.
    verdicts: BTreeMap<&'a str, Verdict>,
}

impl<'a> Walk<'a, '_, '_, '_> {
    fn group(&mut self, index: usize) -> Result<Graded, EngineError> {
        let data = &self.evaluation.package.data;
        let group = &data.groups[index];
        let lazy = self.evaluation.thoroughness == Thoroughness::AsPackaged;
        let failed_before = self.missing_requirement(group);
        if let Some(verdict) = failed_before.filter(|_| lazy) {
            return Ok(self.remember(
                &group.name,
                Graded {
                    verdict,
                    score: 0.0,
                },
            ));
        }
        let mut counted = Vec::new();
        let mut ignored_sample = None;
        for item in &group.items {
            let graded = match *item {
                GroupItem::Group(inner) if self.evaluation.leaves_out(inner) => continue,
                GroupItem::Group(inner) => self.group(inner)?,
                GroupItem::Test(test) => self.test(&data.tests[test], group)?,
            };
            let ignored = match *item {
                GroupItem::Group(inner) => self.is_ignored_sample(index, inner),
                GroupItem::Test(_) => false,
            };
            match ignored {
                true => ignored_sample = Some(graded),
                false => counted.push(graded),
            }
            let stops = lazy && group.settings.on_reject == OnReject::Break;
            if graded.verdict != Verdict::Accepted && stops {
                break;
            }
        }
        // Where nothing came after it, a sample is all that there is to say.
        if counted.is_empty() {
            counted.extend(ignored_sample);
        }
        let mut graded = grade_group(group, data, &counted);
        if failed_before.is_some() || self.gives_no_points(group) {
            graded.score = 0.0;
        }
        Ok(self.remember(&group.name, graded))
    }

    fn remember(&mut self, name: &'a str, graded: Graded) -> Graded {
        self.verdicts.insert(name, graded.verdict);
        graded
    }

    /// The verdict of the first test or group that had to be accepted before this group, and was
    /// not.
    fn missing_requirement(&self, group: &TestGroup) -> Option<Verdict> {
        let required = group
            .settings
            .scoring
            .iter()
            .flat_map(|one| &one.require_pass);
        let verdicts = required.map(|name| {
            let known = self.verdicts.get(name.trim_end_matches('/'));
            // What was not judged has not passed.
            known.copied().unwrap_or(Verdict::WrongAnswer)
        });
        verdicts
            .into_iter()
            .find(|verdict| *verdict != Verdict::Accepted)
    }

    /// In the formats since 2023-07 only secret data are worth points.
    fn gives_no_points(&self, group: &TestGroup) -> bool {
        let package = self.evaluation.package;
        package.format == PackageFormat::Draft && package.scoring && group.name == "sample"
    }

    /// Where the package says that samples don't count they still run, for the author to see;
    /// unless nothing but the samples was asked for.
    fn is_ignored_sample(&self, parent: usize, group: usize) -> bool {
        let groups = &self.evaluation.package.data.groups;
        groups[parent].settings.grader.ignore_sample
            && groups[group].name == "sample"
            && !self.evaluation.samples_only
    }

    fn test(&mut self, test: &'a TestCase, group: &TestGroup) -> Result<Graded, EngineError> {
        let found = match self.evaluation.measures_limit() {
            true => Found::Due(self.cores.take_alone()),
            false => self.ahead.come_to(test, self.scope),
        };
        let tried = match found {
            Found::Due(core) => self.trial.test(test, core)?,
            Found::Done(tried) => self.trial.confirm_ahead(test, tried?)?,
        };
        let result = TestResult {
            test_case_number: test.number,
            passed: tried.verdict == Verdict::Accepted,
            verdict: tried.verdict,
            execution_time: milliseconds(tried.usage.cpu_time),
            memory_used: tried.usage.memory_bytes,
            wall_time: milliseconds(tried.usage.wall_time),
            is_sample: test.is_sample,
            message: tried.message,
        };
        self.observer.tested(&result);
        if !tried.for_jury.is_empty() {
            self.observer.validator_said(&result, &tried.for_jury);
        }
        self.results.push(result);
        let data = &self.evaluation.package.data;
        let graded = grade_test(tried.verdict, tried.points, group, data)
            .map_err(|reason| self.trial.fault(test, &reason))?;
        Ok(self.remember(&test.name, graded))
    }
}
