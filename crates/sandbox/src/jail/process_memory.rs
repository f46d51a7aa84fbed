//! Memory of one process, as the kernel counts it.

use std::fs;

/// User and peak memory of a living process.
pub struct ProcessMemory {
    pub user: u32,
    pub peak_bytes: u64,
}

impl ProcessMemory {
    /// Returns `None` if it has ended.
    pub fn read(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(ProcessMemory {
            user: number("Uid:")?.try_into().ok()?,
            peak_bytes: number("VmHWM:")? * 1024,
        })
    }
}
