//! Which language a user will submit in next, told from the ones before, so that its cells may wait
//! already.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use letscode_model::{Hint, LanguageId, UserId};
use letscode_store::SubmissionFilter;
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;

/// How many submissions of a user are looked at.
const REMEMBERED: usize = 20;
/// How many users are known at once.
const USERS: u64 = 10_000;
/// What an older submission counts of the next newer one.
const FADING: f64 = 0.85;
/// How much more it counts what followed the same language before than what is frequent.
const FOLLOWING: f64 = 4.0;
/// What speaks against every prediction: a single submission is not a habit.
const DOUBT: f64 = 1.0;
/// A prediction less sure than this is not acted on.
const CONFIDENT: f64 = 0.7;

#[derive(Debug, Clone, PartialEq)]
struct Prediction<'a> {
    language: &'a LanguageId,
    /// 0 to 1.
    confidence: f64,
}

/// The most likely language after these, the newest first.
fn predict(history: &VecDeque<LanguageId>) -> Option<Prediction<'_>> {
    let newest = history.front()?;
    let mut scores: BTreeMap<&LanguageId, f64> = BTreeMap::new();
    let mut weight = 1.0;
    for (at, language) in history.iter().enumerate() {
        let follows = history.get(at + 1) == Some(newest);
        *scores.entry(language).or_default() +=
            weight * if follows { 1.0 + FOLLOWING } else { 1.0 };
        weight *= FADING;
    }
    let all: f64 = scores.values().sum::<f64>() + DOUBT;
    let (language, score) = scores.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Prediction {
        language,
        confidence: score / all,
    })
}

fn confident(history: &VecDeque<LanguageId>) -> Option<LanguageId> {
    let prediction = predict(history)?;
    (prediction.confidence >= CONFIDENT).then(|| prediction.language.clone())
}

/// What users submitted in lately, and how well that told what came next.
pub(crate) struct Habits {
    histories: moka::sync::Cache<UserId, Arc<Mutex<VecDeque<LanguageId>>>>,
    predicted: AtomicU64,
    hit: AtomicU64,
}

/// How often the next language of a user was predicted, and how often rightly.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Foresight {
    predicted: u64,
    hit: u64,
    /// Absent until something was predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    hit_rate: Option<f64>,
}

impl Default for Habits {
    fn default() -> Self {
        Habits {
            histories: moka::sync::Cache::new(USERS),
            predicted: AtomicU64::new(0),
            hit: AtomicU64::new(0),
        }
    }
}

impl Habits {
    /// A user has submitted: says how good the prediction was, and learns.
    pub fn submitted(&self, user: &UserId, language: &LanguageId) {
        let history = self.histories.get_with(user.clone(), Arc::default);
        let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expected) = confident(&history) {
            self.predicted.fetch_add(1, Ordering::Relaxed);
            let hit = u64::from(expected == *language);
            self.hit.fetch_add(hit, Ordering::Relaxed);
        }
        history.push_front(language.clone());
        history.truncate(REMEMBERED);
    }

    pub fn foresight(&self) -> Foresight {
        let predicted = self.predicted.load(Ordering::Relaxed);
        let hit = self.hit.load(Ordering::Relaxed);
        Foresight {
            predicted,
            hit,
            hit_rate: (predicted > 0).then(|| hit as f64 / predicted as f64),
        }
    }

    fn expected(&self, user: &UserId) -> Option<LanguageId> {
        let history = self.histories.get(user)?;
        let history = history.lock().unwrap_or_else(PoisonError::into_inner);
        confident(&history)
    }
}

/// Somebody has come: cells of the language that comes next are to wait, if it can be told.
pub(crate) async fn welcome(state: AppState, user: UserId) {
    let habits = state.habits();
    if !habits.histories.contains_key(&user) {
        let latest = SubmissionFilter {
            user_id: Some(user.clone()),
            limit: Some(REMEMBERED as u32),
            ..SubmissionFilter::default()
        };
        match state.store().list_submissions(&latest).await {
            Ok(page) => {
                let languages = page.submissions.into_iter().map(|one| one.language);
                let history = Arc::new(Mutex::new(languages.collect()));
                // Unless something was submitted meanwhile, which counts for more.
                habits.histories.get_with(user.clone(), || history);
            }
            Err(error) => return tracing::warn!(%error, "a user's habits can't be looked up"),
        }
    }
    let Some(language) = habits.expected(&user) else {
        return;
    };
    let hint = Hint {
        user_id: user,
        language,
        draft: None,
    };
    if let Err(error) = state.broker().hints.offer_hint(hint).await {
        tracing::warn!(%error, "the queue takes no hint");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(newest_first: &str) -> VecDeque<LanguageId> {
        let words = newest_first.split_whitespace();
        words.map(|word| LanguageId(word.to_owned())).collect()
    }

    #[test]
    fn what_is_predicted() {
        for (newest_first, expected) in [
            ("", None),
            // Once is no habit.
            ("python", None),
            ("python python", Some("python")),
            ("python python python python", Some("python")),
            // The newest one alone does not change a habit, nor does it continue it.
            ("cpp python python python python", None),
            ("cpp cpp cpp python python python", Some("cpp")),
            // Who takes turns takes turns.
            ("python cpp python cpp python cpp python", Some("cpp")),
            ("cpp python cpp python cpp python cpp", Some("python")),
            ("rust cpp python javascript", None),
            // After Rust this one has always gone on in C++.
            ("rust cpp cpp rust cpp cpp rust cpp cpp rust", Some("cpp")),
        ] {
            let found = confident(&history(newest_first));
            let found = found.as_ref().map(LanguageId::as_str);
            assert_eq!(
                found,
                expected,
                "after {newest_first}: {:?}",
                predict(&history(newest_first))
            );
        }
    }

    #[test]
    fn the_longer_the_habit_the_surer() {
        let confidences = (1..=REMEMBERED).map(|count| {
            let history = history(&"rust ".repeat(count));
            predict(&history).map_or(0.0, |one| one.confidence)
        });
        let confidences: Vec<f64> = confidences.collect();
        assert!(confidences.is_sorted(), "{confidences:?}");
        assert!(confidences.iter().all(|one| (0.0..1.0).contains(one)));
    }

    #[test]
    fn predictions_are_compared_with_what_came() {
        let habits = Habits::default();
        assert_eq!(habits.foresight().hit_rate, None);
        let (ada, bob) = (UserId("ada".into()), UserId("bob".into()));
        for language in ["cpp", "cpp", "cpp", "cpp", "rust"] {
            habits.submitted(&ada, &LanguageId(language.into()));
        }
        habits.submitted(&bob, &LanguageId("python".into()));
        let foresight = habits.foresight();
        assert_eq!((foresight.predicted, foresight.hit), (3, 2));
        assert_eq!(foresight.hit_rate, Some(2.0 / 3.0));
    }
}
