use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{JudgementKey, RunSpec, ShareHolder, SubmissionId, TurnTerms, UserId};

/// Identifies one item in the queue, and a run for who started it. A random (version 4) UUID: it
/// can't be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = Uuid))]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl JobId {
    pub fn random() -> Self {
        JobId(Uuid::new_v4())
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for JobId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(JobId)
    }
}

/// One item in the queue. Delivery is at least once, so a job only names the work, and the store
/// remembers if it was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Judge a submission that is already durable in the store.
    Judge {
        submission_id: SubmissionId,
        /// Number of the judgement that is made.
        #[serde(default = "crate::judgement::first")]
        judgement: u32,
        user_id: UserId,
        lane: Lane,
        #[serde(flatten)]
        terms: TurnTerms,
    },
    /// Run ad-hoc code; the report goes to the watcher of this id.
    Run {
        id: JobId,
        user_id: UserId,
        /// Shared, because it may have megabytes.
        spec: Arc<RunSpec>,
        #[serde(flatten)]
        terms: TurnTerms,
    },
}

impl Job {
    /// Returns the lane that the job waits in.
    pub fn lane(&self) -> Lane {
        match self {
            _ if self.terms().gives_way => Lane::Background,
            Job::Run { .. } => Lane::Interactive,
            Job::Judge { lane, .. } => *lane,
        }
    }

    /// Returns the user whose turn the job takes.
    pub fn user_id(&self) -> &UserId {
        match self {
            Job::Run { user_id, .. } | Job::Judge { user_id, .. } => user_id,
        }
    }

    /// Returns the terms on which the job takes its turns.
    pub fn terms(&self) -> &TurnTerms {
        match self {
            Job::Run { terms, .. } | Job::Judge { terms, .. } => terms,
        }
    }

    /// Returns the name of those whose jobs count against the job's cap: no user id, if it is the share.
    pub fn cap_holder(&self) -> String {
        match self.share() {
            Some(share) if self.terms().caps_share => format!("share\t{share}"),
            _ => self.user_id().0.clone(),
        }
    }

    /// Returns whose share of the slots the job uses.
    pub fn share(&self) -> Option<&ShareHolder> {
        self.terms().share.as_ref()
    }
}

/// Classes of work. Of one user, the first two have the same share of slot time and the last a
/// smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// A user waits for the result now: ad-hoc runs, and submissions to the samples alone.
    Interactive,
    /// Submissions.
    Normal,
    /// No user waits: rejudges.
    Background,
}

impl Lane {
    pub const ALL: [Lane; 3] = [Lane::Interactive, Lane::Normal, Lane::Background];

    /// Returns the lane of a submission that was not judged yet.
    pub fn of_submission(is_custom_test: bool) -> Lane {
        if is_custom_test {
            Lane::Interactive
        } else {
            Lane::Normal
        }
    }

    /// Returns the lane of a judgement: nobody waits for a rejudge.
    pub fn of_judgement(number: u32, is_custom_test: bool) -> Lane {
        if number == JudgementKey::FIRST {
            Lane::of_submission(is_custom_test)
        } else {
            Lane::Background
        }
    }
}
