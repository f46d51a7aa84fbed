use serde::{Deserialize, Serialize};

use super::caps::LimitCaps;
use super::limits::{LimitSpec, LimitValues};

const MIB: u64 = 1 << 20;

/// The operator's bounds of ad-hoc runs. Times are milliseconds, sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunBounds {
    /// Limits of runs that state none.
    pub default_limits: LimitValues,
    /// Largest limits that a run may state.
    pub max_limits: LimitValues,
    /// Largest limits that a compilation may be given. By default it has its language's.
    pub max_compile_limits: LimitValues,
    /// Wall-clock time of all tests of one run together. Tests that come later are not run.
    pub max_run_time: u64,
    pub max_tests: usize,
    /// Files of a program, its sources included.
    pub max_files: usize,
    /// Size of one source or file.
    pub max_file_bytes: usize,
    /// Size of one standard input or expected output.
    pub max_input_bytes: usize,
    /// Size of all files, inputs and expected outputs together.
    pub max_total_bytes: usize,
    /// Size of what one run returns: outputs and collected files together. What is beyond it is cut.
    pub max_report_bytes: usize,
    /// Files that may be collected from one test.
    pub max_collected_files: usize,
    /// Size of one collected file. A larger one is not returned.
    pub max_collected_bytes: usize,
    /// Arguments of one test, and options of the compiler.
    pub max_args: usize,
    /// Size of all arguments of one test together, and of all variables.
    pub max_args_bytes: usize,
    /// Longest time that a finished run may be kept.
    pub max_keep_for: u64,
}

impl Default for RunBounds {
    fn default() -> Self {
        RunBounds {
            default_limits: LimitValues {
                cpu_time: 5_000,
                wall_time: 17_000,
                memory: 512 * MIB,
                stack: 384 * MIB,
                processes: 50,
                output: MIB,
                file_size: 100 * MIB,
            },
            max_limits: LimitValues {
                cpu_time: 30_000,
                wall_time: 60_000,
                memory: 1024 * MIB,
                stack: 1024 * MIB,
                processes: 128,
                output: 16 * MIB,
                file_size: 100 * MIB,
            },
            max_compile_limits: LimitValues {
                cpu_time: 60_000,
                wall_time: 120_000,
                memory: 4096 * MIB,
                stack: 1024 * MIB,
                processes: 128,
                output: MIB,
                file_size: 100 * MIB,
            },
            max_run_time: 300_000,
            max_tests: 1_000,
            max_files: 32,
            max_file_bytes: 8 << 20,
            max_input_bytes: crate::MAX_INPUT_BYTES,
            max_total_bytes: 32 << 20,
            max_report_bytes: 32 << 20,
            max_collected_files: 8,
            max_collected_bytes: 8 << 20,
            max_args: 64,
            max_args_bytes: 16 << 10,
            max_keep_for: 24 * 3600 * 1000,
        }
    }
}

impl RunBounds {
    /// Returns the bounds with the caps as the largest limits, where there are caps. The defaults are
    /// never above them.
    pub fn with_caps(self, caps: &LimitCaps) -> RunBounds {
        let (default, max) = (self.default_limits, self.max_limits);
        let caps = caps.limits;
        let max = LimitValues {
            cpu_time: caps.cpu_time.unwrap_or(max.cpu_time),
            wall_time: caps.wall_time.unwrap_or(max.wall_time),
            memory: caps.memory.unwrap_or(max.memory),
            stack: caps.stack.unwrap_or(max.stack),
            processes: caps.processes.unwrap_or(max.processes),
            output: caps.output.unwrap_or(max.output),
            file_size: caps.file_size.unwrap_or(max.file_size),
        };
        RunBounds {
            default_limits: LimitValues {
                cpu_time: default.cpu_time.min(max.cpu_time),
                wall_time: default.wall_time.min(max.wall_time),
                memory: default.memory.min(max.memory),
                stack: default.stack.min(max.stack).min(max.memory / 4 * 3),
                processes: default.processes.min(max.processes),
                output: default.output.min(max.output),
                file_size: default.file_size.min(max.file_size),
            },
            max_limits: max,
            ..self
        }
    }

    /// Returns the limits of a run that states these: the service's where it states none. The wall
    /// time follows the CPU time, and a program that is only given a wall time has its CPU time.
    pub fn run_limits(&self, stated: LimitSpec) -> LimitValues {
        let (default, max) = (&self.default_limits, &self.max_limits);
        let (cpu_time, wall_time) = match (stated.cpu_time, stated.wall_time) {
            (None, None) => (default.cpu_time, default.wall_time),
            (Some(cpu_time), None) => (cpu_time, cpu_time.saturating_mul(3).saturating_add(2_000)),
            (None, Some(wall_time)) => (default.cpu_time.max(wall_time), wall_time),
            (Some(cpu_time), Some(wall_time)) => (cpu_time, wall_time),
        };
        let memory = stated.memory.unwrap_or(default.memory).min(max.memory);
        let file_size = stated
            .file_size
            .unwrap_or(default.file_size)
            .min(max.file_size);
        // Standard output is a file too, and its limit a byte below that of files.
        let output = stated.output.unwrap_or(default.output).min(max.output);
        let output = output.min(file_size.saturating_sub(1).max(1));
        let stack = stated.stack.unwrap_or(memory / 4 * 3);
        LimitValues {
            cpu_time: cpu_time.min(max.cpu_time),
            wall_time: wall_time.min(max.wall_time),
            memory,
            stack: stack.min(max.stack),
            processes: stated
                .processes
                .unwrap_or(default.processes)
                .min(max.processes),
            output,
            file_size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(cpu_time: Option<u64>, wall_time: Option<u64>) -> (u64, u64) {
        let stated = LimitSpec {
            cpu_time,
            wall_time,
            ..LimitSpec::default()
        };
        let limits = RunBounds::default().run_limits(stated);
        (limits.cpu_time, limits.wall_time)
    }

    #[test]
    fn times_follow_each_other() {
        assert_eq!(times(None, None), (5_000, 17_000));
        assert_eq!(times(Some(1_000), None), (1_000, 5_000));
        assert_eq!(times(None, Some(1_000)), (5_000, 1_000));
        assert_eq!(times(None, Some(10_000)), (10_000, 10_000));
        assert_eq!(times(Some(1_000), Some(1_000)), (1_000, 1_000));
        assert_eq!(
            times(Some(30_000), None),
            (30_000, 60_000),
            "at most the maximum"
        );
    }

    #[test]
    fn defaults_are_below_the_maxima() {
        let bounds = RunBounds::default();
        let pairs = bounds
            .default_limits
            .values()
            .into_iter()
            .zip(bounds.max_limits.values());
        for (default, max) in pairs {
            assert!(default <= max, "{bounds:?}");
        }
    }

    #[test]
    fn stated_limits_hold_and_the_stack_follows_the_memory() {
        let stated = LimitSpec {
            memory: Some(64 << 20),
            processes: Some(1),
            ..LimitSpec::default()
        };
        let limits = RunBounds::default().run_limits(stated);
        assert_eq!(
            (limits.memory, limits.stack, limits.processes),
            (64 << 20, 48 << 20, 1)
        );
    }
}
