use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;

/// What a cell may use. Every field is enforced: by the cgroup, by an rlimit, by the size of a
/// tmpfs or by the supervisor's clock, as said beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// CPU time of all the cell's processes together (supervisor, from the cgroup's counter).
    pub cpu_time: Duration,
    /// Wall-clock time from the start of the program (supervisor).
    pub wall_time: Duration,
    /// Memory of all the cell's processes together, files in tmpfs included, swap excluded (cgroup).
    pub memory_bytes: u64,
    /// What may be written to a captured standard output, and again to standard error (supervisor).
    pub output_bytes: u64,
    /// Processes and threads at one time, the cell's init included (cgroup).
    pub processes: u32,
    /// The main thread's stack (rlimit).
    pub stack_bytes: u64,
    /// The size of `/workspace` and again of `/tmp` (tmpfs).
    pub workspace_bytes: u64,
    /// The largest single file (rlimit).
    pub file_bytes: u64,
    /// Open file descriptors of one process (rlimit).
    pub open_files: u32,
    /// CPUs' worth of time in each period of 100 ms (cgroup): 1.0 is one full core.
    pub cpu_cores: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(15),
            memory_bytes: 512 * MIB,
            output_bytes: 8 * MIB,
            processes: 50,
            stack_bytes: 256 * MIB,
            workspace_bytes: 100 * MIB,
            file_bytes: 100 * MIB,
            open_files: 256,
            cpu_cores: 1.0,
        }
    }
}

/// What a cell used: measured from the start of the program to the end of its last process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time, user and system together: their split is not trustworthy on today's kernels.
    pub cpu_time: Duration,
    pub wall_time: Duration,
    /// The peak of the cgroup's memory, or of one process's resident set where that is larger:
    /// the cgroup does not charge a program for toolchain pages that were in the page cache
    /// before it came, but people compare with `time -v`, which does.
    pub memory_bytes: u64,
}
