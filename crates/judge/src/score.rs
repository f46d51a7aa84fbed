//! From the results inside a test group to the group's own: verdict and points. Pure.

use letscode_model::Verdict;
use letscode_package::{
    Aggregation, DraftScoring, Group, GroupItem, GroupSettings, MaxScore, ScoreMode, TestData,
    VerdictMode,
};

use crate::decide::{first_error, worst};
use crate::validator::Points;

/// What the secret data of a scoring problem are worth since 2023-07, if nothing is said.
const DEFAULT_MAX_SCORE: f64 = 100.0;

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
    group: &Group,
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
    group: &Group,
    data: &TestData,
) -> Result<f64, String> {
    if verdict != Verdict::Accepted || scoring.aggregation == Aggregation::PassFail {
        return Ok(0.0);
    }
    let most = match scoring.aggregation {
        Aggregation::Sum => share_of_sum(group, data),
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
fn max_score(group: &Group, data: &TestData) -> Option<f64> {
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
                Aggregation::Sum => share_of_sum(parent, data),
                Aggregation::Min | Aggregation::PassFail => max_score(parent, data),
            }
        }
    }
}

/// What each test and sub-group without a stated score gets of a group that is summed up.
fn share_of_sum(group: &Group, data: &TestData) -> Option<f64> {
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
pub(crate) fn grade_group(group: &Group, data: &TestData, inside: &[Graded]) -> Graded {
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
            Aggregation::Sum => scores.sum(),
            Aggregation::Min => scores.fold(f64::INFINITY, f64::min),
            Aggregation::PassFail if verdict == Verdict::Accepted => {
                max_score(group, data).unwrap_or(0.0)
            }
            Aggregation::PassFail => 0.0,
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

/// The most points that a problem can give, as far as its package says; `None` otherwise.
pub(crate) fn full_score(data: &TestData) -> Option<f64> {
    let root = data.groups.first()?;
    let secret = data.groups.iter().find(|group| group.name == "secret");
    match secret {
        Some(secret) if secret.settings.scoring.is_some() => max_score(secret, data),
        _ => Some(root.settings.score_range.1).filter(|most| most.is_finite()),
    }
}
