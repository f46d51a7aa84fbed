//! Judges a package's own jury submissions and says whether each got a verdict that its author
//! expected.

use std::collections::BTreeSet;
use std::time::Duration;

use letscode_model::{LanguageId, ProblemId, TestResult, Verdict, VerdictSummary};
use letscode_package::{JurySubmission, Package};
use serde::Serialize;

use crate::Engine;
use crate::compile::sources::Sources;
use crate::judging::judge::{Evaluation, Observer, Thoroughness};
use crate::jury::calibrate::{UNLIMITED, bounds_limit, needs_calibration, time_limit};
use crate::verdict::score::{TOLERANCE, full_score};

/// One package in `letscode problem verify --json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    pub problem: ProblemId,
    /// How many submissions got an expected verdict.
    pub agreed: usize,
    /// Of how many; those that are skipped are not among them.
    pub total: usize,
    /// How many were not judged, because their language is not supported.
    pub not_judged: usize,
    /// In milliseconds, where it was measured because the package states none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibrated_time_limit: Option<f64>,
    pub submissions: Vec<SubmissionReport>,
}

impl VerifyReport {
    pub fn all_agree(&self) -> bool {
        self.agreed == self.total
    }
}

/// One jury submission in a [`VerifyReport`].
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionReport {
    /// From the package folder.
    pub path: String,
    pub language: Option<LanguageId>,
    pub expected: BTreeSet<Verdict>,
    /// Some points are expected, but not all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partially_accepted: bool,
    /// `None` when the submission could not be judged at all; then `reason` says why.
    pub verdict: Option<Verdict>,
    pub ok: bool,
    /// In a language that is not judged here: it neither agrees nor disagrees.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// The slowest run's CPU time in milliseconds.
    pub max_time: f64,
    /// The largest run's peak memory in bytes.
    pub max_memory: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// For people: what was found instead, or why it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Engine {
    /// Judges every jury submission in turn, in the package's order but for one thing: where the
    /// time limit has to be found first, those that bound it come before the others. `started`
    /// hears of each before it is judged, and `finished` after.
    pub fn verify(
        &self,
        package: &Package,
        mut started: impl FnMut(&JurySubmission),
        mut finished: impl FnMut(&SubmissionReport),
    ) -> VerifyReport {
        let calibrates = needs_calibration(package);
        let mut order: Vec<usize> = (0..package.submissions.len()).collect();
        if calibrates {
            order.sort_by_key(|index| !bounds_limit(&package.submissions[*index]));
        }
        let mut reports: Vec<Option<SubmissionReport>> = vec![None; order.len()];
        let mut limit = None;
        let mut slowest: Option<f64> = None;
        for index in order {
            let submission = &package.submissions[index];
            started(submission);
            let bounding = calibrates && bounds_limit(submission);
            if !bounding && limit.is_none() {
                limit = slowest.map(|slowest| time_limit(slowest, &package.limits.multipliers));
            }
            let time_limit = if bounding { Some(UNLIMITED) } else { limit };
            let report = self.verify_one(package, submission, time_limit);
            if bounding && report.verdict == Some(Verdict::Accepted) {
                slowest = Some(slowest.unwrap_or(0.0).max(report.max_time));
            }
            finished(&report);
            reports[index] = Some(report);
        }
        let submissions: Vec<SubmissionReport> = reports.into_iter().flatten().collect();
        let limit = slowest.map(|slowest| time_limit(slowest, &package.limits.multipliers));
        VerifyReport {
            problem: package.id.clone(),
            agreed: submissions.iter().filter(|report| report.ok).count(),
            total: submissions.iter().filter(|report| !report.skipped).count(),
            not_judged: submissions.iter().filter(|report| report.skipped).count(),
            calibrated_time_limit: limit.map(|limit| limit.as_secs_f64() * 1000.0),
            submissions,
        }
    }

    fn verify_one(
        &self,
        package: &Package,
        submission: &JurySubmission,
        time_limit: Option<Duration>,
    ) -> SubmissionReport {
        let mut report = SubmissionReport {
            path: submission.path.clone(),
            language: submission.language.clone(),
            expected: submission.expected.clone(),
            partially_accepted: submission.partially_accepted,
            verdict: None,
            ok: false,
            skipped: false,
            max_time: 0.0,
            max_memory: 0,
            score: None,
            reason: None,
        };
        let Some(language) = &submission.language else {
            report.skipped = true;
            report.reason = Some("its language is not judged here".to_owned());
            return report;
        };
        let judged = self.judge_into(package, submission, language, time_limit, &mut report);
        if let Err(reason) = judged {
            report.ok = false;
            report.reason = Some(reason);
        }
        report
    }

    /// An error says why the submission does not agree.
    fn judge_into(
        &self,
        package: &Package,
        submission: &JurySubmission,
        language: &LanguageId,
        time_limit: Option<Duration>,
        report: &mut SubmissionReport,
    ) -> Result<(), String> {
        let sources =
            Sources::of(submission, &package.constants).map_err(|error| error.to_string())?;
        let evaluation = Evaluation {
            package,
            language,
            sources: &sources,
            time_limit,
            samples_only: false,
            thoroughness: Thoroughness::AsPackaged,
        };
        let mut first = FirstFailure::default();
        let judged = self.judge(&evaluation, &mut first);
        let mut judgement = judged.map_err(|error| error.to_string())?;
        if is_too_slow_to_tell(submission, judgement.verdict.status) {
            let limit = time_limit.unwrap_or(package.limits.time.duration);
            let extra = Evaluation {
                time_limit: Some(limit.mul_f64(package.limits.multipliers.time_limit_to_tle)),
                ..evaluation
            };
            first = FirstFailure::default();
            judgement = self
                .judge(&extra, &mut first)
                .map_err(|error| error.to_string())?;
        }
        let verdict = &judgement.verdict;
        report.verdict = Some(verdict.status);
        report.max_time = verdict.max_time;
        report.max_memory = verdict.max_memory;
        report.score = verdict.score;
        if let Some(fault) = judgement.internal_error {
            return Err(fault);
        }
        let expected = &report.expected;
        // Of points alone nothing is said by `accepted`, as in the formats: they are checked below.
        let nothing_failed = verdict.passed_tests == verdict.total_tests;
        let agrees = is_allowed(expected, verdict.status)
            || (nothing_failed && expected.contains(&Verdict::Accepted));
        if !expected.is_empty() && !agrees {
            return Err(match (verdict.status, first.result) {
                (Verdict::CompilationError, _) => judgement.compiler_output,
                (_, Some(result)) => describe(package, &result, &first.said),
                (_, None) => "every test was accepted".to_owned(),
            });
        }
        check_score(package, submission, verdict)?;
        report.ok = true;
        Ok(())
    }
}

