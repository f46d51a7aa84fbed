use std::collections::{HashSet, VecDeque};

use letscode_model::SubmissionId;

/// Far more than are being worked on while one is judged.
const REMEMBERED: usize = 10_000;

/// The last submissions whose verdict was told.
#[derive(Default)]
pub(super) struct Concluded {
    known: HashSet<SubmissionId>,
    in_order: VecDeque<SubmissionId>,
}

impl Concluded {
    /// Whether it is new.
    pub fn insert(&mut self, id: SubmissionId) -> bool {
        let is_new = self.known.insert(id);
        if is_new {
            self.in_order.push_back(id);
        }
        if self.in_order.len() > REMEMBERED
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        is_new
    }
}
