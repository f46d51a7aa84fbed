//! Judges a package's own jury submissions and says whether each got a verdict that its author
//! expected.

use std::collections::BTreeSet;

use letscode_model::{LanguageId, ProblemId, TestResult, Verdict};
use letscode_package::{JurySubmission, Package};
use serde::Serialize;

use crate::Engine;
use crate::engine::EngineError;
use crate::judge::{Evaluation, Observer, Thoroughness};

/// One package in `letscode problem verify --json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    pub problem: ProblemId,
    /// How many submissions got an expected verdict.
    pub agreed: usize,
    pub total: usize,
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
    /// `None` when the submission could not be judged at all; then `reason` says why.
    pub verdict: Option<Verdict>,
    pub ok: bool,
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
    /// Judges every jury submission in turn. `started` hears of each before it is judged, and
    /// `finished` after.
    pub fn verify(
        &self,
        package: &Package,
        mut started: impl FnMut(&JurySubmission),
        mut finished: impl FnMut(&SubmissionReport),
    ) -> VerifyReport {
        let mut submissions = Vec::new();
        for submission in &package.submissions {
            started(submission);
            let report = self.verify_one(package, submission);
            finished(&report);
            submissions.push(report);
        }
        VerifyReport {
            problem: package.id.clone(),
            agreed: submissions.iter().filter(|report| report.ok).count(),
            total: submissions.len(),
            submissions,
        }
    }

    fn verify_one(&self, package: &Package, submission: &JurySubmission) -> SubmissionReport {
        let mut report = SubmissionReport {
            path: submission.path.clone(),
            language: submission.language.clone(),
            expected: submission.expected.clone(),
            verdict: None,
            ok: false,
            max_time: 0.0,
            max_memory: 0,
            score: None,
            reason: None,
        };
        if let Err(reason) = self.judge_into(package, submission, &mut report) {
            report.reason = Some(reason);
        }
        report
    }

    fn judge_into(
        &self,
        package: &Package,
        submission: &JurySubmission,
        report: &mut SubmissionReport,
    ) -> Result<(), String> {
        let language = submission
            .language
            .as_ref()
            .ok_or("its language is not judged here")?;
        let [file] = submission.files.as_slice() else {
            return Err("submissions of several files can't be judged yet".to_owned());
        };
        let source = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let evaluation = Evaluation {
            package,
            language,
            source: &source,
            samples_only: false,
            thoroughness: Thoroughness::AsPackaged,
        };
        let mut first = FirstFailure(None);
        let judgement = self
            .judge(&evaluation, &mut first)
            .map_err(|error: EngineError| error.to_string())?;
        let verdict = judgement.verdict.status;
        report.verdict = Some(verdict);
        report.max_time = judgement.verdict.max_time;
        report.max_memory = judgement.verdict.max_memory;
        report.score = judgement.verdict.score;
        report.ok = report.expected.is_empty() || report.expected.contains(&verdict);
        if !report.ok {
            report.reason = Some(match (verdict, first.0) {
                (Verdict::CompilationError, _) => judgement.compiler_output,
                (_, Some(result)) => describe(package, &result),
                (_, None) => "every test was accepted".to_owned(),
            });
        }
        Ok(())
    }
}

/// Such as `secret/03-large: Wrong Answer (token 4 differs), 12.5 ms, 3.1 MiB`.
fn describe(package: &Package, result: &TestResult) -> String {
    let index = result.test_case_number as usize - 1;
    let name = package
        .data
        .tests
        .get(index)
        .map_or("?", |test| test.name.as_str());
    let message = result
        .message
        .as_ref()
        .map_or(String::new(), |text| format!(" ({text})"));
    let mebibytes = result.memory_used as f64 / f64::from(1 << 20);
    format!(
        "{name}: {}{message}, {:.1} ms, {mebibytes:.1} MiB",
        result.verdict, result.execution_time
    )
}

struct FirstFailure(Option<TestResult>);

impl Observer for FirstFailure {
    fn tested(&mut self, result: &TestResult) {
        if !result.passed && self.0.is_none() {
            self.0 = Some(result.clone());
        }
    }
}
