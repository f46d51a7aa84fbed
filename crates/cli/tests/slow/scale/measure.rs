//! Percentiles of times, and memory of processes.

use std::fmt;
use std::fs;
use std::time::Duration;

use crate::support::host::descendants;

pub struct Times(Vec<Duration>);

impl Times {
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Times(times)
    }

    /// Returns a percentile of the times.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent).div_ceil(100) - 1]
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p95, p99, all] = [50, 95, 99, 100].map(|percent| self.percentile(percent));
        write!(
            f,
            "p50 {p50:.1?}, p95 {p95:.1?}, p99 {p99:.1?}, max {all:.1?}"
        )
    }
}

/// Returns the peak resident memory of a process in MiB.
pub fn peak_mib(pid: u32) -> u64 {
    of_status(pid, "VmHWM:") / 1024
}

pub fn resident_mib(pid: u32) -> u64 {
    of_status(pid, "VmRSS:") / 1024
}

fn of_status(pid: u32, field: &str) -> u64 {
    kib(&format!("/proc/{pid}/status"), field)
}

/// Returns the memory of a process and its descendants in MiB; shared pages are counted once.
pub fn family_mib(pid: u32) -> u64 {
    let family = descendants(pid).into_iter().map(|process| process.pid);
    let pss = |pid| kib(&format!("/proc/{pid}/smaps_rollup"), "Pss:");
    family.chain([pid]).map(pss).sum::<u64>() / 1024
}

/// Returns 0 for a process that has ended meanwhile.
fn kib(file: &str, field: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.map_or(0, |value| {
        let number = value.split_whitespace().next().unwrap();
        number.parse().unwrap()
    })
}
