use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Snippet, SubmissionId, UserId};

/// Names one item in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl JobId {
    pub fn random() -> Self {
        JobId(Uuid::new_v4())
    }
}

/// One item in the queue. Delivery is at least once, so a job names what is to be done and the
/// store remembers whether it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Judge a submission that is already durable in the store.
    Judge {
        submission_id: SubmissionId,
        user_id: UserId,
    },
    /// Run ad-hoc code; the report goes back to whoever waits for this id.
    RunSnippet { id: JobId, snippet: Snippet },
}

impl Job {
    /// The lane a job waits in.
    pub fn lane(&self) -> Lane {
        match self {
            Job::RunSnippet { .. } => Lane::Interactive,
            Job::Judge { .. } => Lane::Normal,
        }
    }
}

/// Priority classes, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Somebody looks at a spinner: ad-hoc runs.
    Interactive,
    /// Submissions.
    Normal,
}

impl Lane {
    pub const ALL: [Lane; 2] = [Lane::Interactive, Lane::Normal];
}
