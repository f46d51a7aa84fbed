//! Result of one test, and what its validators add to it.

use std::fs::File;

use letscode_model::{DeniedCall, RunActivity, Verdict, ViolationKind};
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
    /// Output of a submission that was ended for a violation, whatever its verdict is.
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

    /// Adds the submission's rates.
    pub fn with_activity(mut self, activity: Option<RunActivity>) -> Self {
        self.activity = activity;
        self
    }

    /// Adds what the submission was ended for, and explains it if it is the reason for the verdict.
    pub fn with_violation(mut self, violation: Option<ProgramOutput>) -> Self {
        if let Some(output) = &violation
            && self.verdict == Verdict::SecurityViolation
        {
            self.denied_call.clone_from(&output.call);
            if output.violation == ViolationKind::DeniedCall {
                // With this verdict, a rate above its threshold is the reason for it.
                self.activity = self.activity.map(RunActivity::without_warning);
            }
            let (kind, call) = (output.violation, output.call.as_ref());
            self.message = Some(kind.explain(call, self.activity));
        }
        self.output = violation;
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

#[cfg(test)]
mod tests {
    use letscode_model::{OutputExcerpt, WatchedRate};

    use super::*;

    /// Returns the result of a run that was above a threshold.
    fn ended(verdict: Verdict, violation: ViolationKind) -> TestRunResult {
        let message = Some("the validator's".to_owned());
        let decided = TestVerdict { verdict, message };
        let activity = RunActivity {
            syscalls_per_second: Some(2_000_000),
            memory_growth_per_second: Some(0),
            above: Some(WatchedRate::SyscallRate),
        };
        TestRunResult::new(decided, ResourceUsage::default())
            .with_activity(Some(activity))
            .with_violation(Some(ProgramOutput {
                violation,
                call: None,
                stdout: OutputExcerpt::default(),
                stderr: OutputExcerpt::default(),
            }))
    }

    #[test]
    fn authors_are_told_what_their_program_was_ended_for() {
        let denied = ended(Verdict::SecurityViolation, ViolationKind::DeniedCall);
        let message = "ended for a system call that is not allowed";
        assert_eq!(denied.message.as_deref(), Some(message));
        let activity = denied.activity.unwrap();
        assert_eq!(
            (activity.above, activity.syscalls_per_second),
            (None, Some(2_000_000))
        );
        let rate = ended(Verdict::SecurityViolation, ViolationKind::SyscallRate);
        let message = "ended for 2000000 system calls a second";
        assert_eq!(rate.message.as_deref(), Some(message));
        assert!(rate.activity.unwrap().above.is_some());
    }

    #[test]
    fn violations_after_the_verdict_are_kept() {
        let wrong = ended(Verdict::WrongAnswer, ViolationKind::DeniedCall);
        assert_eq!(wrong.message.as_deref(), Some("the validator's"));
        assert_eq!(wrong.output.unwrap().violation, ViolationKind::DeniedCall);
    }
}
