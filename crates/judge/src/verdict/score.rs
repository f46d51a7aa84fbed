//! From the results inside a test group to the group's own: verdict and points. Pure.

use letscode_model::Verdict;
use letscode_package::{
    DraftScoring, Grading, GroupItem, GroupSettings, MaxScore, ScoreAggregation, ScoreMode,
    TestData, TestGroup, VerdictMode,
};

use crate::check::validator::Points;
use crate::verdict::decide::{first_error, worst};

/// What the secret data of a scoring problem are worth since 2023-07, if nothing is said.
const DEFAULT_MAX_SCORE: f64 = 100.0;

/// Scores are sums of decimal fractions, so they are compared with some tolerance.
pub(crate) const TOLERANCE: f64 = 1e-6;

/// The result of a test or group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Graded {
    pub verdict: Verdict,
    pub score: f64,
}

/// A single test's points. An error says what the validator should have told.
pub(crate) fn grade_test(
    verdict: Verdict,
    points: Points,
    group: &TestGroup,
    data: &TestData,
) -> Result<Graded, String> {
    let score = match &group.settings.scoring {
        Some(scoring) => draft_test(verdict, points, scoring, group, data)?,
        None => legacy_test(verdict, points, &group.settings),
    };
    Ok(Graded { verdict, score })
}

/// What its group says that an accepted or a rejected test is worth, unless the validator says
/// more of an accepted one.
fn legacy_test(verdict: Verdict, points: Points, settings: &GroupSettings) -> f64 {
    match (verdict, points) {
        (Verdict::Accepted, Points::AsPackaged) => settings.accept_score,
        (Verdict::Accepted, Points::Score(score)) => score,
        (Verdict::Accepted, Points::Multiplier(share)) => share * settings.accept_score,
        _ => settings.reject_score,
    }
}

fn draft_test(
    verdict: Verdict,
    points: Points,
    scoring: &DraftScoring,
    group: &TestGroup,
    data: &TestData,
) -> Result<f64, String> {
    if verdict != Verdict::Accepted || scoring.aggregation == ScoreAggregation::PassFail {
        return Ok(0.0);
    }
    let most = match scoring.aggregation {
        ScoreAggregation::Sum => share_of_sum(group, data),
        _ => max_score(group, data),
    };
    match (points, most) {
        (Points::Score(score), _) => Ok(score),
        (Points::Multiplier(share), Some(most)) => Ok(share * most),
        (Points::AsPackaged, Some(most)) => Ok(most),
        (_, None) => Err(format!(
            "it wrote no score.txt, and {} has no greatest score",
            group.name
        )),
    }
}

/// The most points that a group of the formats since 2023-07 can give; `None` when unbounded.
fn max_score(group: &TestGroup, data: &TestData) -> Option<f64> {
    let stated = group
        .settings
        .scoring
        .as_ref()
        .and_then(|one| one.max_score);
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

/// What each test and sub-group without a stated score gets of a group that is summed up.
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

/// A group's result from those in it, in judging order.
///
/// Points follow the legacy format's default grader, or the scoring of the formats since 2023-07.
/// The verdict is stricter than Kattis' in one place: `accept_if_any_accepted` is not heeded, so
/// that Accepted always means that nothing failed; the points say how much was right.
pub(crate) fn grade_group(group: &TestGroup, data: &TestData, inside: &[Graded]) -> Graded {
    let settings = &group.settings;
    let verdicts = inside.iter().map(|graded| graded.verdict);
    let verdict = match settings.grader.verdict {
        VerdictMode::AlwaysAccept => Verdict::Accepted,
        VerdictMode::FirstError => first_error(verdicts),
        VerdictMode::WorstError => worst(verdicts),
    };
    let scores = inside.iter().map(|graded| graded.score);
    let score = match &settings.scoring {
        _ if inside.is_empty() => 0.0,
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
            ScoreMode::Avg => scores.sum::<f64>() / inside.len() as f64,
            ScoreMode::Min => scores.fold(f64::INFINITY, f64::min),
            ScoreMode::Max => scores.fold(f64::NEG_INFINITY, f64::max),
        },
    };
    Graded { verdict, score }
}

/// The whole problem's result from the root group's: Accepted is for full marks.
///
/// In the formats a test that got part of its points is accepted too. Somebody who reads only the
/// verdict must not take such a submission for a solution, so it is a Wrong Answer with points; but
/// not where nobody knows what full marks are, or where fewer points are better.
pub(crate) fn grade_problem(root: Graded, grading: &Grading, data: &TestData) -> Graded {
    let full = full_score(data).filter(|_| grading.maximize);
    let lacks = full.is_some_and(|full| root.score < full - TOLERANCE);
    match root.verdict {
        Verdict::Accepted if lacks => Graded {
            verdict: Verdict::WrongAnswer,
            ..root
        },
        _ => root,
    }
}

/// The most points that a problem can give, as far as its package says; `None` otherwise.
pub(crate) fn full_score(data: &TestData) -> Option<f64> {
    let root = data.groups.first()?;
    let secret = data.groups.iter().find(|group| group.name == "secret");
    match secret {
        Some(secret) if secret.settings.scoring.is_some() => max_score(secret, data),
        _ => Some(root.settings.score_range.1).filter(|most| most.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use letscode_package::Package;

    use super::*;

    /// A real package with these settings.
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
    fn accepted_is_for_full_marks() {
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
            // What failed keeps its name.
            (MOST, RANGE, TimeLimitExceeded, 60.0, TimeLimitExceeded),
            (MOST, RANGE, InternalError, 0.0, InternalError),
            // Nobody says what full marks are.
            (MOST, NOTHING, Accepted, 3.0, Accepted),
            (DRAFT, UNBOUNDED, Accepted, 3.0, Accepted),
            // Fewer points are better.
            (FEWEST, RANGE, Accepted, 3.0, Accepted),
            // Full marks since 2023-07 are 100, if nothing is said.
            (DRAFT, NOTHING, Accepted, 99.0, WrongAnswer),
            (DRAFT, NOTHING, Accepted, 100.0, Accepted),
        ];
        for (problem, (file, settings), verdict, score, expected) in table {
            let (_folder, package) = package(problem, file, settings);
            let root = Graded { verdict, score };
            let found = grade_problem(root, &package.grading, &package.data);
            let case = format!("{problem}{settings}{verdict:?} {score}");
            assert_eq!(found.verdict, expected, "{case}");
            assert_eq!(found.score, score, "{case}");
        }
    }
}
