use std::collections::{HashSet, VecDeque};

use letscode_model::SubmissionId;

/// Number of submissions remembered: far more than are worked on while one is judged.
const REMEMBERED: usize = 10_000;

/// The last submissions whose verdict was published.
#[derive(Default)]
pub(super) struct PublishedVerdicts {
    ids: HashSet<SubmissionId>,
    oldest_first: VecDeque<SubmissionId>,
}

impl PublishedVerdicts {
    /// Remembers a submission. Returns true if it is new.
    pub fn insert(&mut self, id: SubmissionId) -> bool {
        let is_new = self.ids.insert(id);
        if is_new {
            self.oldest_first.push_back(id);
        }
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&oldest);
        }
        is_new
    }
}
