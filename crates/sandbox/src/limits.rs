use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;

/// Resources that a cell may use. Every field is enforced: by the cgroup, by an rlimit, by the size
/// of a tmpfs or by the supervisor's clock, as noted beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// CPU time of all the cell's processes together (supervisor, from the cgroup's counter).
    pub cpu_time: Duration,
    /// Wall-clock time from the start of the program (supervisor).
    pub wall_time: Duration,
    /// Longest wall-clock time if the cell was kept from computing: time in which its threads were
    /// ready to run, and the cores busy with something else, doesn't count for `wall_time`
    /// (supervisor, from the threads' `schedstat`). `None`: it counts.
    #[serde(default)]
    pub starved_wall_time: Option<Duration>,
    /// Time that all processes of the cell together may wait without using CPU time (supervisor);
    /// then it ends as if wall time had run out. Measured by summing naps and not by the clock, so
    /// that a paused machine isn't held against the program.
    #[serde(default)]
    pub idle_time: Option<Duration>,
    /// Memory of all the cell's processes together, files in tmpfs included, swap excluded
    /// (cgroup).
    pub memory_bytes: u64,
    /// Bytes that may be written to captured standard output (supervisor). Of captured standard error
    /// as many are kept, from its beginning and its end; more of it doesn't end the run.
    pub output_bytes: u64,
    /// Processes and threads at one time, the cell's init included (cgroup).
    pub processes: u32,
    /// The main thread's stack (soft rlimit; a program may raise it, and is then bounded by its
    /// memory).
    pub stack_bytes: u64,
    /// The size of `/workspace` and again of `/tmp` (tmpfs).
    pub workspace_bytes: u64,
    /// The largest single file (rlimit).
    pub file_bytes: u64,
    /// Open file descriptors of one process (rlimit).
    pub open_files: u32,
    /// CPUs' worth of time in each period of 100 ms (cgroup): 1.0 is one full core.
    pub cpu_cores: f64,
    /// Bytes that may be read from each of the host's disks per second, and again written (cgroup,
    /// if it has the `blkio` or `io` controller). The only files of a cell on a disk are its
    /// toolchain's, and reads from the page cache are free: this limits cold reads.
    pub io_bytes_per_second: u64,
    /// If CPU time is scarce, this cell gets a sixteenth of an ordinary cell's share (cgroup; without
    /// one a ninth, by its niceness, which can't be raised later).
    #[serde(default)]
    pub low_priority: bool,
}

/// Upper bounds for every request: the jail helper keeps rights that its requester has dropped, so
/// it does not trust the requester's limits.
pub(crate) const MAX_LIMITS: Limits = Limits {
    cpu_time: Duration::from_secs(3600),
    wall_time: Duration::from_secs(4 * 3600),
    starved_wall_time: None,
    idle_time: None,
    memory_bytes: 64 << 30,
    output_bytes: 1 << 30,
    processes: 4096,
    stack_bytes: 64 << 30,
    workspace_bytes: 16 << 30,
    file_bytes: 16 << 30,
    // Below the number under which a process hands over its listener.
    open_files: 1023,
    cpu_cores: 64.0,
    io_bytes_per_second: 16 << 30,
    low_priority: true,
};

impl Limits {
    /// Returns the name of a field that is above [`MAX_LIMITS`] or too small to be of use.
    pub(crate) fn field_out_of_range(&self) -> Option<&'static str> {
        let within = |value: u64, max: u64| (1..=max).contains(&value);
        let nanos = |time: Duration| time.as_nanos().try_into().unwrap_or(u64::MAX);
        let max = MAX_LIMITS;
        let fields = [
            (
                "cpu_time",
                within(nanos(self.cpu_time), nanos(max.cpu_time)),
            ),
            (
                "wall_time",
                within(nanos(self.wall_time), nanos(max.wall_time)),
            ),
            (
                "starved_wall_time",
                self.starved_wall_time
                    .is_none_or(|time| within(nanos(time), nanos(max.wall_time))),
            ),
            ("memory_bytes", within(self.memory_bytes, max.memory_bytes)),
            // 0 is allowed for these.
            ("output_bytes", self.output_bytes <= max.output_bytes),
            ("file_bytes", self.file_bytes <= max.file_bytes),
            (
                "processes",
                within(self.processes.into(), max.processes.into()),
            ),
            ("stack_bytes", within(self.stack_bytes, max.stack_bytes)),
            (
                "workspace_bytes",
                within(self.workspace_bytes, max.workspace_bytes),
            ),
            (
                "open_files",
                within(self.open_files.into(), max.open_files.into()),
            ),
            (
                "cpu_cores",
                (0.01..=max.cpu_cores).contains(&self.cpu_cores),
            ),
            (
                "io_bytes_per_second",
                within(self.io_bytes_per_second, max.io_bytes_per_second),
            ),
        ];
        fields
            .into_iter()
            .find(|(_, is_within)| !is_within)
            .map(|(name, _)| name)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(15),
            starved_wall_time: None,
            idle_time: None,
            memory_bytes: 512 * MIB,
            output_bytes: 8 * MIB,
            processes: 50,
            stack_bytes: 256 * MIB,
            workspace_bytes: 100 * MIB,
            file_bytes: 100 * MIB,
            open_files: 256,
            cpu_cores: 1.0,
            io_bytes_per_second: 10 * MIB,
            low_priority: false,
        }
    }
}

/// Resources that a run used, from the start of the program to the end of its last process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUsage {
    /// CPU time, user and system together: the split between them is not exact on today's kernels.
    pub cpu_time: Duration,
    pub wall_time: Duration,
    /// Part of the wall time in which the cell was kept from computing; not measured for runs shorter
    /// than a quarter of a second.
    #[serde(default)]
    pub starved_time: Duration,
    /// Peak of the cgroup's memory, or of one process's resident set if that is larger: the cgroup
    /// does not charge a program for toolchain pages that were in the page cache before, but `time
    /// -v`, which people compare with, does.
    pub memory_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_out_of_range_are_named() {
        assert_eq!(Limits::default().field_out_of_range(), None);
        assert_eq!(MAX_LIMITS.field_out_of_range(), None);
        let ordinary = Limits::default;
        let table = [
            (
                "cpu_time",
                Limits {
                    cpu_time: Duration::ZERO,
                    ..ordinary()
                },
            ),
            (
                "cpu_time",
                Limits {
                    cpu_time: Duration::MAX,
                    ..ordinary()
                },
            ),
            (
                "wall_time",
                Limits {
                    wall_time: Duration::MAX,
                    ..ordinary()
                },
            ),
            (
                "starved_wall_time",
                Limits {
                    starved_wall_time: Some(Duration::MAX),
                    ..ordinary()
                },
            ),
            (
                "memory_bytes",
                Limits {
                    memory_bytes: u64::MAX,
                    ..ordinary()
                },
            ),
            (
                "processes",
                Limits {
                    processes: 1 << 20,
                    ..ordinary()
                },
            ),
            (
                "workspace_bytes",
                Limits {
                    workspace_bytes: 0,
                    ..ordinary()
                },
            ),
            (
                "cpu_cores",
                Limits {
                    cpu_cores: f64::NAN,
                    ..ordinary()
                },
            ),
            (
                "cpu_cores",
                Limits {
                    cpu_cores: -1.0,
                    ..ordinary()
                },
            ),
            (
                "cpu_cores",
                Limits {
                    cpu_cores: f64::INFINITY,
                    ..ordinary()
                },
            ),
        ];
        for (field, limits) in table {
            assert_eq!(limits.field_out_of_range(), Some(field), "{limits:?}");
        }
    }
}
