use std::time::Duration;

/// Bounds and intervals of the client. The defaults lose nothing in an outage of minutes at a
/// hundred points a second, for a few megabytes.
#[derive(Debug, Clone)]
pub struct InfluxSettings {
    /// Tag that distinguishes the processes that write to one server.
    pub instance: String,
    /// Number of points that are sent without waiting for more.
    pub batch: usize,
    /// Longest time that a point waits for others.
    pub interval: Duration,
    /// Number of points that may wait for the server; beyond it the oldest are dropped.
    pub max_waiting: usize,
    /// Timeout of one request, from connecting to the response.
    pub request_timeout: Duration,
    /// Pause after a failure; doubled after each further one, up to `longest_pause`.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Time in which [`InfluxClient::finish`](crate::InfluxClient::finish) sends what still waits.
    pub flush_timeout: Duration,
}

impl InfluxSettings {
    pub fn new(instance: impl Into<String>) -> Self {
        InfluxSettings {
            instance: instance.into(),
            batch: 1_000,
            interval: Duration::from_secs(1),
            max_waiting: 20_000,
            request_timeout: Duration::from_secs(5),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            flush_timeout: Duration::from_secs(5),
        }
    }
}

/// Number of points so far, by their fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointCounts {
    /// Accepted by the server.
    pub written: u64,
    /// Dropped: too many waited, or the server refused them.
    pub dropped: u64,
    /// Not sent yet.
    pub waiting: u64,
}
