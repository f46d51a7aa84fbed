//! The progress of judging, in memory alone: after a crash open submissions are judged again from the
//! start.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use letscode_model::{PartialResults, SubmissionId, SubmissionStatus};

/// The progress of every open judgement that this process knows.
#[derive(Debug, Default)]
pub(super) struct ProgressTable {
    open: Mutex<HashMap<SubmissionId, OpenProgress>>,
}

/// How far one judgement has come.
#[derive(Debug, Clone)]
pub(super) struct OpenProgress {
    pub status: SubmissionStatus,
    pub results: Option<PartialResults>,
}

impl ProgressTable {
    pub fn begin(&self, id: SubmissionId) {
        let progress = OpenProgress {
            status: SubmissionStatus::Queued,
            results: None,
        };
        self.lock().insert(id, progress);
    }

    pub fn end(&self, id: SubmissionId) {
        self.lock().remove(&id);
    }

    /// Sets the status. Returns false if the submission is not open.
    pub fn set(&self, id: SubmissionId, status: SubmissionStatus) -> bool {
        let mut open = self.lock();
        let entry = open.get_mut(&id);
        entry.map(|entry| entry.status = status).is_some()
    }

    /// Replaces the results. Returns false if the submission is not open.
    pub fn set_results(&self, id: SubmissionId, results: PartialResults) -> bool {
        let mut open = self.lock();
        let entry = open.get_mut(&id);
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
