//! From the results inside a test group to the group's own: verdict and points. Pure.

use letscode_model::Verdict;
use letscode_package::{Group, GroupSettings, ScoreMode, VerdictMode};

use crate::decide::{first_error, worst};

/// The result of a test or group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Graded {
    pub verdict: Verdict,
    pub score: f64,
}

/// A single test's points: what its group says that an accepted or a rejected test is worth.
pub(crate) fn grade_test(verdict: Verdict, settings: &GroupSettings) -> Graded {
    let score = match verdict {
        Verdict::Accepted => settings.accept_score,
        _ => settings.reject_score,
    };
    Graded { verdict, score }
}

/// A group's result from those in it, in judging order.
///
/// Points follow the legacy format's default grader. The verdict is stricter than Kattis' in one
/// place: `accept_if_any_accepted` is not heeded, so that Accepted always means full marks; the
/// points say how much was right.
pub(crate) fn grade_group(group: &Group, inside: &[Graded]) -> Graded {
    let settings = &group.settings;
    let verdicts = inside.iter().map(|graded| graded.verdict);
    let verdict = match settings.grader.verdict {
        VerdictMode::AlwaysAccept => Verdict::Accepted,
        VerdictMode::FirstError => first_error(verdicts),
        VerdictMode::WorstError => worst(verdicts),
    };
    let scores = inside.iter().map(|graded| graded.score);
    let count = inside.len().max(1) as f64;
    let score = match settings.grader.score {
        ScoreMode::Sum => scores.sum(),
        ScoreMode::Avg => scores.sum::<f64>() / count,
        ScoreMode::Min => scores.fold(f64::INFINITY, f64::min),
        ScoreMode::Max => scores.fold(f64::NEG_INFINITY, f64::max),
    };
    let score = if inside.is_empty() { 0.0 } else { score };
    Graded { verdict, score }
}
