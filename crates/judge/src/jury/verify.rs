//! Judges a package's own jury submissions, and checks that each gets an expected verdict.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{iter, thread};

use letscode_model::{Judgement, LanguageId, ProblemId, TestResult, Verdict};
use letscode_package::{JurySubmission, Package};
use serde::Serialize;

use super::calibrate::{bounds_limit, needs_calibration, time_limit};
use super::expectation::{check_score, gets_more_time, is_expected};
use crate::compile::sources::Sources;
use crate::execute::priority::Priority;
use crate::judging::context::JudgeContext;
use crate::judging::evaluation::{
    CALIBRATION_LIMIT, Evaluation, JudgeEvent, TestReport, Thoroughness,
};
use crate::judging::judge::judge;

/// One package in `letscode problem verify --json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    pub problem: ProblemId,
    /// Number of submissions with an expected verdict.
    pub agreed: usize,
    /// Number of submissions that were judged.
    pub total: usize,
    /// Number of submissions that were not judged, because their language is not supported.
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
    /// Path from the package folder.
    pub path: String,
    pub language: Option<LanguageId>,
    pub expected: BTreeSet<Verdict>,
    /// Some points are expected, but not all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partially_accepted: bool,
    /// `None` when the submission could not be judged at all; then `reason` says why.
    pub verdict: Option<Verdict>,
    pub ok: bool,
    /// Its language is not judged here: it neither agrees nor disagrees.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// The slowest run's CPU time in milliseconds.
    pub max_time: f64,
    /// The largest run's peak memory in bytes.
    pub max_memory: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// For people: the unexpected result, or the reason why it was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For people: what an author may want to mend although the result is an expected one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

pub(super) fn verify(
    context: &JudgeContext,
    package: &Package,
    jobs: usize,
    started: &(impl Fn(&JurySubmission) + Sync),
    finished: &(impl Fn(&SubmissionReport) + Sync),
) -> VerifyReport {
    let calibrates = needs_calibration(package);
    let verify_one = |index: usize, time_limit| {
        let submission = &package.submissions[index];
        started(submission);
        let report = verify_submission(context, package, submission, time_limit);
        finished(&report);
        (index, report)
    };
    let (measured, others): (Vec<usize>, Vec<usize>) = (0..package.submissions.len())
        .partition(|index| calibrates && bounds_limit(&package.submissions[*index]));
    // One after the other: their times become the limit.
    let measure = |index| verify_one(index, Some(CALIBRATION_LIMIT));
    let mut reports: Vec<_> = measured.into_iter().map(measure).collect();
    let accepted = reports.iter().map(|(_, report)| report);
    let slowest = accepted
        .filter(|report| report.verdict == Some(Verdict::Accepted))
        .map(|report| report.max_time)
        .max_by(f64::total_cmp);
    let limit = slowest.map(|slowest| time_limit(slowest, &package.limits.multipliers));
    reports.extend(in_parallel(jobs, &others, |index| verify_one(index, limit)));
    reports.sort_by_key(|(index, _)| *index);
    let submissions: Vec<SubmissionReport> =
        reports.into_iter().map(|(_, report)| report).collect();
    VerifyReport {
        problem: package.id.clone(),
        agreed: submissions.iter().filter(|report| report.ok).count(),
        total: submissions.iter().filter(|report| !report.skipped).count(),
        not_judged: submissions.iter().filter(|report| report.skipped).count(),
        calibrated_time_limit: limit.map(|limit| limit.as_secs_f64() * 1000.0),
        submissions,
    }
}

/// Calls `work` on each item, in up to `jobs` threads, and returns the results in any order.
fn in_parallel<R: Send>(jobs: usize, items: &[usize], work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let run_jobs = || {
        let take = || items.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        iter::from_fn(take).map(&work).collect::<Vec<R>>()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.clamp(1, items.len().max(1)))
            .map(|_| scope.spawn(run_jobs))
            .collect();
        let results = threads.into_iter().map(|thread| match thread.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results.flatten().collect()
    })
}

