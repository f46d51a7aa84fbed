//! Control groups version 1: one hierarchy per controller.

use std::fs::{self, File};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Pid;

use super::{
    CPU_PERIOD_US, CellCgroup, CgroupHierarchy, LOW_PRIORITY_DIVISOR, OWN_PROCESSES, disks,
    read_keyed, read_number, read_pids, remove_group, remove_with_groups, set, sweep_folder,
};
use crate::error::StepContext;
use crate::{Limits, SandboxError, SandboxStep};

/// Folders of a group, one for each controller. Controllers may share a folder, as `cpu` and
/// `cpuacct` do on many systems.
#[derive(Debug, Clone)]
pub struct ControllerPaths {
    pub memory: PathBuf,
    pub pids: PathBuf,
    pub cpu: PathBuf,
    pub cpuacct: PathBuf,
    /// `None` on kernels without it; then I/O is not limited.
    pub blkio: Option<PathBuf>,
}

impl ControllerPaths {
    fn map(&self, change: impl Fn(&PathBuf) -> PathBuf + Copy) -> ControllerPaths {
        ControllerPaths {
            memory: change(&self.memory),
            pids: change(&self.pids),
            cpu: change(&self.cpu),
            cpuacct: change(&self.cpuacct),
            blkio: self.blkio.as_ref().map(change),
        }
    }

    fn distinct(&self) -> Vec<&PathBuf> {
        let mut all = vec![&self.memory, &self.pids, &self.cpu, &self.cpuacct];
        all.extend(&self.blkio);
        all.sort();
        all.dedup();
        all
    }

    /// Makes all the folders or none: the first controller may be delegated to us and the second
    /// not.
    fn make(&self) -> Result<(), SandboxError> {
        let all = self.distinct();
        for (created, folder) in all.iter().enumerate() {
            let result =
                fs::create_dir(folder).at_path(SandboxStep::CreateCgroup, folder.display());
            if result.is_err() {
                remove_each(&all[..created]);
                return result;
            }
        }
        Ok(())
    }

    fn remove(&self) {
        remove_each(&self.distinct());
    }
}

fn remove_each(folders: &[&PathBuf]) {
    for folder in folders {
        let _ = fs::remove_dir(folder);
    }
}

/// The kernel's default.
const ORDINARY_SHARES: u64 = 1024;

/// The helper's groups, alike in the hierarchies of all controllers.
pub struct V1Hierarchy {
    parent: ControllerPaths,
    base: ControllerPaths,
    disks: Vec<String>,
}

impl V1Hierarchy {
    /// Makes the helper's folder below our own group in each controller's hierarchy.
    pub fn open(parent: ControllerPaths, instance: &str) -> Result<Self, SandboxError> {
        let base = parent.map(|path| path.join(instance));
        base.make()?;
        Ok(V1Hierarchy {
            parent,
            base,
            disks: disks(),
        })
    }
}

impl CgroupHierarchy for V1Hierarchy {
    fn version(&self) -> Option<u8> {
        Some(1)
    }

    fn limits_io(&self) -> bool {
        self.base.blkio.is_some() && !self.disks.is_empty()
    }

    fn create(&self, name: &str, limits: &Limits) -> Result<Box<dyn CellCgroup>, SandboxError> {
        let folders = self.base.map(|path| path.join(name));
        folders.make()?;
        let opened = V1Group::open(folders.clone(), self.disks.clone())
            .and_then(|mut group| group.limit(limits).map(|()| group));
        match opened {
            Ok(group) => Ok(Box::new(group)),
            Err(error) => {
                folders.remove();
                Err(error)
            }
        }
    }

    fn sweep(&self, is_stale: &dyn Fn(&str) -> bool) {
        for folder in self.parent.distinct() {
            sweep_folder(folder, is_stale);
        }
    }

    fn remove(&self) {
        self.base
            .distinct()
            .into_iter()
            .for_each(|folder| remove_with_groups(folder));
    }
}

struct V1Group {
    folders: ControllerPaths,
    disks: Vec<String>,
    applied: Option<Limits>,
    /// True if the kernel accounts for swap. Otherwise swappiness is set to 0 instead.
    limits_swap: bool,
    cpu_time: File,
    memory_peak: File,
    memory_usage: File,
    oom_control: File,
    pids_events: File,
}

impl V1Group {
    fn open(folders: ControllerPaths, disks: Vec<String>) -> Result<Self, SandboxError> {
        let memory = &folders.memory;
        let limits_swap = memory.join("memory.memsw.limit_in_bytes").exists();
        if !limits_swap {
            set(memory, "memory.swappiness", 0)?;
        }
        set(&folders.cpu, "cpu.cfs_period_us", CPU_PERIOD_US)?;
        let open = |path: PathBuf, write: bool| {
            fs::OpenOptions::new()
                .read(true)
                .write(write)
                .open(&path)
                .at_path(SandboxStep::ReadCgroup, path.display())
        };
        Ok(V1Group {
            limits_swap,
            cpu_time: open(folders.cpuacct.join("cpuacct.usage"), false)?,
            memory_peak: open(memory.join("memory.max_usage_in_bytes"), true)?,
            memory_usage: open(memory.join("memory.usage_in_bytes"), false)?,
            oom_control: open(memory.join("memory.oom_control"), false)?,
            pids_events: open(folders.pids.join("pids.events"), false)?,
            disks,
            applied: None,
            folders,
        })
    }

