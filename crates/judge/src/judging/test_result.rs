//! Result of one test, and what its validators add to it.

use std::fs::File;

use letscode_model::{DeniedCall, RunActivity, Verdict};
use letscode_package::TestCase;

use super::evaluation::ProgramOutput;
use crate::check::validator::ValidatorVerdict;
use crate::check::validator::feedback::FeedbackFolder;
use crate::execute::excerpt::excerpt;
use crate::execute::result::ResourceUsage;
use crate::verdict::decide::TestVerdict;
use crate::verdict::score::AwardedPoints;

/// Most bytes of a submission's standard error that its author is shown.
const MAX_STDERR_BYTES: u64 = 8 << 10;

/// Result of one test.
#[derive(Debug)]
pub(crate) struct TestRunResult {
    pub verdict: Verdict,
    /// For the author: holds nothing of the test's data.
    pub message: Option<String>,
    /// The validator's messages, for the jury.
    pub jury_message: String,
    pub points: AwardedPoints,
    pub usage: ResourceUsage,
    pub denied_call: Option<DeniedCall>,
    pub activity: Option<RunActivity>,
    /// Output of a submission that was ended for a violation.
    pub output: Option<ProgramOutput>,
}

/// Combined result of all validators of one output.
#[derive(Default)]
pub(super) struct ValidatorFeedback {
    points: Option<AwardedPoints>,
    feedback: FeedbackFolder,
}

impl ValidatorFeedback {
    /// Adds one validator's result. The first points that are not the package's count, and the last
    /// feedback folder.
    pub fn add(&mut self, decision: ValidatorVerdict, feedback: FeedbackFolder) {
        if let ValidatorVerdict::Accepted(points) = decision
            && self
                .points
                .is_none_or(|own| own == AwardedPoints::AsPackaged)
        {
            self.points = Some(points);
        }
        self.feedback = feedback;
    }

    /// Returns the validator's messages for a public test. A validator reads the test's data, so its
    /// messages for secret tests are for the jury alone.
    pub fn message(&self, test: &TestCase) -> String {
        let message = if test.is_sample {
            self.feedback.jury_message()
        } else {
            String::new()
        };
        if message.is_empty() {
            return "the output validator rejects it".to_owned();
        }
        message
    }

    pub fn into_run_result(
        self,
        verdict: TestVerdict,
        usage: ResourceUsage,
    ) -> (TestRunResult, FeedbackFolder) {
        let result = TestRunResult {
            jury_message: self.feedback.jury_message(),
            points: self.points.unwrap_or(AwardedPoints::AsPackaged),
            ..TestRunResult::new(verdict, usage)
        };
        (result, self.feedback)
    }
}

impl TestRunResult {
    pub fn new(decided: TestVerdict, usage: ResourceUsage) -> Self {
        TestRunResult {
            verdict: decided.verdict,
            message: decided.message,
            jury_message: String::new(),
            points: AwardedPoints::AsPackaged,
            usage,
            denied_call: None,
            activity: None,
            output: None,
        }
    }

    /// Adds the output that shows what a violation came after.
    pub fn with_output(mut self, output: Option<ProgramOutput>) -> Self {
        self.output = output;
        self
    }

    /// Adds the call that the submission was denied, if that was the reason for the verdict.
    pub fn with_denied_call(mut self, call: Option<DeniedCall>) -> Self {
        self.denied_call = call.filter(|_| self.verdict == Verdict::SecurityViolation);
        if let Some(call) = &self.denied_call {
            self.message = Some(call.explain());
        }
        self
    }

    /// Adds the submission's rates, which may be the reason for the verdict.
    pub fn with_activity(mut self, activity: Option<RunActivity>) -> Self {
        self.activity = activity;
        if self.verdict == Verdict::SecurityViolation && self.denied_call.is_none() {
            let explained = activity.and_then(|activity| activity.explain());
            self.message = explained.or(self.message);
        }
        self
    }

    /// Adds what the program wrote to standard error, unless the run was accepted.
    pub fn with_stderr(mut self, stderr: Option<File>) -> Self {
        let text = excerpt(stderr, MAX_STDERR_BYTES);
        let text = text.trim_end();
        if self.verdict != Verdict::Accepted && !text.is_empty() {
            let message = self.message.get_or_insert_default();
            let separator = if message.is_empty() { "" } else { "\n" };
            message.push_str(&format!("{separator}standard error:\n{text}"));
        }
        self
    }
}
