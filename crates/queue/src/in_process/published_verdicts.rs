use std::collections::{HashSet, VecDeque};

use letscode_model::JudgementKey;

/// Number of judgements remembered: far more than are worked on while one goes on.
const REMEMBERED: usize = 10_000;

/// The last judgements whose verdict was published.
#[derive(Default)]
pub(super) struct PublishedVerdicts {
    keys: HashSet<JudgementKey>,
    oldest_first: VecDeque<JudgementKey>,
}

impl PublishedVerdicts {
    pub fn contains(&self, key: JudgementKey) -> bool {
        self.keys.contains(&key)
    }

    /// Remembers a judgement. Returns true if it is new.
    pub fn insert(&mut self, key: JudgementKey) -> bool {
        let is_new = self.keys.insert(key);
        if is_new {
            self.oldest_first.push_back(key);
        }
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.keys.remove(&oldest);
        }
        is_new
    }
}
