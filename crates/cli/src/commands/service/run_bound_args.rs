//! The operator's bounds of ad-hoc runs.

use clap::Args;
use letscode_model::{LimitValues, RunBounds};

/// Bounds of POST /api/run and POST /api/test, which GET /api/config shows. Times are milliseconds,
/// sizes are bytes; K, M and G are 1024, 1024² and 1024³, s is a second.
#[derive(Args)]
pub struct RunBoundArgs {
    /// Largest CPU time that a run may ask for
    #[arg(long, value_name = "MS", value_parser = time, env = "LETSCODE_MAX_CPU_TIME")]
    max_cpu_time: Option<u64>,
    /// Largest wall-clock time that a run may ask for
    #[arg(long, value_name = "MS", value_parser = time, env = "LETSCODE_MAX_WALL_TIME")]
    max_wall_time: Option<u64>,
    /// Largest memory that a run may ask for
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_MEMORY")]
    max_memory: Option<u64>,
    /// Largest stack that a run may ask for
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_STACK")]
    max_stack: Option<u64>,
    /// Most processes and threads that a run may ask for
    #[arg(long, value_name = "N", value_parser = count, env = "LETSCODE_MAX_PROCESSES")]
    max_processes: Option<u64>,
    /// Largest output that a run may ask for
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_OUTPUT")]
    max_output: Option<u64>,
    /// Largest file that a run may ask for
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_FILE_SIZE")]
    max_file_size: Option<u64>,
    /// Most tests of one run
    #[arg(long, value_name = "N", env = "LETSCODE_MAX_TESTS")]
    max_tests: Option<usize>,
    /// Wall-clock time of all tests of one run together
    #[arg(long, value_name = "MS", value_parser = time, env = "LETSCODE_MAX_RUN_TIME")]
    max_run_time: Option<u64>,
    /// Longest time that a finished run may be kept
    #[arg(long, visible_alias = "keep-runs", value_name = "MS", value_parser = time, env = "LETSCODE_MAX_KEEP_FOR")]
    max_keep_for: Option<u64>,
}

impl RunBoundArgs {
    pub fn bounds(&self) -> RunBounds {
        let default = RunBounds::default();
        let max = default.max_limits;
        let max_limits = LimitValues {
            cpu_time: self.max_cpu_time.unwrap_or(max.cpu_time),
            wall_time: self.max_wall_time.unwrap_or(max.wall_time),
            memory: self.max_memory.unwrap_or(max.memory),
            stack: self.max_stack.unwrap_or(max.stack),
            processes: self.max_processes.unwrap_or(max.processes),
            output: self.max_output.unwrap_or(max.output),
            file_size: self.max_file_size.unwrap_or(max.file_size),
        };
        let bounds = RunBounds {
            max_tests: self.max_tests.unwrap_or(default.max_tests),
            max_run_time: self.max_run_time.unwrap_or(default.max_run_time),
            max_keep_for: self.max_keep_for.unwrap_or(default.max_keep_for),
            ..default
        };
        bounds.with_max_limits(max_limits)
    }
}

fn time(text: &str) -> Result<u64, String> {
    let (number, factor) = match text.strip_suffix('s') {
        Some(number) => (
            number.strip_suffix('m').unwrap_or(number),
            if text.ends_with("ms") { 1 } else { 1000 },
        ),
        None => (text, 1),
    };
    positive(number, factor).ok_or_else(|| "it is not a time such as 5000, 5000ms or 5s".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    let factor = match text.chars().last() {
        Some('K') => 1 << 10,
        Some('M') => 1 << 20,
        Some('G') => 1 << 30,
        _ => 1,
    };
    let number = text.trim_end_matches(['K', 'M', 'G']);
    positive(number, factor).ok_or_else(|| "it is not a size such as 268435456 or 256M".to_owned())
}

fn count(text: &str) -> Result<u64, String> {
    positive(text, 1).ok_or_else(|| "it is not a number of at least 1".to_owned())
}

fn positive(number: &str, factor: u64) -> Option<u64> {
    let number: u64 = number.parse().ok()?;
    number.checked_mul(factor).filter(|value| *value > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood() {
        assert_eq!(time("1500"), Ok(1500));
        assert_eq!(time("1500ms"), Ok(1500));
        assert_eq!(time("5s"), Ok(5000));
        assert_eq!(size("3"), Ok(3));
        assert_eq!(size("2M"), Ok(2 << 20));
        for wrong in ["", "0", "-1", "1x", "99999999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
