//! Jobs that wait, as operators see them.

use letscode_model::{Job, JobId, Lane, ShareHolder, SubmissionId, UserId};
use serde::{Deserialize, Serialize};

use crate::turns::share_name;

/// A job that waits, without its contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitingJob {
    pub work: JobWork,
    pub user_id: UserId,
    /// Whose share of the slots it uses, such as `203.0.113.7`, `2001:db8::/64` or `key:moodle`; `-` for
    /// jobs that no client waits for.
    #[serde(alias = "address")]
    pub share: String,
    pub lane: Lane,
}

/// The work that a job stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobWork {
    Submission(SubmissionId),
    Run(JobId),
}

impl From<&Job> for WaitingJob {
    fn from(job: &Job) -> Self {
        WaitingJob {
            work: match job {
                Job::Judge { submission_id, .. } => JobWork::Submission(*submission_id),
                Job::Run { id, .. } => JobWork::Run(*id),
            },
            user_id: job.user_id().clone(),
            share: share_name(job.share()),
            lane: job.lane(),
        }
    }
}

/// Selects jobs that wait. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFilter {
    pub user_id: Option<UserId>,
    #[serde(default, alias = "address")]
    pub share: Option<ShareHolder>,
}

impl JobFilter {
    pub(crate) fn matches(&self, job: &Job) -> bool {
        let of_user = self
            .user_id
            .as_ref()
            .is_none_or(|user| user == job.user_id());
        let share = self.share.as_ref();
        of_user && share.is_none_or(|share| job.share() == Some(share))
    }
}
