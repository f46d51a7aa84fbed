//! The forms in which values are stored in Redis.

use letscode_model::{Job, JudgementKey, SubmissionId};

use crate::{JobWork, QueueError};

/// Returns the id of a job in Redis, and that of its submission or "".
pub(super) fn job_ids(job: &Job) -> (String, String) {
    match job {
        Job::Judge {
            submission_id,
            judgement,
            ..
        } => {
            let key = JudgementKey {
                submission_id: *submission_id,
                number: *judgement,
            };
            (judgement_id(key), submission_id.to_string())
        }
        Job::Run { id, .. } => (format!("r:{}", id.0), String::new()),
    }
}

/// Returns the id of a judgement's job in Redis. That of a first one has no number, as in earlier
/// versions.
pub(super) fn judgement_id(key: JudgementKey) -> String {
    if key.number == JudgementKey::FIRST {
        format!("s:{}", key.submission_id)
    } else {
        format!("s:{key}")
    }
}

/// Reads the id of a job in Redis; `None` if another version wrote it.
pub(super) fn job_work(id: &str) -> Option<JobWork> {
    match id.split_once(':')? {
        ("s", id) => {
            let submission = id.split('.').next().unwrap_or(id);
            Some(JobWork::Submission(
                submission.parse::<SubmissionId>().ok()?,
            ))
        }
        ("r", id) => Some(JobWork::Run(id.parse().ok()?)),
        _ => None,
    }
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, QueueError> {
    serde_json::to_string(value).map_err(|error| QueueError::Unavailable(error.to_string()))
}

/// Parses values, without those that another version wrote and this one can't read.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(texts: Vec<String>) -> Vec<T> {
    let values = texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok());
    values.collect()
}
