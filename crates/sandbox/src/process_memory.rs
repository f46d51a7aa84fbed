//! Memory of one process, as the kernel counts it.

use std::fs;

/// User and peak memory of a process.
pub struct ProcessMemory {
    pub user: u32,
    /// 0 if it has ended.
    pub peak_bytes: u64,
}

impl ProcessMemory {
    /// Returns `None` if there is no such process.
    pub fn read(pid: u32) -> Option<Self> {
        let status = memory_status(pid)?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(ProcessMemory {
            user: number("Uid:")?.try_into().ok()?,
            peak_bytes: number("VmHWM:").unwrap_or(0) * 1024,
        })
    }
}

/// Line of those that have memory.
const PEAK: &str = "\nVmHWM:";

/// Times that the threads of a process are listed: they may end while they are looked at.
const MAX_LISTINGS: u32 = 3;

/// Returns the `status` of a process in `/proc`, or of a thread of it: a first thread that ended before
/// the others has no memory any more. `None` if there is no such process.
pub fn memory_status(pid: u32) -> Option<String> {
    let first = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    if first.contains(PEAK) {
        return Some(first);
    }
    let living = (0..MAX_LISTINGS).find_map(|_| living_thread_status(pid));
    Some(living.unwrap_or(first))
}

fn living_thread_status(pid: u32) -> Option<String> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let statuses = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    let mut living = statuses.filter(|status| status.contains(PEAK));
    living.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_memory_is_read() {
        let own = ProcessMemory::read(std::process::id()).unwrap();
        assert_eq!(own.user, rustix::process::getuid().as_raw());
        assert!(own.peak_bytes > 100_000);
    }

    #[test]
    fn ended_processes_have_a_user_and_no_memory() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let state = || fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        while !state().contains("State:\tZ") && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let ended = ProcessMemory::read(child.id()).unwrap();
        assert_eq!(ended.user, rustix::process::getuid().as_raw());
        assert_eq!(ended.peak_bytes, 0);
        child.wait().unwrap();
        assert!(ProcessMemory::read(child.id()).is_none());
    }
}
