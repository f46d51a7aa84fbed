use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub(crate) fn unix_millis() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since_epoch.as_millis() as i64
}

/// A clock that began with the wall clock, and that no later change of that moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SteadyClock {
    begin: i64,
    started: Instant,
}

impl SteadyClock {
    pub fn start() -> Self {
        SteadyClock {
            begin: unix_millis(),
            started: Instant::now(),
        }
    }

    /// Returns Unix time in milliseconds, as of a wall clock that nobody has changed.
    pub fn unix_millis(&self) -> i64 {
        let elapsed = self.started.elapsed().as_millis();
        self.begin
            .saturating_add(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }
}
