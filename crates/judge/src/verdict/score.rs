//! Points of tests, groups and problems, and the verdicts of groups.

use letscode_model::Verdict;
use letscode_package::{
    DraftScoring, Grading, GroupItem, GroupSettings, MaxScore, ScoreAggregation, ScoreMode,
    TestData, TestGroup, VerdictMode,
};

use super::combine::{first_error, worst};

/// Points of a scoring problem's secret data since 2023-07, if the package states none.
const DEFAULT_MAX_SCORE: f64 = 100.0;

/// Tolerance for comparing scores, which are sums of decimal fractions.
pub(crate) const TOLERANCE: f64 = 1e-6;

/// Points that a validator gave for an accepted test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum AwardedPoints {
    /// The package's points for an accepted test.
    AsPackaged,
    Score(f64),
    /// A share of the test's points.
    Multiplier(f64),
}

/// The result of a test or group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GradedResult {
    pub verdict: Verdict,
    pub score: f64,
}

/// Returns a single test's result. An error names the file that the validator should have written.
pub(crate) fn grade_test(
    verdict: Verdict,
    points: AwardedPoints,
    group: &TestGroup,
    data: &TestData,
) -> Result<GradedResult, String> {
    let score = match &group.settings.scoring {
        Some(scoring) => draft_test(verdict, points, scoring, group, data)?,
        None => legacy_test(verdict, points, &group.settings),
    };
    Ok(GradedResult { verdict, score })
}

/// Returns the group's points for an accepted or rejected test, unless the validator gave its own
/// for an accepted one.
fn legacy_test(verdict: Verdict, points: AwardedPoints, settings: &GroupSettings) -> f64 {
    match (verdict, points) {
        (Verdict::Accepted, AwardedPoints::AsPackaged) => settings.accept_score,
        (Verdict::Accepted, AwardedPoints::Score(score)) => score,
        (Verdict::Accepted, AwardedPoints::Multiplier(share)) => share * settings.accept_score,
        _ => settings.reject_score,
    }
}

fn draft_test(
    verdict: Verdict,
    points: AwardedPoints,
    scoring: &DraftScoring,
    group: &TestGroup,
    data: &TestData,
) -> Result<f64, String> {
    if verdict != Verdict::Accepted || scoring.aggregation == ScoreAggregation::PassFail {
        return Ok(0.0);
    }
    let max_points = match scoring.aggregation {
        ScoreAggregation::Sum => share_of_sum(group, data),
        _ => max_score(group, data),
    };
    match (points, max_points) {
        (AwardedPoints::Score(score), _) => Ok(score),
        (AwardedPoints::Multiplier(share), Some(max_points)) => Ok(share * max_points),
        (AwardedPoints::AsPackaged, Some(max_points)) => Ok(max_points),
        (_, None) => Err(format!(
            "it wrote no score.txt, and {} has no maximum score",
            group.name
        )),
    }
}

/// Returns the maximum points of a group in the formats since 2023-07; `None` if unbounded.
fn max_score(group: &TestGroup, data: &TestData) -> Option<f64> {
    let stated = group
        .settings
        .scoring
        .as_ref()
        .and_then(|scoring| scoring.max_score);
    match stated {
        Some(MaxScore::Bounded(score)) => Some(score),
        Some(MaxScore::Unbounded) => None,
        None if group.name == "secret" => Some(DEFAULT_MAX_SCORE),
        None => {
            let parent = &data.groups[group.parent?];
            match parent.settings.scoring.as_ref()?.aggregation {
                ScoreAggregation::Sum => share_of_sum(parent, data),
                ScoreAggregation::Min | ScoreAggregation::PassFail => max_score(parent, data),
            }
        }
    }
}

/// Returns the share of each test and sub-group without a stated score in a group that sums up.
fn share_of_sum(group: &TestGroup, data: &TestData) -> Option<f64> {
    let mut left = max_score(group, data)?;
    let mut sharing = 0_u32;
    for item in &group.items {
        let stated = match *item {
            GroupItem::Test(_) => None,
            GroupItem::Group(inner) => {
                let scoring = data.groups[inner].settings.scoring.as_ref();
                scoring.and_then(|scoring| scoring.max_score)
            }
        };
        match stated {
            Some(MaxScore::Bounded(score)) => left -= score,
            Some(MaxScore::Unbounded) => {}
            None => sharing += 1,
        }
    }
    Some(left.max(0.0) / f64::from(sharing.max(1)))
}

