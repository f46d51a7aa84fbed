//! Fallback without control groups: polls the cell's processes every few milliseconds, beside the
//! rlimits of single processes.
//!
//! Weaker than a control group in ways that can't be fixed here, which is why it is used only if
//! the operator has accepted it: memory over the limit is noticed only after it was allocated; the
//! page cache and the kernel's own memory for a program are not counted (pipes, sockets and threads
//! are bounded by their number); there is no CPU quota and no I/O limit. `jail/no_cgroup.rs` keeps
//! programs from memory that is counted for no process.

use std::cell::{Cell, OnceCell};
use std::fs;
use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::process::{Pid, setpriority_process};

use super::{CellCgroup, CgroupHierarchy};
use crate::process_memory::memory_status;
use crate::{Limits, SandboxError, sys};

/// Polling interval: memory may grow unnoticed for so long.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Niceness of a cell of low priority: a ninth of the share of ordinary processes.
const LOW_PRIORITY_NICENESS: i32 = 10;

/// More processes than any cell is granted: a bound on one poll.
const MAX_PROCESSES: usize = 8192;

pub struct PolledHierarchy;

impl CgroupHierarchy for PolledHierarchy {
    fn version(&self) -> Option<u8> {
        None
    }

    fn limits_io(&self) -> bool {
        false
    }

    fn create(&self, _: &str, limits: &Limits) -> Result<Box<dyn CellCgroup>, SandboxError> {
        Ok(Box::new(PolledGroup {
            init: OnceCell::new(),
            memory_limit: limits.memory_bytes,
            memory_peak: Cell::new(0),
            reaped: None,
        }))
    }

    fn sweep(&self, _: &dyn Fn(&str) -> bool) {}

    fn remove(&self) {}
}

/// The processes below a cell's init. Orphans stay below it, so none can leave the tree.
struct PolledGroup {
    init: OnceCell<u32>,
    memory_limit: u64,
    memory_peak: Cell<u64>,
    /// CPU time of the whole cell, once all of it has been reaped.
    reaped: Option<Duration>,
}

impl PolledGroup {
    /// Returns the memory of all living processes, and updates the peak.
    fn poll_memory(&self) -> io::Result<u64> {
        let held: u64 = self
            .processes()?
            .into_iter()
            .filter_map(private_bytes)
            .sum();
        let now = held + self.init.get().map_or(0, |init| tmpfs_bytes(*init));
        self.memory_peak.set(self.memory_peak.get().max(now));
        Ok(now)
    }
}

impl CellCgroup for PolledGroup {
    fn clone_target(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn limit(&mut self, limits: &Limits) -> Result<(), SandboxError> {
        self.memory_limit = limits.memory_bytes;
        if limits.low_priority {
            // Inherited by all that they start. A cell takes one run, so it is never to be undone; and
            // an unprivileged user could not.
            for pid in self.processes().unwrap_or_default() {
                let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
                let _ = setpriority_process(pid, LOW_PRIORITY_NICENESS);
            }
        }
        Ok(())
    }

    fn enter(&self, pid: Pid) -> Result<(), SandboxError> {
        let _ = self.init.set(pid.as_raw_nonzero().get().unsigned_abs());
        Ok(())
    }

    fn longest_nap(&self) -> Duration {
        POLL_INTERVAL
    }

    fn cpu_time(&self) -> io::Result<Duration> {
        if let Some(all) = self.reaped {
            return Ok(all);
        }
        let living = self.processes()?.into_iter();
        // The time of one that ended since it was listed has been added to its reaper's.
        let living = living.map(|pid| {
            let own = sys::process_cpu_time(pid).unwrap_or_default();
            own + reaped_cpu_time(pid).unwrap_or_default()
        });
        let init = self.init.get().and_then(|init| reaped_cpu_time(*init));
        Ok(init.unwrap_or_default() + living.sum::<Duration>())
    }

    fn all_reaped(&mut self, cpu_time: Duration) {
        self.reaped = Some(cpu_time);
    }

    fn reset_memory_peak(&mut self) -> io::Result<()> {
        self.memory_peak.set(0);
        Ok(())
    }

    fn memory_peak_bytes(&self) -> io::Result<u64> {
        Ok(self.memory_peak.get())
    }

    fn memory_bytes(&self) -> io::Result<u64> {
        self.poll_memory()
    }

    fn oom_kills(&self) -> io::Result<u64> {
        let over = self.memory_peak.get().max(self.poll_memory()?) > self.memory_limit;
        Ok(u64::from(over))
    }

    fn refused_processes(&self) -> io::Result<u64> {
        Ok(0)
    }

    /// False: the CPU time of reaped processes is known exactly only at the end of the first run.
    fn can_measure_again(&self) -> bool {
        false
    }

    fn processes(&self) -> io::Result<Vec<u32>> {
        let mut listed = Vec::new();
        let mut open: Vec<u32> = self
            .init
            .get()
            .map(|init| children(*init))
            .unwrap_or_default();
        while let Some(pid) = open.pop() {
            listed.push(pid);
            if listed.len() >= MAX_PROCESSES {
                break;
            }
            open.extend(children(pid));
        }
        Ok(listed)
    }

    fn remove(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// The children of all threads of a process.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let pids = lists.flat_map(|list| {
        let pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
        pids.collect::<Vec<u32>>()
    });
    pids.collect()
}

