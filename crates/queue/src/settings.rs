use std::time::Duration;

/// Bounds and intervals of a broker. All processes on one broker should agree about them.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// Jobs that may wait.
    pub max_waiting: u32,
    /// Jobs of one user that may wait.
    pub max_waiting_per_user: u32,
    /// Jobs of one share, an address for example, that may wait.
    pub max_waiting_per_share: u32,
    /// Least slot time that a turn costs.
    pub turn_quantum: Duration,
    /// Users whose streams are remembered, beyond those that somebody follows.
    pub max_streams: usize,
    /// Least time between two publications of positions and of the load.
    pub notify_interval: Duration,
    /// Least time between two publications of positions to one user. The first one of a submission, and
    /// that it is next, are published beside those.
    pub position_interval: Duration,
    /// Submissions at the front of a lane whose every position is published; further back it is
    /// every tenth of the way, in Redis among the first thousand.
    pub exact_positions: usize,
    /// Hints that may wait, each of another user.
    pub max_hints: usize,
    /// Time without a heartbeat after which a worker's jobs go to another. Not used where workers
    /// and broker are one process.
    pub lease_timeout: Duration,
}

impl QueueSettings {
    /// Number of waiting jobs from which on only addresses with nothing waiting are accepted.
    pub(crate) fn reserved_from(&self) -> u32 {
        self.max_waiting - self.max_waiting / 10
    }

    pub(crate) fn position_interval_millis(&self) -> u64 {
        u64::try_from(self.position_interval.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn quantum_millis(&self) -> u64 {
        u64::try_from(self.turn_quantum.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        QueueSettings {
            max_waiting: 10_000,
            max_waiting_per_user: 2000,
            max_waiting_per_share: 2500,
            turn_quantum: Duration::from_millis(100),
            max_streams: 20_000,
            notify_interval: Duration::from_millis(250),
            position_interval: Duration::from_secs(1),
            exact_positions: 50,
            max_hints: 64,
            lease_timeout: Duration::from_secs(15),
        }
    }
}
