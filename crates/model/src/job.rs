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
        lane: Lane,
    },
    /// Run ad-hoc code; the report goes back to whoever waits for this id.
    RunSnippet {
        id: JobId,
        user_id: UserId,
        snippet: Snippet,
    },
}

impl Job {
    /// The lane a job waits in.
    pub fn lane(&self) -> Lane {
        match self {
            Job::RunSnippet { .. } => Lane::Interactive,
            Job::Judge { lane, .. } => *lane,
        }
    }

    /// In whose turn it is done.
    pub fn user_id(&self) -> &UserId {
        match self {
            Job::RunSnippet { user_id, .. } | Job::Judge { user_id, .. } => user_id,
        }
    }
}

/// Priority classes, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Somebody looks at a spinner: ad-hoc runs, and submissions to the samples alone.
    Interactive,
    /// Submissions.
    Normal,
    /// Nobody waits: rejudges.
    Background,
}

impl Lane {
    pub const ALL: [Lane; 3] = [Lane::Interactive, Lane::Normal, Lane::Background];

    /// Where a submission waits for its first judgement.
    pub fn of_submission(is_custom_test: bool) -> Lane {
        match is_custom_test {
            true => Lane::Interactive,
            false => Lane::Normal,
        }
    }
}