/// Bytes of the files in the cell's two tmpfs. The root in which they are mounted is read-only.
fn tmpfs_bytes(init: u32) -> u64 {
    let used = |name: &str| {
        let stat = rustix::fs::statfs(format!("/proc/{init}/root/{name}")).ok()?;
        let blocks = stat.f_blocks.saturating_sub(stat.f_bfree);
        // Before the cell has its root, this is a folder of the host.
        let is_tmpfs = stat.f_type == libc::TMPFS_MAGIC;
        is_tmpfs.then_some(blocks * stat.f_bsize.unsigned_abs())
    };
    ["workspace", "tmp"].into_iter().filter_map(used).sum()
}

/// Private memory of a process, with its page tables and swapped-out pages, but without the pages
/// of files that it shares with the page cache.
fn private_bytes(pid: u32) -> Option<u64> {
    let status = memory_status(pid)?;
    let counted = ["RssAnon", "RssShmem", "VmPTE", "VmSwap", "HugetlbPages"];
    let lines = status.lines().filter_map(|line| line.split_once(':'));
    let kibibytes: u64 = lines
        .filter(|(name, _)| counted.contains(name))
        .filter_map(|(_, value)| value.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .sum();
    Some(kibibytes * 1024)
}

/// CPU time of the children that a process has reaped, and of theirs: fields 16 and 17 of
/// `/proc/PID/stat`, in clock ticks.
fn reaped_cpu_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let per_second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_millis((user + system) * 1000 / per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_and_their_usage_are_counted() {
        let mut child = std::process::Command::new("sleep")
            .arg("30")
            .spawn()
            .unwrap();
        let mut group = PolledHierarchy.create("cell", &Limits::default()).unwrap();
        group
            .enter(Pid::from_raw(std::process::id() as i32).unwrap())
            .unwrap();
        assert!(group.processes().unwrap().contains(&child.id()));
        assert_eq!(group.oom_kills().unwrap(), 0);
        assert!(group.memory_peak_bytes().unwrap() > 0);
        group.all_reaped(Duration::from_millis(7));
        assert_eq!(group.cpu_time().unwrap(), Duration::from_millis(7));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Many processes, each far under the limit, count together.
    #[test]
    fn sum_of_processes_over_the_limit_is_noticed() {
        let sleep = || {
            std::process::Command::new("sleep")
                .arg("30")
                .spawn()
                .unwrap()
        };
        let mut children = [sleep(), sleep(), sleep()];
        // They may still be starting, and a starting process only grows.
        let all = children
            .iter()
            .map(|child| private_bytes(child.id()).unwrap());
        let limits = Limits {
            memory_bytes: all.sum::<u64>() - 1,
            ..Limits::default()
        };
        let group = PolledHierarchy.create("cell", &limits).unwrap();
        group
            .enter(Pid::from_raw(std::process::id() as i32).unwrap())
            .unwrap();
        assert_eq!(group.oom_kills().unwrap(), 1);
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}
