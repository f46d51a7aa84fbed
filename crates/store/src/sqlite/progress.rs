//! The progress of judging, in memory alone: after a crash open submissions are judged again from the
//! start.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use letscode_model::{SubmissionId, SubmissionStatus};

/// The status of every open submission that this process knows.
#[derive(Debug, Default)]
pub(super) struct JudgingProgress {
    open: Mutex<HashMap<SubmissionId, SubmissionStatus>>,
}

impl JudgingProgress {
    pub fn begin(&self, id: SubmissionId) {
        self.lock().insert(id, SubmissionStatus::Queued);
    }

    pub fn end(&self, id: SubmissionId) {
        self.lock().remove(&id);
    }

    /// Sets the status. Returns false if the submission is not open.
    pub fn set(&self, id: SubmissionId, status: SubmissionStatus) -> bool {
        let mut open = self.lock();
        let entry = open.get_mut(&id);
        entry.map(|entry| *entry = status).is_some()
    }

    pub fn get(&self, id: SubmissionId) -> Option<SubmissionStatus> {
        self.lock().get(&id).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SubmissionId, SubmissionStatus>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
