//! How far judging has come: in memory alone. After a crash what is open is judged again from the
//! start, so there is nothing that a disk would have to remember.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use letscode_model::{SubmissionId, SubmissionStatus};

/// Of every open submission that this process knows of.
#[derive(Debug, Default)]
pub(super) struct Progress {
    open: Mutex<HashMap<SubmissionId, SubmissionStatus>>,
}

impl Progress {
    pub fn begin(&self, id: SubmissionId) {
        self.lock().insert(id, SubmissionStatus::Queued);
    }

    pub fn end(&self, id: SubmissionId) {
        self.lock().remove(&id);
    }

    /// Whether the submission is open.
    pub fn set(&self, id: SubmissionId, status: SubmissionStatus) -> bool {
        let mut open = self.lock();
        let known = open.get_mut(&id);
        known.map(|known| *known = status).is_some()
    }

    pub fn get(&self, id: SubmissionId) -> Option<SubmissionStatus> {
        self.lock().get(&id).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SubmissionId, SubmissionStatus>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