/// The formats' tools don't end a program for what it writes: one that writes for ever is too slow
/// there, and one that ends and wrote too much is wrong.
fn is_allowed(expected: &BTreeSet<Verdict>, verdict: Verdict) -> bool {
    let alike: &[Verdict] = match verdict {
        Verdict::OutputLimitExceeded => &[Verdict::WrongAnswer, Verdict::TimeLimitExceeded],
        _ => &[],
    };
    expected.contains(&verdict) || alike.iter().any(|one| expected.contains(one))
}

/// A jury says of a solution that it is wrong or crashes, and not how fast it is: as in Kattis' tools
/// it then has the time that a too slow one needs at least.
fn is_too_slow_to_tell(submission: &JurySubmission, verdict: Verdict) -> bool {
    let fails_otherwise =
        |expected: &Verdict| ![Verdict::Accepted, Verdict::TimeLimitExceeded].contains(expected);
    verdict == Verdict::TimeLimitExceeded
        && !submission.expected.is_empty()
        && submission.expected.iter().all(fails_otherwise)
}

/// Whether the points are what the author expects.
fn check_score(
    package: &Package,
    submission: &JurySubmission,
    verdict: &VerdictSummary,
) -> Result<(), String> {
    let Some(score) = verdict.score else {
        return Ok(());
    };
    if let Some((low, high)) = submission.expected_score
        && !(low - TOLERANCE..=high + TOLERANCE).contains(&score)
    {
        return Err(match low == high {
            true => format!("it got {score} points instead of {low}"),
            false => format!("it got {score} points instead of {low} to {high}"),
        });
    }
    let full = full_score(&package.data);
    let has_all = full.is_some_and(|full| score >= full - TOLERANCE);
    let nothing_failed = verdict.passed_tests == verdict.total_tests;
    if submission.partially_accepted {
        return match (score > 0.0, has_all) {
            (true, false) => Ok(()),
            (false, _) => Err("it got no points, but should get some".to_owned()),
            (_, true) => Err(format!("it got all {score} points, but should get fewer")),
        };
    }
    match full {
        Some(full)
            if nothing_failed
                && !has_all
                && submission.expected_score.is_none()
                && bounds_limit(submission)
                && package.grading.maximize =>
        {
            Err(format!("it got {score} of {full} points"))
        }
        _ => Ok(()),
    }
}

/// Such as `secret/03-large: Wrong Answer (token 4 differs), 12.5 ms, 3.1 MiB`.
fn describe(package: &Package, result: &TestResult, said: &str) -> String {
    let index = result.test_case_number as usize - 1;
    let name = package
        .data
        .tests
        .get(index)
        .map_or("?", |test| test.name.as_str());
    let words = match (said, &result.message) {
        ("", Some(message)) => format!(" ({message})"),
        ("", None) => String::new(),
        (said, _) => format!(" ({})", said.trim()),
    };
    let mebibytes = result.memory_used as f64 / f64::from(1 << 20);
    format!(
        "{name}: {}{words}, {:.1} ms, {mebibytes:.1} MiB",
        result.verdict, result.execution_time
    )
}

/// The first test that failed, and what the validator said of it.
#[derive(Default)]
struct FirstFailure {
    result: Option<TestResult>,
    said: String,
}

impl Observer for FirstFailure {
    fn tested(&mut self, result: &TestResult) {
        if !result.passed && self.result.is_none() {
            self.result = Some(result.clone());
        }
    }

    fn validator_said(&mut self, result: &TestResult, words: &str) {
        let is_first = |first: &TestResult| first.test_case_number == result.test_case_number;
        if self.result.as_ref().is_some_and(is_first) {
            self.said = words.to_owned();
        }
    }
}
