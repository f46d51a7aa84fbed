use serde::{Deserialize, Serialize};

/// Rates above which a run is reported, or ended. A rate counts if it holds for half a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchLimits {
    /// System calls of all processes together.
    pub syscalls_per_second: u64,
    /// True if calls of `read` and `write` count as well: programs that print each line for itself
    /// make half a million a second.
    pub counts_reads_and_writes: bool,
    /// Bytes of the cell's memory, files in it included, on top of what it holds.
    pub memory_growth_per_second: u64,
    /// True if a run above is ended, as [`Outcome::SyscallRateExceeded`](crate::Outcome) or
    /// [`Outcome::MemoryGrowthExceeded`](crate::Outcome).
    pub enforced: bool,
}

/// A rate that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchedRate {
    Syscalls,
    MemoryGrowth,
}

/// The highest rates that a run held for half a second. Absent for a shorter run, for one that isn't
/// watched, and where they can't be measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunActivity {
    pub syscalls_per_second: Option<u64>,
    pub memory_growth_per_second: Option<u64>,
    /// The first rate that was above its limit.
    pub above: Option<WatchedRate>,
}
