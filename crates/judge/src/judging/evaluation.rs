use std::borrow::Cow;
use std::time::Duration;

use letscode_languages::Language;
use letscode_model::{
    DeniedCall, Judgement, LanguageId, OutputExcerpt, StageReport, TestResult, ViolationKind,
};
use letscode_package::{GroupItem, Package, TestCase};

use crate::compile::sources::Sources;
use crate::error::{DeniedCheck, EngineError};
use crate::execute::cancel::CancelToken;
use crate::execute::priority::Priority;

/// Time limit of an accepted solution while the limit is being measured. Such runs have a core of
/// their own each, and nothing is run speculatively beside them.
pub(crate) const CALIBRATION_LIMIT: Duration = Duration::from_secs(100);

/// One submission, and how it is to be judged.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    pub package: &'a Package,
    pub language: &'a LanguageId,
    pub sources: &'a Sources,
    /// Replaces the package's own.
    pub time_limit: Option<Duration>,
    /// Only the public samples.
    pub samples_only: bool,
    pub thoroughness: Thoroughness,
    pub priority: Priority,
    /// Ends the evaluation early, with [`EngineError::Cancelled`].
    pub cancel: Option<&'a CancelToken>,
}

/// Tests that are run after one has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thoroughness {
    /// As the package's groups say: most stop at the first failure.
    #[default]
    AsPackaged,
    /// All tests.
    All,
}

/// Progress of an evaluation. Events come in this order, from the thread that judges.
#[derive(Debug, Clone)]
pub enum JudgeEvent {
    Compiling,
    /// The compiler was ended for a denied call: the program's fault.
    CompilerDenied(StageReport),
    /// The tests begin, of which there are so many.
    Running {
        total_tests: u32,
    },
    Tested(TestReport),
    /// The package's checker was ended for a denied call.
    CheckerDenied(DeniedCheck),
    /// The judgement is final. Comes as soon as that is so, perhaps a while before
    /// [`crate::Engine::judge`] returns.
    Judged(Judgement),
}

/// One test of an evaluation.
#[derive(Debug, Clone)]
pub struct TestReport {
    pub result: TestResult,
    /// Messages of the package's validators. They may quote the test's data: for the jury only.
    pub jury_message: String,
    /// Output of a program that was ended for a violation; its verdict may be another, if a validator
    /// had decided before.
    pub output: Option<ProgramOutput>,
}

/// The rule that a program broke, and the ends of what it wrote.
#[derive(Debug, Clone)]
pub struct ProgramOutput {
    pub violation: ViolationKind,
    /// The call that it was denied, where the kernel can say which one it was.
    pub call: Option<DeniedCall>,
    pub stdout: OutputExcerpt,
    /// Empty where it was not captured.
    pub stderr: OutputExcerpt,
}

/// A program that was compiled before it was submitted.
#[derive(Debug, Clone)]
pub struct DraftCompilation {
    /// The compiler's run, if it was ended for a denied call.
    pub denied: Option<StageReport>,
}

/// Receives the events of an evaluation.
pub type EventSink<'a> = dyn FnMut(JudgeEvent) + 'a;

impl<'a> Evaluation<'a> {
    pub(crate) fn is_too_large(&self) -> bool {
        self.sources.size_bytes() > self.package.limits.code_bytes
    }

    /// Returns the sources with the files that the package adds to them.
    pub(crate) fn all_sources(&self, language: &Language) -> Result<Cow<'_, Sources>, EngineError> {
        let included = self.package.includes.files_for(language);
        if included.is_empty() {
            return Ok(Cow::Borrowed(self.sources));
        }
        let constants = &self.package.constants;
        let sources = self.sources.clone().with_included(&included, constants)?;
        Ok(Cow::Owned(sources))
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.time_limit.unwrap_or(self.package.limits.time.duration)
    }

    /// Fails if the evaluation was cancelled: what a run did since then says nothing.
    pub(crate) fn check_cancelled(&self) -> Result<(), EngineError> {
        EngineError::check_cancelled(self.cancel)
    }

    /// True if a time limit is derived from its times.
    pub(crate) fn is_calibration(&self) -> bool {
        self.time_limit == Some(CALIBRATION_LIMIT)
    }

    /// True if the group is not judged at all.
    pub(crate) fn skips_group(&self, group: usize) -> bool {
        let name = &self.package.data.groups[group].name;
        self.samples_only && name.starts_with("secret")
    }

    /// Returns the tests in the order in which judging needs them if none fails; none where a time
    /// limit is being measured.
    pub(crate) fn test_order(&self) -> Vec<&'a TestCase> {
        let mut tests = Vec::new();
        if !self.is_calibration() {
            self.collect_tests(0, &mut tests);
        }
        tests
    }

    fn collect_tests(&self, group: usize, tests: &mut Vec<&'a TestCase>) {
        let data = &self.package.data;
        for item in &data.groups[group].items {
            match *item {
                GroupItem::Group(inner) if self.skips_group(inner) => {}
                GroupItem::Group(inner) => self.collect_tests(inner, tests),
                GroupItem::Test(test) => tests.push(&data.tests[test]),
            }
        }
    }
}
