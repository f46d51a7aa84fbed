//! The walk over a package's groups and tests. It is sequential and decides everything.

use std::collections::BTreeMap;
use std::thread::Scope;

use letscode_model::{TestResult, Verdict};
use letscode_package::{GroupItem, OnReject, PackageFormat, TestCase, TestGroup};

use super::evaluation::{Evaluation, EventSink, JudgeEvent, TestReport, Thoroughness};
use super::speculative::{RunLookup, SpeculativeRuns};
use super::test_result::TestRunResult;
use super::test_run::TestRunner;
use crate::error::EngineError;
use crate::execute::stage::milliseconds;
use crate::verdict::score::{GradedResult, grade_group, grade_test};

pub(super) struct GroupWalk<'a, 'scope, 'env> {
    evaluation: &'a Evaluation<'a>,
    runner: &'scope TestRunner<'scope>,
    speculative: &'scope SpeculativeRuns<'scope, TestCase, Result<TestRunResult, EngineError>>,
    scope: &'scope Scope<'scope, 'env>,
    results: Vec<TestResult>,
    /// Verdicts of the tests and groups that are judged already, for those that require them.
    verdicts: BTreeMap<&'a str, Verdict>,
}

impl<'a, 'scope, 'env> GroupWalk<'a, 'scope, 'env> {
    pub fn new(
        evaluation: &'a Evaluation<'a>,
        runner: &'scope TestRunner<'scope>,
        speculative: &'scope SpeculativeRuns<'scope, TestCase, Result<TestRunResult, EngineError>>,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Self {
        GroupWalk {
            evaluation,
            runner,
            speculative,
            scope,
            results: Vec::new(),
            verdicts: BTreeMap::new(),
        }
    }

    /// Returns the result of the root group, and the results of all tests that were run.
    pub fn run(
        mut self,
        events: &mut EventSink<'_>,
    ) -> (Result<GradedResult, EngineError>, Vec<TestResult>) {
        let graded = self.group(0, events);
        (graded, self.results)
    }

    fn group(
        &mut self,
        index: usize,
        events: &mut EventSink<'_>,
    ) -> Result<GradedResult, EngineError> {
        let data = &self.evaluation.package.data;
        let group = &data.groups[index];
        let stops_early = self.evaluation.thoroughness == Thoroughness::AsPackaged;
        let failed_requirement = self.failed_requirement(group);
        if let Some(verdict) = failed_requirement.filter(|_| stops_early) {
            return Ok(self.record(&group.name, GradedResult::new(verdict, 0.0)));
        }
        let mut counted = Vec::new();
        let mut ignored_sample = None;
        for item in &group.items {
            let (graded, is_ignored) = match *item {
                GroupItem::Group(inner) if self.evaluation.skips_group(inner) => continue,
                GroupItem::Group(inner) => {
                    let graded = self.group(inner, events)?;
                    (graded, self.is_ignored_sample(index, inner))
                }
                GroupItem::Test(test) => (self.test(&data.tests[test], group, events)?, false),
            };
            if is_ignored {
                ignored_sample = Some(graded);
            } else {
                counted.push(graded);
            }
            let breaks = stops_early && group.settings.on_reject == OnReject::Break;
            if graded.verdict != Verdict::Accepted && breaks {
                break;
            }
        }
        // An ignored sample counts if nothing was run after it.
        if counted.is_empty() {
            counted.extend(ignored_sample);
        }
        let mut graded = grade_group(group, data, &counted);
        if failed_requirement.is_some() || self.has_no_points(group) {
            graded.score = 0.0;
        }
        Ok(self.record(&group.name, graded))
    }

    fn record(&mut self, name: &'a str, graded: GradedResult) -> GradedResult {
        self.verdicts.insert(name, graded.verdict);
        graded
    }

    /// Returns the verdict of the first test or group that this group requires and that was not
    /// accepted.
    fn failed_requirement(&self, group: &TestGroup) -> Option<Verdict> {
        let scoring = group.settings.scoring.iter();
        let required = scoring.flat_map(|scoring| &scoring.require_pass);
        let mut verdicts = required.map(|name| {
            let verdict = self.verdicts.get(name.trim_end_matches('/'));
            // A test that was not judged has not passed.
            verdict.copied().unwrap_or(Verdict::WrongAnswer)
        });
        verdicts.find(|verdict| *verdict != Verdict::Accepted)
    }

    /// True for samples in the formats since 2023-07: only secret data are worth points.
    fn has_no_points(&self, group: &TestGroup) -> bool {
        let package = self.evaluation.package;
        package.format == PackageFormat::Draft && package.scoring && group.name == "sample"
    }

    /// True for samples that don't count: they still run, for the author to see. They do count if
    /// only the samples are judged.
    fn is_ignored_sample(&self, parent: usize, group: usize) -> bool {
        let groups = &self.evaluation.package.data.groups;
        groups[parent].settings.grader.ignore_sample
            && groups[group].name == "sample"
            && !self.evaluation.samples_only
    }

    fn test(
        &mut self,
        test: &'a TestCase,
        group: &TestGroup,
        events: &mut EventSink<'_>,
    ) -> Result<GradedResult, EngineError> {
        self.evaluation.check_cancelled()?;
        let lookup = if self.evaluation.is_calibration() {
            RunLookup::NotStarted(self.runner.take_exclusive_core())
        } else {
            self.speculative.take(test, self.scope)
        };
        let run = match lookup {
            RunLookup::NotStarted(core) => self.runner.run(test, core)?,
            RunLookup::Done(run) => self.runner.confirm_speculative(test, run?)?,
        };
        self.evaluation.check_cancelled()?;
        let result = TestResult {
            test_case_number: test.number,
            passed: run.verdict == Verdict::Accepted,
            verdict: run.verdict,
            execution_time: milliseconds(run.usage.cpu_time),
            memory_used: run.usage.memory_bytes,
            wall_time: milliseconds(run.usage.wall_time),
            is_sample: test.is_sample,
            message: run.message,
            denied_call: run.denied_call,
            activity: run.activity,
        };
        events(JudgeEvent::Tested(TestReport {
            result: result.clone(),
            jury_message: run.jury_message,
            output: run.output,
        }));
        self.results.push(result);
        let data = &self.evaluation.package.data;
        let graded = grade_test(run.verdict, run.points, group, data)
            .map_err(|reason| self.runner.validator_error(test, &reason))?;
        Ok(self.record(&test.name, graded))
    }
}
