//! Comparison of a jury submission's verdict and points with those that its author expects.

use std::collections::BTreeSet;

use letscode_model::{SCORE_TOLERANCE, Verdict, VerdictSummary};
use letscode_package::{JurySubmission, Package};

use super::calibrate::bounds_limit;
use crate::verdict::score::full_score;

/// True if the verdict is expected, or if nothing is. A submission without any points counts as
/// accepted if no test failed: `check_score` checks its points.
pub(super) fn is_expected(expected: &BTreeSet<Verdict>, verdict: &VerdictSummary) -> bool {
    let has_passed = verdict.passed_tests == verdict.total_tests;
    expected.is_empty()
        || is_allowed(expected, verdict.status)
        || (has_passed && expected.contains(&Verdict::Accepted))
}

/// True for an expected verdict or an equivalent one. The formats' tools don't end a program that
/// writes too much: an endless one is too slow there, and any other is wrong.
fn is_allowed(expected: &BTreeSet<Verdict>, verdict: Verdict) -> bool {
    let equivalent: &[Verdict] = match verdict {
        Verdict::OutputLimitExceeded => &[Verdict::WrongAnswer, Verdict::TimeLimitExceeded],
        _ => &[],
    };
    expected.contains(&verdict) || equivalent.iter().any(|verdict| expected.contains(verdict))
}

/// True for a solution that is expected to be wrong or to crash, and was too slow to do so: as in
/// Kattis' tools it then gets the time that a too slow solution needs at least.
pub(super) fn gets_more_time(submission: &JurySubmission, verdict: Verdict) -> bool {
    let fails_otherwise =
        |expected: &Verdict| ![Verdict::Accepted, Verdict::TimeLimitExceeded].contains(expected);
    verdict == Verdict::TimeLimitExceeded
        && !submission.expected.is_empty()
        && submission.expected.iter().all(fails_otherwise)
}

/// Checks that the points are the expected ones. Returns a warning for a solution that is accepted
/// with some of the points: as in Kattis' tools it agrees, because an author's best heuristic need not
/// reach the bound of the range.
pub(super) fn check_score(
    package: &Package,
    submission: &JurySubmission,
    verdict: &VerdictSummary,
) -> Result<Option<String>, String> {
    let Some(score) = verdict.score else {
        return Ok(None);
    };
    if let Some((low, high)) = submission.expected_score
        && !(low - SCORE_TOLERANCE..=high + SCORE_TOLERANCE).contains(&score)
    {
        return Err(if low == high {
            format!("it got {score} points instead of {low}")
        } else {
            format!("it got {score} points instead of {low} to {high}")
        });
    }
    let full = full_score(&package.data);
    let has_all = full.is_some_and(|full| score >= full - SCORE_TOLERANCE);
    let has_passed = verdict.passed_tests == verdict.total_tests;
    if submission.partially_accepted {
        if score <= 0.0 {
            return Err("it got no points, but should get some".to_owned());
        }
        if has_all {
            return Err(format!("it got all {score} points, but should get fewer"));
        }
        return Ok(None);
    }
    let has_to_have_all =
        submission.expected_score.is_none() && bounds_limit(submission) && package.grading.maximize;
    match (full, verdict.points()) {
        (Some(_), Some(points)) if has_to_have_all && !has_all => {
            if verdict.is_partial() {
                Ok(Some(format!(
                    "it is accepted with {points}; one that is not meant to have all belongs in \
                     partially_accepted/"
                )))
            } else if has_passed {
                Err(format!("it got {points}"))
            } else {
                Ok(None)
            }
        }
        _ => Ok(None),
    }
}
