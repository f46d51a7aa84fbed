//! The forms in which values are stored in Redis.

use letscode_model::Job;

use crate::{JobWork, QueueError};

/// Returns the id of a job in Redis, and that of its submission or "".
pub(super) fn job_ids(job: &Job) -> (String, String) {
    match job {
        Job::Judge { submission_id, .. } => {
            (format!("s:{submission_id}"), submission_id.to_string())
        }
        Job::Run { id, .. } => (format!("r:{}", id.0), String::new()),
    }
}

/// Reads the id of a job in Redis; `None` if another version wrote it.
pub(super) fn job_work(id: &str) -> Option<JobWork> {
    match id.split_once(':')? {
        ("s", id) => Some(JobWork::Submission(id.parse().ok()?)),
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
