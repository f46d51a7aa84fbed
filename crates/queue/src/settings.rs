use std::time::Duration;

/// The bounds of a queue, which all processes on one queue should agree about.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// Jobs that may wait.
    pub max_waiting: u32,
    /// Jobs that may wait for one user.
    pub max_waiting_of_user: u32,
    /// Users whose streams are remembered, beyond those that somebody follows.
    pub max_streams: usize,
    /// Positions and the state of the system are told at most this often.
    pub tell_every: Duration,
    /// How many submissions at the front of a lane are told each position; those behind them are told
    /// whenever a tenth of the way is done, in Redis among the first thousand.
    pub told_positions: usize,
    /// Hints that may wait, each of another user.
    pub max_hints: usize,
    /// How long a worker may be silent until its jobs go to another. Where workers and queue are one
    /// process there is no such time.
    pub lease: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        QueueSettings {
            max_waiting: 10_000,
            max_waiting_of_user: 2000,
            max_streams: 20_000,
            tell_every: Duration::from_millis(250),
            told_positions: 50,
            max_hints: 64,
            lease: Duration::from_secs(15),
        }
    }
}
