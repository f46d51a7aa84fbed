//! How long nothing in a cell has used CPU time.

use std::time::Duration;

pub struct IdleTimer {
    limit: Option<Duration>,
    time: Duration,
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

    /// To be asked after each nap. `slept` is what really was slept, at most the nap: who writes much
    /// in small pieces wakes us often, without the counter having been brought up to date; and a
    /// machine that was paused slept longer than it was to.
    pub fn too_long(&mut self, slept: Duration, cpu_time: Duration) -> bool {
        self.time = match cpu_time == self.cpu_time {
            true => self.time + slept,
            false => Duration::ZERO,
        };
        self.cpu_time = cpu_time;
        self.limit.is_some_and(|limit| self.time > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn only_time_without_work_counts() {
        let mut idle = IdleTimer::new(Some(300 * MS));
        assert!(!(0..100).any(|work| idle.too_long(50 * MS, work * MS)));
        assert!(!(0..5).any(|_| idle.too_long(50 * MS, 99 * MS)));
        // A little work begins it anew.
        assert!(!idle.too_long(50 * MS, 100 * MS));
        assert!(!(0..6).any(|_| idle.too_long(50 * MS, 100 * MS)));
        assert!(idle.too_long(50 * MS, 100 * MS));
    }

    #[test]
    fn who_is_woken_often_is_not_idle_for_long() {
        let mut idle = IdleTimer::new(Some(300 * MS));
        assert!(!(0..1000).any(|_| idle.too_long(MS / 10, 7 * MS)));
    }

    #[test]
    fn without_a_limit_nothing_is_too_long() {
        let mut idle = IdleTimer::new(None);
        assert!(!(0..10).any(|_| idle.too_long(1000 * MS, MS)));
    }
}
