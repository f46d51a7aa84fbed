//! The priority of one job's runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::execute::priority::Priority;

/// CPU time of a job's runs after which it gives way to others: so that a job of many long tests can't
/// starve those that were there before it.
const NORMAL_CPU_TIME: Duration = Duration::from_secs(10);

/// Priority of a job, and the CPU time that its runs have used. Shared by all of its runs.
#[derive(Debug)]
pub(crate) struct JobPriority {
    initial: Priority,
    used_micros: AtomicU64,
}

impl JobPriority {
    pub fn new(initial: Priority) -> Self {
        JobPriority {
            initial,
            used_micros: AtomicU64::new(0),
        }
    }

    /// Returns the priority with which the job takes cores: from start to end the same, so that work on
    /// its core is never speculative merely because the job is long.
    pub fn initial(&self) -> Priority {
        self.initial
    }

    /// Returns the priority of a run that starts now.
    pub fn of_next_run(&self) -> Priority {
        let used = Duration::from_micros(self.used_micros.load(Ordering::Relaxed));
        if used < NORMAL_CPU_TIME {
            self.initial
        } else {
            Priority::Background
        }
    }

    /// Adds the CPU time of a run.
    pub fn charge(&self, cpu_time: Duration) {
        let micros = u64::try_from(cpu_time.as_micros()).unwrap_or(u64::MAX);
        self.used_micros.fetch_add(micros, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_jobs_give_way() {
        let job = JobPriority::new(Priority::Normal);
        for _ in 0..3 {
            assert_eq!(job.of_next_run(), Priority::Normal);
            job.charge(NORMAL_CPU_TIME / 3 + Duration::from_millis(1));
        }
        assert_eq!(job.of_next_run(), Priority::Background);
        assert_eq!(job.initial(), Priority::Normal);
    }
}
