//! Control groups version 2: one hierarchy for all controllers.

mod controllers;
mod placement;

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Pid;

use controllers::{enable, enable_io, is_io_enabled};

use super::{
    CPU_PERIOD_US, CellCgroup, CgroupHierarchy, LOW_PRIORITY_DIVISOR, OWN_PROCESSES, disks,
    read_keyed, read_number, read_pids, remove_group, remove_with_groups, set, sweep_folder,
};
use crate::error::StepContext;
use crate::{Limits, SandboxError, SandboxStep};

/// The kernel's default.
const ORDINARY_WEIGHT: u64 = 100;

/// The helper's group, and those of its cells below it.
pub struct V2Hierarchy {
    parent: PathBuf,
    base: PathBuf,
    /// Disks whose rate is limited: none if the controller isn't delegated to us.
    disks: Vec<String>,
}

impl V2Hierarchy {
    /// Makes the helper's folder where [`placement`] allows it: `top` is the hierarchy's mount
    /// point, `own` the group that this process is in.
    pub fn open(top: &Path, own: &Path, instance: &str) -> Result<Self, SandboxError> {
        let parent = placement::prepare_parent(top, own)?;
        let base = parent.join(instance);
        fs::create_dir(&base).at_path(SandboxStep::CreateCgroup, base.display())?;
        let mut hierarchy = V2Hierarchy {
            parent,
            base,
            disks: Vec::new(),
        };
        if let Err(error) = enable(&hierarchy.base) {
            hierarchy.remove();
            return Err(error);
        }
        enable_io(&hierarchy.base);
        if is_io_enabled(&hierarchy.base) {
            hierarchy.disks = disks();
        }
        Ok(hierarchy)
    }
}

impl CgroupHierarchy for V2Hierarchy {
    fn version(&self) -> Option<u8> {
        Some(2)
    }

    fn limits_io(&self) -> bool {
        !self.disks.is_empty()
    }

    fn create(&self, name: &str, limits: &Limits) -> Result<Box<dyn CellCgroup>, SandboxError> {
        let folder = self.base.join(name);
        fs::create_dir(&folder).at_path(SandboxStep::CreateCgroup, folder.display())?;
        match V2Group::limited(folder.clone(), self.disks.clone(), limits) {
            Ok(group) => Ok(Box::new(group)),
            Err(error) => {
                let _ = fs::remove_dir(&folder);
                Err(error)
            }
        }
    }

    fn sweep(&self, is_stale: &dyn Fn(&str) -> bool) {
        sweep_folder(&self.parent, is_stale);
    }

    fn remove(&self) {
        remove_with_groups(&self.base);
    }
}

struct V2Group {
    folder: PathBuf,
    disks: Vec<String>,
    io_limit: Option<u64>,
    low_priority: bool,
    directory: File,
    cpu_stat: File,
    memory_events: File,
    /// Absent before Linux 5.19.
    memory_peak: Option<File>,
    memory_current: File,
    pids_events: File,
    /// True if the kernel can start a new peak (Linux 6.12).
    resets_peak: bool,
}

impl V2Group {
    fn limited(folder: PathBuf, disks: Vec<String>, limits: &Limits) -> Result<Self, SandboxError> {
        let mut group = V2Group::open(folder, disks)?;
        group.limit(limits)?;
        Ok(group)
    }

    fn open(folder: PathBuf, disks: Vec<String>) -> Result<Self, SandboxError> {
        if folder.join("memory.swap.max").exists() {
            set(&folder, "memory.swap.max", 0)?;
        }
        // One process over the limit ends the whole cell: the rest of a program is of no use.
        set(&folder, "memory.oom.group", 1)?;
        let open = |name: &str| {
            let path = folder.join(name);
            File::open(&path).at_path(SandboxStep::ReadCgroup, path.display())
        };
        // Opened for writing, because a write through the same descriptor starts a new peak.
        let memory_peak = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(folder.join("memory.peak"))
            .or_else(|_| File::open(folder.join("memory.peak")))
            .ok();
        Ok(V2Group {
            directory: File::open(&folder).at_path(SandboxStep::ReadCgroup, folder.display())?,
            cpu_stat: open("cpu.stat")?,
            memory_events: open("memory.events")?,
            memory_current: open("memory.current")?,
            pids_events: open("pids.events")?,
            resets_peak: false,
            memory_peak,
            io_limit: None,
            low_priority: false,
            disks,
            folder,
        })
    }

    fn limit_io(&self, bytes_per_second: u64) -> Result<(), SandboxError> {
        self.disks.iter().try_for_each(|disk| {
            let rate = format!("{disk} rbps={bytes_per_second} wbps={bytes_per_second}");
            set(&self.folder, "io.max", rate)
        })
    }
}

impl CellCgroup for V2Group {
    fn clone_target(&self) -> Option<BorrowedFd<'_>> {
        Some(self.directory.as_fd())
    }

    fn limit(&mut self, limits: &Limits) -> Result<(), SandboxError> {
        set(&self.folder, "memory.max", limits.memory_bytes)?;
        set(&self.folder, "pids.max", limits.processes + OWN_PROCESSES)?;
        let quota = (limits.cpu_cores * CPU_PERIOD_US as f64) as u64;
        set(&self.folder, "cpu.max", format!("{quota} {CPU_PERIOD_US}"))?;
        // A line for every disk of the machine, so not again for each run.
        if self.io_limit != Some(limits.io_bytes_per_second) {
            self.limit_io(limits.io_bytes_per_second)?;
            self.io_limit = Some(limits.io_bytes_per_second);
        }
        // A new group has ordinary priority.
        if self.low_priority != limits.low_priority {
            let weight = if limits.low_priority {
                ORDINARY_WEIGHT / LOW_PRIORITY_DIVISOR
            } else {
                ORDINARY_WEIGHT
            };
            set(&self.folder, "cpu.weight", weight)?;
            self.low_priority = limits.low_priority;
        }
        Ok(())
    }

    fn enter(&self, pid: Pid) -> Result<(), SandboxError> {
        let path = self.folder.join("cgroup.procs");
        fs::write(&path, pid.as_raw_nonzero().to_string())
            .at_path(SandboxStep::EnterCgroup, path.display())
    }

    fn cpu_time(&self) -> io::Result<Duration> {
        read_keyed(&self.cpu_stat, "usage_usec").map(Duration::from_micros)
    }

    fn reset_memory_peak(&mut self) -> io::Result<()> {
        // Kernels before 6.12 refuse; the peak then includes the memory for building the cell,
        // which is less than any program's.
        let peak = self.memory_peak.as_ref();
        self.resets_peak = peak.is_some_and(|file| file.write_at(b"reset", 0).is_ok());
        Ok(())
    }

    fn memory_peak_bytes(&self) -> io::Result<u64> {
        read_number(self.memory_peak.as_ref().unwrap_or(&self.memory_current))
    }

    fn memory_bytes(&self) -> io::Result<u64> {
        read_number(&self.memory_current)
    }

    fn oom_kills(&self) -> io::Result<u64> {
        read_keyed(&self.memory_events, "oom_kill")
    }

    fn refused_processes(&self) -> io::Result<u64> {
        read_keyed(&self.pids_events, "max")
    }

    fn can_measure_again(&self) -> bool {
        self.resets_peak
    }

    fn processes(&self) -> io::Result<Vec<u32>> {
        read_pids(&self.folder)
    }

    fn remove(self: Box<Self>) -> io::Result<()> {
        remove_group(&self.folder)
    }
}

#[cfg(test)]
#[path = "v2_tests.rs"]
mod tests;