    fn limit_memory(&self, bytes: u64) -> Result<(), SandboxError> {
        let memory = &self.folders.memory;
        // Memory and swap together must never be less than memory alone.
        let grows = self
            .applied
            .as_ref()
            .is_some_and(|applied| applied.memory_bytes < bytes);
        if grows && self.limits_swap {
            set(memory, "memory.memsw.limit_in_bytes", bytes)?;
        }
        set(memory, "memory.limit_in_bytes", bytes)?;
        if !grows && self.limits_swap {
            set(memory, "memory.memsw.limit_in_bytes", bytes)?;
        }
        // When the machine runs short, the kernel first reclaims from cells above this.
        set(memory, "memory.soft_limit_in_bytes", bytes / 2)
    }

    fn limit_io(&self, bytes_per_second: u64) -> Result<(), SandboxError> {
        if let Some(blkio) = &self.folders.blkio {
            for disk in &self.disks {
                let rate = format!("{disk} {bytes_per_second}");
                set(blkio, "blkio.throttle.read_bps_device", &rate)?;
                set(blkio, "blkio.throttle.write_bps_device", &rate)?;
            }
        }
        Ok(())
    }
}

impl CellCgroup for V1Group {
    fn clone_target(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn limit(&mut self, limits: &Limits) -> Result<(), SandboxError> {
        let applied = self.applied.as_ref();
        let differs = |of: fn(&Limits) -> u64| applied.map(of) != Some(of(limits));
        let quota = |limits: &Limits| (limits.cpu_cores * CPU_PERIOD_US as f64) as u64;
        if differs(|limits| limits.memory_bytes) {
            self.limit_memory(limits.memory_bytes)?;
        }
        if differs(|limits| limits.io_bytes_per_second) {
            self.limit_io(limits.io_bytes_per_second)?;
        }
        if differs(|limits| limits.processes.into()) {
            set(
                &self.folders.pids,
                "pids.max",
                limits.processes + OWN_PROCESSES,
            )?;
        }
        if applied.map(quota) != Some(quota(limits)) {
            set(&self.folders.cpu, "cpu.cfs_quota_us", quota(limits))?;
        }
        // A new group has ordinary priority.
        if applied.is_some_and(|applied| applied.low_priority) != limits.low_priority {
            let shares = if limits.low_priority {
                ORDINARY_SHARES / LOW_PRIORITY_DIVISOR
            } else {
                ORDINARY_SHARES
            };
            set(&self.folders.cpu, "cpu.shares", shares)?;
        }
        self.applied = Some(limits.clone());
        Ok(())
    }

    fn enter(&self, pid: Pid) -> Result<(), SandboxError> {
        for folder in self.folders.distinct() {
            let path = folder.join("cgroup.procs");
            fs::write(&path, pid.as_raw_nonzero().to_string())
                .at_path(SandboxStep::EnterCgroup, path.display())?;
        }
        Ok(())
    }

    fn cpu_time(&self) -> io::Result<Duration> {
        read_number(&self.cpu_time).map(Duration::from_nanos)
    }

    fn reset_memory_peak(&mut self) -> io::Result<()> {
        self.memory_peak.write_at(b"0", 0).map(drop)
    }

    fn memory_peak_bytes(&self) -> io::Result<u64> {
        read_number(&self.memory_peak)
    }

    fn memory_bytes(&self) -> io::Result<u64> {
        read_number(&self.memory_usage)
    }

    fn oom_kills(&self) -> io::Result<u64> {
        read_keyed(&self.oom_control, "oom_kill")
    }

    fn refused_processes(&self) -> io::Result<u64> {
        read_keyed(&self.pids_events, "max")
    }

    fn can_measure_again(&self) -> bool {
        true
    }

    fn processes(&self) -> io::Result<Vec<u32>> {
        read_pids(&self.folders.memory)
    }

    fn remove(self: Box<Self>) -> io::Result<()> {
        self.folders
            .distinct()
            .into_iter()
            .try_for_each(|folder| remove_group(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As for a user to whom only some of the controllers are delegated.
    #[test]
    fn refused_controllers_leave_no_folder_in_others() {
        let root = tempfile::tempdir().unwrap();
        let controller = |name: &str| root.path().join(name);
        fs::create_dir(controller("memory")).unwrap();
        fs::create_dir(controller("cpu")).unwrap();
        let controllers = ControllerPaths {
            memory: controller("memory"),
            pids: controller("pids"),
            cpu: controller("cpu"),
            cpuacct: controller("cpu"),
            blkio: None,
        };
        let error = V1Hierarchy::open(controllers, "letscode.1.1")
            .err()
            .unwrap();
        assert_eq!(error.step, SandboxStep::CreateCgroup);
        for name in ["memory", "cpu"] {
            assert_eq!(fs::read_dir(controller(name)).unwrap().count(), 0, "{name}");
        }
    }
}
