use std::collections::VecDeque;

use letscode_model::{Hint, UserId};

/// The newest hint of each user, oldest first. They are few.
#[derive(Default)]
pub(super) struct HintTable {
    hints: VecDeque<Hint>,
}

impl HintTable {
    /// Adds a hint in place of the same user's earlier one, and drops the oldest beyond `limit`.
    pub fn put(&mut self, hint: Hint, limit: usize) {
        self.hints.retain(|earlier| earlier.user_id != hint.user_id);
        self.hints.push_back(hint);
        while self.hints.len() > limit {
            self.hints.pop_front();
        }
    }

    pub fn forget(&mut self, user: &UserId) {
        self.hints.retain(|hint| hint.user_id != *user);
    }

    pub fn take(&mut self) -> Option<Hint> {
        self.hints.pop_front()
    }
}
