use std::time::Duration;

/// Bounds and intervals of a broker. All processes on one broker should agree about them.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// Jobs that may wait.
    pub max_waiting: u32,
    /// Jobs of one user that may wait.
    pub max_waiting_per_user: u32,
    /// Users whose streams are remembered, beyond those that somebody follows.
    pub max_streams: usize,
    /// Least time between two publications of positions and of the load.
    pub notify_interval: Duration,
    /// Submissions at the front of a lane whose every position is published; further back it is
    /// every tenth of the way, in Redis among the first thousand.
    pub exact_positions: usize,
    /// Hints that may wait, each of another user.
    pub max_hints: usize,
    /// Time without a heartbeat after which a worker's jobs go to another. Not used where workers
    /// and broker are one process.
    pub lease_timeout: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        QueueSettings {
            max_waiting: 10_000,
            max_waiting_per_user: 2000,
            max_streams: 20_000,
            notify_interval: Duration::from_millis(250),
            exact_positions: 50,
            max_hints: 64,
            lease_timeout: Duration::from_secs(15),
        }
    }
}
