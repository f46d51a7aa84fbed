//! The progress of judging, in memory alone: after a crash open submissions are judged again from the
//! start.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use letscode_model::{JudgementKey, PartialResults, SubmissionId, SubmissionStatus};

/// The progress of every open judgement that this process knows.
#[derive(Debug, Default)]
pub(super) struct ProgressTable {
    open: Mutex<HashMap<SubmissionId, OpenProgress>>,
}

/// Results and number of finished tests of a judgement that goes on.
#[derive(Debug, Clone)]
pub(super) struct OpenProgress {
    /// Number of the judgement.
    pub judgement: u32,
    pub status: SubmissionStatus,
    pub results: Option<PartialResults>,
}

impl ProgressTable {
    pub fn begin(&self, key: JudgementKey) {
        let progress = OpenProgress {
            judgement: key.number,
            status: SubmissionStatus::Queued,
            results: None,
        };
        self.lock().insert(key.submission_id, progress);
    }

    /// Removes the progress of a judgement, and never that of one after it.
    pub fn end(&self, key: JudgementKey) {
        let mut open = self.lock();
        let entry = open.get(&key.submission_id);
        if entry.is_some_and(|entry| entry.judgement == key.number) {
            open.remove(&key.submission_id);
        }
    }

    /// Sets the status. Returns false if the submission is not open.
    pub fn set(&self, id: SubmissionId, status: SubmissionStatus) -> bool {
        let mut open = self.lock();
        let entry = open.get_mut(&id);
        entry.map(|entry| entry.status = status).is_some()
    }

    /// Replaces the results. Returns false if their judgement is not open.
    pub fn set_results(&self, id: SubmissionId, results: PartialResults) -> bool {
        let mut open = self.lock();
        let entry = open.get_mut(&id);
        let entry = entry.filter(|entry| entry.judgement == results.judgement);
        entry.map(|entry| entry.results = Some(results)).is_some()
    }

    pub fn status(&self, id: SubmissionId) -> Option<SubmissionStatus> {
        self.lock().get(&id).map(|entry| entry.status)
    }

    pub fn get(&self, id: SubmissionId) -> Option<OpenProgress> {
        self.lock().get(&id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SubmissionId, OpenProgress>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judgement_that_ends_late_leaves_the_next_one() {
        let table = ProgressTable::default();
        let first = JudgementKey::first_of(SubmissionId::random());
        let second = JudgementKey { number: 2, ..first };
        let id = first.submission_id;
        let results = |judgement| PartialResults {
            judgement,
            total_tests: 1,
            test_results: Vec::new(),
        };
        table.begin(first);
        table.begin(second);
        assert!(table.set(id, SubmissionStatus::Running));
        table.end(first);
        assert_eq!(table.status(id), Some(SubmissionStatus::Running));
        assert!(!table.set_results(id, results(1)));
        assert!(table.set_results(id, results(2)));
        table.end(second);
        assert!(table.get(id).is_none());
    }
}
