use std::collections::VecDeque;

use letscode_model::Hint;

/// The newest hint of each user, the oldest first. They are few.
#[derive(Default)]
pub(super) struct Hints {
    waiting: VecDeque<Hint>,
}

impl Hints {
    pub fn put(&mut self, hint: Hint, at_most: usize) {
        self.waiting.retain(|one| one.user_id != hint.user_id);
        self.waiting.push_back(hint);
        while self.waiting.len() > at_most {
            self.waiting.pop_front();
        }
    }

    pub fn take(&mut self) -> Option<Hint> {
        self.waiting.pop_front()
    }
}
