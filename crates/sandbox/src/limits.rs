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
    /// How long everything in the cell may wait without using any CPU time (supervisor): it ends as
    /// at the end of the wall time. Looks are counted and not the clock, so that a machine that was
    /// paused isn't held against the program.
    #[serde(default)]
    pub idle_time: Option<Duration>,
    /// Memory of all the cell's processes together, files in tmpfs included, swap excluded (cgroup).
    pub memory_bytes: u64,
    /// What may be written to a captured standard output, and again to standard error (supervisor).
    pub output_bytes: u64,
    /// Processes and threads at one time, the cell's init included (cgroup).
    pub processes: u32,
    /// The main thread's stack (soft rlimit; a program may lift it, and is then bounded by its memory).
    pub stack_bytes: u64,
    /// The size of `/workspace` and again of `/tmp` (tmpfs).
    pub workspace_bytes: u64,
    /// The largest single file (rlimit).
    pub file_bytes: u64,
    /// Open file descriptors of one process (rlimit).
    pub open_files: u32,
    /// CPUs' worth of time in each period of 100 ms (cgroup): 1.0 is one full core.
    pub cpu_cores: f64,
    /// What may be read from each of the host's disks in a second, and again written (cgroup, where
    /// it has the `blkio` or `io` controller). A cell has no files on a disk but its toolchain's, and
    /// those that are in the page cache cost nothing: this is about cold ones.
    pub io_bytes_per_second: u64,
    /// Where cells want more than the machine has, this one gets a sixteenth of what others get (cgroup).
    #[serde(default)]
    pub low_priority: bool,
}

/// More than any cell is granted, whoever asks: the jail helper keeps rights that its requester has
/// given up, so it does not take its word for what is reasonable.
pub(crate) const GRANTED: Limits = Limits {
    cpu_time: Duration::from_secs(3600),
    wall_time: Duration::from_secs(4 * 3600),
    idle_time: None,
    memory_bytes: 64 << 30,
    output_bytes: 1 << 30,
    processes: 4096,
    stack_bytes: 64 << 30,
    workspace_bytes: 16 << 30,
    file_bytes: 16 << 30,
    open_files: 4096,
    cpu_cores: 64.0,
    io_bytes_per_second: 16 << 30,
    low_priority: true,
};

impl Limits {
    /// The field that is more than is ever granted, or nothing at all.
    pub(crate) fn unreasonable(&self) -> Option<&'static str> {
        let within = |value: u64, most: u64| (1..=most).contains(&value);
        let nanos = |time: Duration| time.as_nanos().try_into().unwrap_or(u64::MAX);
        let most = GRANTED;
        let fields = [
            (
                "cpu_time",
                within(nanos(self.cpu_time), nanos(most.cpu_time)),
            ),
            (
                "wall_time",
                within(nanos(self.wall_time), nanos(most.wall_time)),
            ),
            ("memory_bytes", within(self.memory_bytes, most.memory_bytes)),
            // Nothing may be what is wanted of these.
            ("output_bytes", self.output_bytes <= most.output_bytes),
            ("file_bytes", self.file_bytes <= most.file_bytes),
            (
                "processes",
                within(self.processes.into(), most.processes.into()),
            ),
            ("stack_bytes", within(self.stack_bytes, most.stack_bytes)),
            (
                "workspace_bytes",
                within(self.workspace_bytes, most.workspace_bytes),
            ),
            (
                "open_files",
                within(self.open_files.into(), most.open_files.into()),
            ),
            (
                "cpu_cores",
                (0.01..=most.cpu_cores).contains(&self.cpu_cores),
            ),
            (
                "io_bytes_per_second",
                within(self.io_bytes_per_second, most.io_bytes_per_second),
            ),
        ];
        fields
            .into_iter()
            .find(|(_, fine)| !fine)
            .map(|(name, _)| name)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(15),
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

/// What a cell used: measured from the start of the program to the end of its last process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUsage {
    /// CPU time, user and system together: their split is not trustworthy on today's kernels.
    pub cpu_time: Duration,
    pub wall_time: Duration,
    /// The peak of the cgroup's memory, or of one process's resident set where that is larger:
    /// the cgroup does not charge a program for toolchain pages that were in the page cache
    /// before it came, but people compare with `time -v`, which does.
    pub memory_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reasonable_limits_are_granted() {
        assert_eq!(Limits::default().unreasonable(), None);
        assert_eq!(GRANTED.unreasonable(), None);
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
            assert_eq!(limits.unreasonable(), Some(field), "{limits:?}");
        }
    }
}
