use std::time::Duration;

use letscode_model::LimitSpec;

use super::priority::Priority;

const MIB: u64 = 1 << 20;

/// Longest wall-clock time of a run that is kept from computing, as a multiple of
/// [`RunLimits::wall_time`].
pub(crate) const STARVED_WALL_TIME_FACTOR: u32 = 5;

/// Processes of a cell that are not the program's: its init and its launcher.
pub(crate) const CELL_PROCESSES: u32 = 2;

/// Limits of one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunLimits {
    /// CPU time of all processes together.
    pub cpu_time: Duration,
    /// Wall-clock time from the start of the program, without the time in which it was kept from
    /// computing by other work on the machine.
    pub wall_time: Duration,
    /// Longest time without any use of CPU time. Counts as the end of the wall time.
    pub idle_time: Option<Duration>,
    /// Memory of all processes together, files in the workspace included.
    pub memory_bytes: u64,
    /// Size of a captured standard output. Of standard error as much is kept, from both ends.
    pub output_bytes: u64,
    /// Processes and threads at one time.
    pub processes: u32,
    /// Stack of the main thread.
    pub stack_bytes: u64,
    /// Size of the workspace.
    pub workspace_bytes: u64,
    /// Size of a single file.
    pub file_bytes: u64,
    /// CPUs' worth of time: 1.0 is one full core.
    pub cpu_cores: f64,
    /// Bytes per second that may be read from each disk, and again written to it.
    pub io_bytes_per_second: u64,
    /// Share of CPU time when that is scarce.
    pub priority: Priority,
}

impl RunLimits {
    /// Returns the limits that a request can state, as it would state these.
    pub fn stated(&self) -> LimitSpec {
        let time = |time: Duration| u64::try_from(time.as_millis()).ok();
        LimitSpec {
            cpu_time: time(self.cpu_time),
            wall_time: time(self.wall_time),
            memory: Some(self.memory_bytes),
            stack: Some(self.stack_bytes),
            processes: Some(self.processes.saturating_sub(CELL_PROCESSES).into()),
            output: Some(self.output_bytes),
            file_size: Some(self.file_bytes),
        }
    }
}

/// Returns the limits with those that a request states in place of its own.
pub(crate) fn stated_limits(own: RunLimits, stated: &LimitSpec) -> RunLimits {
    let time = |own: Duration, stated: Option<u64>| stated.map_or(own, Duration::from_millis);
    let processes = stated
        .processes
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    RunLimits {
        cpu_time: time(own.cpu_time, stated.cpu_time),
        wall_time: time(own.wall_time, stated.wall_time),
        memory_bytes: stated.memory.unwrap_or(own.memory_bytes),
        stack_bytes: stated.stack.unwrap_or(own.stack_bytes),
        processes: processes.map_or(own.processes, |count| count.saturating_add(CELL_PROCESSES)),
        output_bytes: stated.output.unwrap_or(own.output_bytes),
        file_bytes: stated.file_size.unwrap_or(own.file_bytes),
        ..own
    }
}

impl Default for RunLimits {
    /// The sandbox's own defaults: a test in `jail.rs` compares them.
    fn default() -> Self {
        RunLimits {
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(15),
            idle_time: None,
            memory_bytes: 512 * MIB,
            output_bytes: 8 * MIB,
            processes: 50,
            stack_bytes: 256 * MIB,
            workspace_bytes: 100 * MIB,
            file_bytes: 100 * MIB,
            cpu_cores: 1.0,
            io_bytes_per_second: 10 * MIB,
            priority: Priority::Normal,
        }
    }
}
