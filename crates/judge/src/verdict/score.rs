//! Points of tests, groups and problems, and the verdicts of groups.

use letscode_model::{SCORE_TOLERANCE, Verdict};
use letscode_package::{
    DraftScoring, Grading, GroupItem, GroupSettings, MaxScore, ScoreAggregation, ScoreMode,
    TestData, TestGroup, VerdictMode,
};

use super::combine::{first_error, worst};

/// Points of a scoring problem's secret data since 2023-07, if the package states none.
const DEFAULT_MAX_SCORE: f64 = 100.0;

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
    /// The verdict by the package's rules.
    pub verdict: Verdict,
    /// The verdict if no group accepted failures (`accept_if_any_accepted`, `always_accept`).
    pub strict_verdict: Verdict,
    pub score: f64,
}

impl GradedResult {
    /// Returns a result whose verdict no flag has changed.
    pub fn new(verdict: Verdict, score: f64) -> GradedResult {
        GradedResult {
            verdict,
            strict_verdict: verdict,
            score,
        }
    }
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
    Ok(GradedResult::new(verdict, score))
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
/// Verdict and points follow the legacy format's default grader, or the scoring of the formats since
/// 2023-07.
pub(crate) fn grade_group(
    group: &TestGroup,
    data: &TestData,
    inner: &[GradedResult],
) -> GradedResult {
    let settings = &group.settings;
    let verdict = group_verdict(settings, inner);
    let strict_verdicts = inner.iter().map(|graded| graded.strict_verdict);
    let strict_verdict = match settings.grader.verdict {
        VerdictMode::WorstError => worst(strict_verdicts),
        VerdictMode::FirstError | VerdictMode::AlwaysAccept => first_error(strict_verdicts),
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
    GradedResult {
        verdict,
        strict_verdict,
        score,
    }
}

/// Returns a group's verdict by its `grader_flags`. Nothing hides an Internal Error but
/// `always_accept`.
fn group_verdict(settings: &GroupSettings, inner: &[GradedResult]) -> Verdict {
    let verdicts = inner.iter().map(|graded| graded.verdict);
    let has = |verdict| inner.iter().any(|graded| graded.verdict == verdict);
    match settings.grader.verdict {
        VerdictMode::AlwaysAccept => Verdict::Accepted,
        _ if settings.grader.accept_if_any_accepted
            && has(Verdict::Accepted)
            && !has(Verdict::InternalError) =>
        {
            Verdict::Accepted
        }
        VerdictMode::FirstError => first_error(verdicts),
        VerdictMode::WorstError => worst(verdicts),
    }
}

/// Returns the problem's result from the root group's.
///
/// In the formats a submission that lacks points can be accepted: the validator gave part of the
/// points for each test, or the package accepts failures. A reader of the verdict alone must not take
/// a submission that failed somewhere for a solution, so its failure is its verdict; one that got no
/// points at all is a Wrong Answer. Neither applies where full marks are unknown, or where fewer points
/// are better.
pub(crate) fn grade_problem(
    root: GradedResult,
    grading: &Grading,
    data: &TestData,
) -> GradedResult {
    let full = full_score(data).filter(|_| grading.maximize);
    let is_partial = full.is_some_and(|full| root.score < full - SCORE_TOLERANCE);
    if root.verdict != Verdict::Accepted || !is_partial {
        return root;
    }
    let verdict = match root.strict_verdict {
        Verdict::Accepted if root.score <= 0.0 => Verdict::WrongAnswer,
        failure_or_accepted => failure_or_accepted,
    };
    GradedResult { verdict, ..root }
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

    const MOST: &str = "type: scoring\n";
    const FEWEST: &str = "type: scoring\ngrading: {objective: min}\n";
    const DRAFT: &str = "type: scoring\nproblem_format_version: 2023-07-draft\n";
    const RANGE: (&str, &str) = ("data/testdata.yaml", "range: 0 100\n");
    const NOTHING: (&str, &str) = ("data/testdata.yaml", "on_reject: continue\n");
    const UNBOUNDED: (&str, &str) = ("data/secret/test_group.yaml", "max_score: unbounded\n");

    #[test]
    fn all_accepted_tests_with_some_points_are_accepted() {
        use Verdict::*;
        let table = [
            (MOST, RANGE, Accepted, 100.0, Accepted),
            (MOST, RANGE, Accepted, 100.0 - 1e-9, Accepted),
            (MOST, RANGE, Accepted, 80.7, Accepted),
            (MOST, RANGE, Accepted, 0.0, WrongAnswer),
            // A failure keeps its verdict.
            (MOST, RANGE, TimeLimitExceeded, 60.0, TimeLimitExceeded),
            (MOST, RANGE, InternalError, 0.0, InternalError),
            // Full marks are not stated.
            (MOST, NOTHING, Accepted, 3.0, Accepted),
            (MOST, NOTHING, Accepted, 0.0, Accepted),
            (DRAFT, UNBOUNDED, Accepted, 3.0, Accepted),
            // Fewer points are better.
            (FEWEST, RANGE, Accepted, 0.0, Accepted),
            // Full marks since 2023-07 are 100 by default.
            (DRAFT, NOTHING, Accepted, 99.0, Accepted),
            (DRAFT, NOTHING, Accepted, 0.0, WrongAnswer),
        ];
        for (problem, (file, settings), verdict, score, expected) in table {
            let (_folder, package) = package(problem, file, settings);
            let root = GradedResult::new(verdict, score);
            let graded = grade_problem(root, &package.grading, &package.data);
            let case = format!("{problem}{settings}{verdict:?} {score}");
            assert_eq!(graded.verdict, expected, "{case}");
            assert_eq!(graded.score, score, "{case}");
        }
    }

    /// Problemtools' rule: Accepted if anything in the group is, otherwise by the other flags.
    #[test]
    fn accept_if_any_accepted_decides_a_groups_verdict() {
        use Verdict::*;
        let table: [(&str, &[Verdict], Verdict, Verdict); 7] = [
            ("", &[Accepted, WrongAnswer], Accepted, WrongAnswer),
            ("", &[WrongAnswer, RuntimeError], RuntimeError, RuntimeError),
            (
                "first_error",
                &[WrongAnswer, RuntimeError],
                WrongAnswer,
                WrongAnswer,
            ),
            (
                "first_error",
                &[TimeLimitExceeded, Accepted, WrongAnswer],
                Accepted,
                TimeLimitExceeded,
            ),
            ("always_accept", &[WrongAnswer], Accepted, WrongAnswer),
            ("", &[Accepted, InternalError], InternalError, InternalError),
            ("", &[], Accepted, Accepted),
        ];
        for (flags, inner, expected, strict) in table {
            let settings = format!("grader_flags: accept_if_any_accepted {flags}\n");
            let (_folder, package) = package(MOST, "data/secret/testdata.yaml", &settings);
            let groups = &package.data.groups;
            let secret = groups.iter().find(|group| group.name == "secret").unwrap();
            let inner: Vec<GradedResult> = inner
                .iter()
                .map(|verdict| GradedResult::new(*verdict, 1.0))
                .collect();
            let graded = grade_group(secret, &package.data, &inner);
            assert_eq!(graded.verdict, expected, "{flags} {inner:?}");
            assert_eq!(graded.strict_verdict, strict, "{flags} {inner:?}");
        }
    }

    #[test]
    fn an_accepted_failure_stays_accepted_with_full_marks_only() {
        use Verdict::*;
        let table = [
            (RANGE, 100.0, Accepted),
            (RANGE, 60.0, TimeLimitExceeded),
            (RANGE, 0.0, TimeLimitExceeded),
            (NOTHING, 60.0, Accepted),
        ];
        for ((file, settings), score, expected) in table {
            let (_folder, package) = package(MOST, file, settings);
            let root = GradedResult {
                strict_verdict: TimeLimitExceeded,
                ..GradedResult::new(Accepted, score)
            };
            let graded = grade_problem(root, &package.grading, &package.data);
            assert_eq!(graded.verdict, expected, "{settings}{score}");
        }
    }
}
