//! Measures the jury's own solutions for a time limit, where the package states none.

use std::time::{Duration, Instant};

use letscode_model::Verdict;
use letscode_package::{JurySubmission, Package, TimeLimitMultipliers, TimeLimitProvenance};

use crate::compile::sources::Sources;
use crate::error::EngineError;
use crate::execute::priority::Priority;
use crate::judging::context::JudgeContext;
use crate::judging::evaluation::{CALIBRATION_LIMIT, Evaluation, Thoroughness};
use crate::judging::judge::judge;

/// Settings of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct CalibrationOptions {
    pub priority: Priority,
    /// Time after which no other solution is started.
    pub deadline: Option<Instant>,
}

impl Default for CalibrationOptions {
    fn default() -> Self {
        CalibrationOptions {
            priority: Priority::Normal,
            deadline: None,
        }
    }
}

/// A time limit that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub time_limit: Duration,
    /// CPU time of the slowest accepted solution on its slowest test, in milliseconds.
    pub slowest: f64,
    /// Path of that solution.
    pub submission: String,
}

/// Fails with [`EngineError::Cancelled`] if the deadline passes between two solutions.
pub(super) fn calibrate(
    context: &JudgeContext,
    package: &Package,
    options: CalibrationOptions,
) -> Result<Option<Calibration>, EngineError> {
    if !needs_calibration(package) {
        return Ok(None);
    }
    let mut slowest: Option<(f64, String)> = None;
    for submission in package.submissions.iter().filter(|s| bounds_limit(s)) {
        let Some(language) = &submission.language else {
            continue;
        };
        if context.toolchains.language(language).is_err() {
            continue;
        }
        if options
            .deadline
            .is_some_and(|deadline| Instant::now() > deadline)
        {
            return Err(EngineError::Cancelled);
        }
        let sources = Sources::of_jury(submission, &package.constants)?;
        let evaluation = Evaluation {
            package,
            language,
            sources: &sources,
            time_limit: Some(CALIBRATION_LIMIT),
            samples_only: false,
            thoroughness: Thoroughness::AsPackaged,
            priority: options.priority,
            cancel: None,
        };
        let verdict = judge(context, &evaluation, &mut |_| ())?.verdict;
        let has_passed =
            verdict.passed_tests == verdict.total_tests || verdict.status == Verdict::Accepted;
        let is_slower = slowest
            .as_ref()
            .is_none_or(|(time, _)| verdict.max_time > *time);
        if has_passed && is_slower {
            slowest = Some((verdict.max_time, submission.path.clone()));
        }
    }
    Ok(slowest.map(|(slowest, submission)| Calibration {
        time_limit: time_limit(slowest, &package.limits.multipliers),
        slowest,
        submission,
    }))
}

/// True if the package states no time limit.
pub(crate) fn needs_calibration(package: &Package) -> bool {
    package.limits.time.provenance == TimeLimitProvenance::Default
}

/// True if the time limit has to leave this solution enough time.
pub(crate) fn bounds_limit(submission: &JurySubmission) -> bool {
    let expected = &submission.expected;
    expected.len() == 1 && expected.contains(&Verdict::Accepted)
}

/// Returns the slowest time (in milliseconds) with the package's multiplier, rounded up to its
/// resolution; at least one step of that.
pub(crate) fn time_limit(slowest: f64, multipliers: &TimeLimitMultipliers) -> Duration {
    let exact = slowest / 1000.0 * multipliers.ac_to_time_limit;
    let steps = (exact / multipliers.resolution_seconds).ceil().max(1.0);
    Duration::from_secs_f64(steps * multipliers.resolution_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_rounded_up_to_the_resolution() {
        let fine = TimeLimitMultipliers {
            resolution_seconds: 0.1,
            ..TimeLimitMultipliers::DRAFT
        };
        for (slowest, multipliers, expected) in [
            (0.0, TimeLimitMultipliers::LEGACY, 1.0),
            (3.0, TimeLimitMultipliers::LEGACY, 1.0),
            (200.0, TimeLimitMultipliers::LEGACY, 1.0),
            (201.0, TimeLimitMultipliers::LEGACY, 2.0),
            (1300.0, TimeLimitMultipliers::LEGACY, 7.0),
            (1300.0, TimeLimitMultipliers::DRAFT, 3.0),
            (1300.0, fine, 2.6),
            (1301.0, fine, 2.7),
        ] {
            let limit = time_limit(slowest, &multipliers).as_secs_f64();
            assert!((limit - expected).abs() < 1e-9, "{slowest}: {limit}");
        }
    }
}