fn verify_submission(
    context: &JudgeContext,
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
        warning: None,
    };
    let Some(language) = &submission.language else {
        report.skipped = true;
        report.reason = Some("its language is not judged here".to_owned());
        return report;
    };
    let verification = SubmissionVerification {
        context,
        package,
        submission,
        language,
        time_limit,
    };
    match verification.run(&mut report) {
        Ok(()) => report.ok = true,
        Err(reason) => report.reason = Some(reason),
    }
    report
}

/// One jury submission that is being verified.
struct SubmissionVerification<'a> {
    context: &'a JudgeContext,
    package: &'a Package,
    submission: &'a JurySubmission,
    language: &'a LanguageId,
    time_limit: Option<Duration>,
}

impl SubmissionVerification<'_> {
    /// Judges the submission into the report. An error says why its result is not the expected one.
    fn run(&self, report: &mut SubmissionReport) -> Result<(), String> {
        let (mut judgement, mut failure) = self.judge(self.time_limit)?;
        if gets_more_time(self.submission, judgement.verdict.status) {
            let limits = &self.package.limits;
            let limit = self.time_limit.unwrap_or(limits.time.duration);
            let extended = limit.mul_f64(limits.multipliers.time_limit_to_tle);
            (judgement, failure) = self.judge(Some(extended))?;
        }
        let verdict = &judgement.verdict;
        report.verdict = Some(verdict.status);
        report.max_time = verdict.max_time;
        report.max_memory = verdict.max_memory;
        report.score = verdict.score;
        if let Some(error) = judgement.internal_error {
            return Err(error);
        }
        if !is_expected(&report.expected, verdict) {
            return Err(match (verdict.status, failure) {
                (Verdict::CompilationError, _) => judgement.compiler_output,
                (_, Some(failure)) => describe(self.package, &failure),
                (_, None) => "every test was accepted".to_owned(),
            });
        }
        report.warning = check_score(self.package, self.submission, verdict)?;
        Ok(())
    }

    /// Returns the judgement, and the first test that failed.
    fn judge(
        &self,
        time_limit: Option<Duration>,
    ) -> Result<(Judgement, Option<TestReport>), String> {
        let sources = Sources::of_jury(self.submission, &self.package.constants)
            .map_err(|error| error.to_string())?;
        let evaluation = Evaluation {
            package: self.package,
            language: self.language,
            sources: &sources,
            time_limit,
            samples_only: false,
            thoroughness: Thoroughness::AsPackaged,
            priority: Priority::Normal,
            cancel: None,
        };
        let mut first_failure = None;
        let mut record_failure = |event| match event {
            JudgeEvent::Tested(report) if !report.result.passed => {
                first_failure.get_or_insert(report);
            }
            _ => {}
        };
        let judged = judge(self.context, &evaluation, &mut record_failure);
        let judgement = judged.map_err(|error| error.to_string())?;
        Ok((judgement, first_failure))
    }
}

/// Describes a test, such as `secret/03-large: Wrong Answer (token 4 differs), 12.5 ms, 3.1 MiB`.
fn describe(package: &Package, report: &TestReport) -> String {
    let TestReport {
        result,
        jury_message,
        ..
    } = report;
    let index = result.test_case_number as usize - 1;
    let tests = &package.data.tests;
    let name = tests.get(index).map_or("?", |test| test.name.as_str());
    let message = match (jury_message.trim(), &result.message) {
        ("", Some(message)) => format!(" ({message})"),
        ("", None) => String::new(),
        (jury_message, _) => format!(" ({jury_message})"),
    };
    let TestResult {
        verdict,
        execution_time,
        memory_used,
        ..
    } = result;
    let mebibytes = *memory_used as f64 / f64::from(1 << 20);
    format!("{name}: {verdict}{message}, {execution_time:.1} ms, {mebibytes:.1} MiB")
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn work_is_shared_among_threads() {
        let both = Barrier::new(2);
        let mut results = in_parallel(2, &[3, 4], |item| {
            both.wait();
            item * 2
        });
        results.sort_unstable();
        assert_eq!(results, [6, 8]);
        assert!(in_parallel(2, &[], |item| item).is_empty());
    }
}