/// Returns a group's result from those in it, which are in judging order.
///
/// Points follow the legacy format's default grader, or the scoring of the formats since 2023-07.
/// The verdict is stricter than Kattis' in one place: `accept_if_any_accepted` is ignored, so
/// that Accepted always means that nothing failed; the points say how much was right.
pub(crate) fn grade_group(
    group: &TestGroup,
    data: &TestData,
    inner: &[GradedResult],
) -> GradedResult {
    let settings = &group.settings;
    let verdicts = inner.iter().map(|graded| graded.verdict);
    let verdict = match settings.grader.verdict {
        VerdictMode::AlwaysAccept => Verdict::Accepted,
        VerdictMode::FirstError => first_error(verdicts),
        VerdictMode::WorstError => worst(verdicts),
    };
    let scores = inner.iter().map(|graded| graded.score);
    let score = match &settings.scoring {
        _ if inner.is_empty() => 0.0,
        Some(scoring) => match scoring.aggregation {
            ScoreAggregation::Sum => scores.sum(),
            ScoreAggregation::Min => scores.fold(f64::INFINITY, f64::min),
            ScoreAggregation::PassFail if verdict == Verdict::Accepted => {
                max_score(group, data).unwrap_or(0.0)
            }
            ScoreAggregation::PassFail => 0.0,
        },
        None => match settings.grader.score {
            ScoreMode::Sum => scores.sum(),
            ScoreMode::Avg => scores.sum::<f64>() / inner.len() as f64,
            ScoreMode::Min => scores.fold(f64::INFINITY, f64::min),
            ScoreMode::Max => scores.fold(f64::NEG_INFINITY, f64::max),
        },
    };
    GradedResult { verdict, score }
}

/// Returns the problem's result from the root group's. Accepted requires full marks.
///
/// In the formats a test that got part of its points is accepted too. A reader of the verdict alone
/// must not take such a submission for a solution, so it is a Wrong Answer with points; but not where
/// full marks are unknown, or where fewer points are better.
pub(crate) fn grade_problem(
    root: GradedResult,
    grading: &Grading,
    data: &TestData,
) -> GradedResult {
    let full = full_score(data).filter(|_| grading.maximize);
    let is_partial = full.is_some_and(|full| root.score < full - TOLERANCE);
    match root.verdict {
        Verdict::Accepted if is_partial => GradedResult {
            verdict: Verdict::WrongAnswer,
            ..root
        },
        _ => root,
    }
}

/// Returns a problem's maximum points; `None` if its package doesn't state them.
pub(crate) fn full_score(data: &TestData) -> Option<f64> {
    let root = data.groups.first()?;
    let secret = data.groups.iter().find(|group| group.name == "secret");
    match secret {
        Some(secret) if secret.settings.scoring.is_some() => max_score(secret, data),
        _ => Some(root.settings.score_range.1).filter(|score| score.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use letscode_package::Package;

    use super::*;

    /// Writes and loads a package with these settings.
    fn package(problem: &str, file: &str, settings: &str) -> (tempfile::TempDir, Package) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("package");
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("problem.yaml", problem);
        write("data/secret/1.in", "");
        write("data/secret/1.ans", "");
        write(file, settings);
        let package = Package::load(
            &root,
            &letscode_languages::LanguageRegistry::builtin().unwrap(),
        )
        .unwrap();
        (folder, package)
    }

    #[test]
    fn accepted_requires_full_marks() {
        const MOST: &str = "type: scoring\n";
        const FEWEST: &str = "type: scoring\ngrading: {objective: min}\n";
        const DRAFT: &str = "type: scoring\nproblem_format_version: 2023-07-draft\n";
        const RANGE: (&str, &str) = ("data/testdata.yaml", "range: 0 100\n");
        const NOTHING: (&str, &str) = ("data/testdata.yaml", "on_reject: continue\n");
        const UNBOUNDED: (&str, &str) = ("data/secret/test_group.yaml", "max_score: unbounded\n");
        use Verdict::*;
        let table = [
            (MOST, RANGE, Accepted, 100.0, Accepted),
            (MOST, RANGE, Accepted, 100.0 - 1e-9, Accepted),
            (MOST, RANGE, Accepted, 99.0, WrongAnswer),
            (MOST, RANGE, Accepted, 0.0, WrongAnswer),
            // A failure keeps its verdict.
            (MOST, RANGE, TimeLimitExceeded, 60.0, TimeLimitExceeded),
            (MOST, RANGE, InternalError, 0.0, InternalError),
            // Full marks are not stated.
            (MOST, NOTHING, Accepted, 3.0, Accepted),
            (DRAFT, UNBOUNDED, Accepted, 3.0, Accepted),
            // Fewer points are better.
            (FEWEST, RANGE, Accepted, 3.0, Accepted),
            // Full marks since 2023-07 are 100 by default.
            (DRAFT, NOTHING, Accepted, 99.0, WrongAnswer),
            (DRAFT, NOTHING, Accepted, 100.0, Accepted),
        ];
        for (problem, (file, settings), verdict, score, expected) in table {
            let (_folder, package) = package(problem, file, settings);
            let root = GradedResult { verdict, score };
            let graded = grade_problem(root, &package.grading, &package.data);
            let case = format!("{problem}{settings}{verdict:?} {score}");
            assert_eq!(graded.verdict, expected, "{case}");
            assert_eq!(graded.score, score, "{case}");
        }
    }
}
