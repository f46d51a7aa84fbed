//! Detects a cell in which no process has used CPU time for too long.

use std::time::Duration;

/// CPU time that counts as work: less of it, such as a program uses that only wakes up to sleep
/// again, doesn't restart the timer.
const LEAST_WORK: Duration = Duration::from_millis(1);

pub struct IdleTimer {
    limit: Option<Duration>,
    time: Duration,
    /// The cell's CPU time when the timer was last restarted.
    cpu_time: Duration,
}

impl IdleTimer {
    pub fn new(limit: Option<Duration>) -> Self {
        IdleTimer {
            limit,
            time: Duration::ZERO,
            cpu_time: Duration::ZERO,
        }
    }

    /// Called after each nap; true once the cell has been idle for longer than the limit. `slept`
    /// is the time really slept, at most the nap: a program that writes much in small pieces wakes
    /// us often, before the kernel has updated the counter; and a machine that was paused slept for
    /// longer.
    pub fn is_too_long(&mut self, slept: Duration, cpu_time: Duration) -> bool {
        if cpu_time.saturating_sub(self.cpu_time) < LEAST_WORK {
            self.time += slept;
        } else {
            self.time = Duration::ZERO;
            self.cpu_time = cpu_time;
        }
        self.limit.is_some_and(|limit| self.time > limit)
    }

    /// Restarts the timer: the cell does not wait, it is kept from computing.
    pub fn restart(&mut self) {
        self.time = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn only_time_without_work_counts() {
        let mut idle = IdleTimer::new(Some(300 * MS));
        assert!(!(0..100).any(|work| idle.is_too_long(50 * MS, work * MS)));
        assert!(!(0..5).any(|_| idle.is_too_long(50 * MS, 99 * MS)));
        // A little work restarts the timer.
        assert!(!idle.is_too_long(50 * MS, 100 * MS));
        assert!(!(0..6).any(|_| idle.is_too_long(50 * MS, 100 * MS)));
        assert!(idle.is_too_long(50 * MS, 100 * MS));
    }

    #[test]
    fn waking_up_is_no_work() {
        let mut idle = IdleTimer::new(Some(300 * MS));
        assert!((1..=7).any(|wake| idle.is_too_long(50 * MS, wake * MS / 10)));
        idle.restart();
        assert!(!idle.is_too_long(50 * MS, MS / 2));
    }

    #[test]
    fn short_naps_add_up_to_little() {
        let mut idle = IdleTimer::new(Some(300 * MS));
        assert!(!(0..1000).any(|_| idle.is_too_long(MS / 10, 7 * MS)));
    }

    #[test]
    fn no_limit_means_never_too_long() {
        let mut idle = IdleTimer::new(None);
        assert!(!(0..10).any(|_| idle.is_too_long(1000 * MS, MS)));
    }
}
