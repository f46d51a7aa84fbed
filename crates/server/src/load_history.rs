//! The load of the last hour, for the status page.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

/// Time between two samples.
pub(crate) const SAMPLE_INTERVAL: Duration = Duration::from_secs(10);
/// One hour of samples.
const MAX_SAMPLES: usize = 360;

/// The load at one point in time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Sample)]
pub(crate) struct LoadSample {
    /// Unix time in milliseconds.
    pub at: i64,
    /// Jobs waiting in the queue.
    pub queued: u32,
    /// Jobs running on a worker.
    pub running: u32,
    /// Slots of all workers: jobs that can run at once.
    pub capacity: u32,
    /// The machine's load average over a minute.
    pub load: f64,
    /// Resident memory of the server in bytes.
    pub memory: u64,
}

/// The samples of the last hour, oldest first.
#[derive(Default)]
pub(crate) struct LoadHistory(Mutex<VecDeque<LoadSample>>);

impl LoadHistory {
    pub fn add(&self, sample: LoadSample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() >= MAX_SAMPLES {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    pub fn samples(&self) -> Vec<LoadSample> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: i64) -> LoadSample {
        LoadSample {
            at,
            queued: 0,
            running: 0,
            capacity: 1,
            load: 0.0,
            memory: 1,
        }
    }

    #[test]
    fn only_the_newest_samples_are_kept() {
        let history = LoadHistory::default();
        for at in 0..1_000 {
            history.add(sample(at));
        }
        let samples = history.samples();
        assert_eq!(samples.len(), MAX_SAMPLES);
        assert_eq!(samples[0].at, 1_000 - MAX_SAMPLES as i64);
        assert_eq!(samples[MAX_SAMPLES - 1].at, 999);
    }
}
