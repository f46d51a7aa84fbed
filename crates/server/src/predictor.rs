//! Predicts the language of a user's next submission from the previous ones, so that its cells can
//! be prepared in advance.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use letscode_model::{LanguageId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// Number of a user's submissions that a prediction considers.
pub(crate) const HISTORY_LENGTH: usize = 20;
/// Number of users whose history is in memory at once.
const MAX_USERS: u64 = 10_000;
/// Weight of a submission relative to the next newer one.
const DECAY: f64 = 0.85;
/// Additional weight of a language that followed the newest one before, relative to a frequent one.
const SUCCESSOR_WEIGHT: f64 = 4.0;
/// Weight against every prediction: a single submission is not a habit.
const PRIOR_DOUBT: f64 = 1.0;
/// Predictions with less confidence than this are not used.
const MIN_CONFIDENCE: f64 = 0.7;

#[derive(Debug, Clone, PartialEq)]
struct LanguagePrediction<'a> {
    language: &'a LanguageId,
    /// 0 to 1.
    confidence: f64,
}

/// Returns the most likely next language. `history`: newest first.
fn predict(history: &VecDeque<LanguageId>) -> Option<LanguagePrediction<'_>> {
    let newest = history.front()?;
    let mut scores: BTreeMap<&LanguageId, f64> = BTreeMap::new();
    let mut weight = 1.0;
    for (at, language) in history.iter().enumerate() {
        let is_successor = history.get(at + 1) == Some(newest);
        let factor = if is_successor {
            1.0 + SUCCESSOR_WEIGHT
        } else {
            1.0
        };
        *scores.entry(language).or_default() += weight * factor;
        weight *= DECAY;
    }
    let total: f64 = scores.values().sum::<f64>() + PRIOR_DOUBT;
    let (language, score) = scores.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(LanguagePrediction {
        language,
        confidence: score / total,
    })
}

fn confident(history: &VecDeque<LanguageId>) -> Option<LanguageId> {
    let prediction = predict(history)?;
    (prediction.confidence >= MIN_CONFIDENCE).then(|| prediction.language.clone())
}

/// The recent languages of each user, and statistics about the predictions made from them.
pub(crate) struct LanguagePredictor {
    histories: moka::sync::Cache<UserId, Arc<Mutex<VecDeque<LanguageId>>>>,
    predicted: AtomicU64,
    hit: AtomicU64,
}

/// Number of predictions of a user's next language, and of those that were right.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Foresight)]
pub(crate) struct PredictionStats {
    predicted: u64,
    hit: u64,
    /// Absent before the first prediction.
    #[serde(skip_serializing_if = "Option::is_none")]
    hit_rate: Option<f64>,
}

impl Default for LanguagePredictor {
    fn default() -> Self {
        LanguagePredictor {
            histories: moka::sync::Cache::new(MAX_USERS),
            predicted: AtomicU64::new(0),
            hit: AtomicU64::new(0),
        }
    }
}

impl LanguagePredictor {
    /// Records a submission, and whether its language was predicted.
    pub fn record(&self, user: &UserId, language: &LanguageId) {
        let history = self.histories.get_with(user.clone(), Arc::default);
        let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expected) = confident(&history) {
            self.predicted.fetch_add(1, Ordering::Relaxed);
            let hit = u64::from(expected == *language);
            self.hit.fetch_add(hit, Ordering::Relaxed);
        }
        history.push_front(language.clone());
        history.truncate(HISTORY_LENGTH);
    }

    /// Forgets a user's history.
    pub fn forget(&self, user: &UserId) {
        self.histories.invalidate(user);
    }

    pub fn has_history(&self, user: &UserId) -> bool {
        self.histories.contains_key(user)
    }

    /// Sets a user's history, newest first, unless something was recorded in the meantime.
    pub fn load_history(&self, user: &UserId, languages: impl Iterator<Item = LanguageId>) {
        let history = Arc::new(Mutex::new(languages.collect()));
        self.histories.get_with(user.clone(), || history);
    }

    /// Returns the language that a user will probably submit in next.
    pub fn predict(&self, user: &UserId) -> Option<LanguageId> {
        let history = self.histories.get(user)?;
        let history = history.lock().unwrap_or_else(PoisonError::into_inner);
        confident(&history)
    }

    pub fn stats(&self) -> PredictionStats {
        let predicted = self.predicted.load(Ordering::Relaxed);
        let hit = self.hit.load(Ordering::Relaxed);
        PredictionStats {
            predicted,
            hit,
            hit_rate: (predicted > 0).then(|| hit as f64 / predicted as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(newest_first: &str) -> VecDeque<LanguageId> {
        let ids = newest_first.split_whitespace();
        ids.map(|id| LanguageId(id.to_owned())).collect()
    }

    #[test]
    fn repeated_patterns_are_predicted() {
        for (newest_first, expected) in [
            ("", None),
            // A single submission is not a habit.
            ("python", None),
            ("python python", Some("python")),
            ("python python python python", Some("python")),
            // The newest one alone does not change a habit, nor does it continue it.
            ("cpp python python python python", None),
            ("cpp cpp cpp python python python", Some("cpp")),
            // Alternating languages are expected to go on alternating.
            ("python cpp python cpp python cpp python", Some("cpp")),
            ("cpp python cpp python cpp python cpp", Some("python")),
            ("rust cpp python javascript", None),
            // Rust was always followed by C++.
            ("rust cpp cpp rust cpp cpp rust cpp cpp rust", Some("cpp")),
        ] {
            let predicted = confident(&history(newest_first));
            assert_eq!(
                predicted.as_ref().map(LanguageId::as_str),
                expected,
                "after {newest_first}: {:?}",
                predict(&history(newest_first))
            );
        }
    }

    #[test]
    fn confidence_grows_with_repetition() {
        let confidences = (1..=HISTORY_LENGTH).map(|count| {
            let history = history(&"rust ".repeat(count));
            predict(&history).map_or(0.0, |prediction| prediction.confidence)
        });
        let confidences: Vec<f64> = confidences.collect();
        assert!(confidences.is_sorted(), "{confidences:?}");
        assert!(
            confidences
                .iter()
                .all(|confidence| (0.0..1.0).contains(confidence))
        );
    }

    #[test]
    fn right_predictions_are_counted() {
        let predictor = LanguagePredictor::default();
        assert_eq!(predictor.stats().hit_rate, None);
        let (ada, bob) = (UserId("ada".into()), UserId("bob".into()));
        for language in ["cpp", "cpp", "cpp", "cpp", "rust"] {
            predictor.record(&ada, &LanguageId(language.into()));
        }
        predictor.record(&bob, &LanguageId("python".into()));
        let stats = predictor.stats();
        assert_eq!((stats.predicted, stats.hit), (3, 2));
        assert_eq!(stats.hit_rate, Some(2.0 / 3.0));
    }
}
