mod place;

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Pid;

use super::{
    CPU_PERIOD_US, Group, Hierarchy, OURS, read_keyed, read_number, read_pids, remove_group, set,
    sweep_folder,
};
use crate::error::At;
use crate::{Limits, SandboxError, Step};

/// The controllers that a cell's limits need.
const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// Control groups version 2: one hierarchy.
pub struct V2 {
    parent: PathBuf,
    base: PathBuf,
}

impl V2 {
    /// Makes the helper's folder, where `place` says that it may be: `top` is where the hierarchy
    /// is mounted, `own` the group that this process is in.
    pub fn open(top: &Path, own: &Path, instance: &str) -> Result<Self, SandboxError> {
        let parent = place::settle(top, own)?;
        let base = parent.join(instance);
        fs::create_dir(&base).at_path(Step::CreateCgroup, base.display())?;
        let hierarchy = V2 { parent, base };
        if let Err(error) = enable(&hierarchy.base) {
            hierarchy.remove();
            return Err(error);
        }
        Ok(hierarchy)
    }
}

fn enable(folder: &Path) -> Result<(), SandboxError> {
    let wanted = CONTROLLERS.map(|name| format!("+{name}")).join(" ");
    set(folder, "cgroup.subtree_control", wanted)
}

fn has_controllers(file: &Path) -> bool {
    let enabled = fs::read_to_string(file).unwrap_or_default();
    CONTROLLERS
        .iter()
        .all(|wanted| enabled.split_whitespace().any(|have| have == *wanted))
}

impl Hierarchy for V2 {
    fn version(&self) -> Option<u8> {
        Some(2)
    }

    fn limits_io(&self) -> bool {
        false
    }

    fn create(&self, name: &str, limits: &Limits) -> Result<Box<dyn Group>, SandboxError> {
        let folder = self.base.join(name);
        fs::create_dir(&folder).at_path(Step::CreateCgroup, folder.display())?;
        match V2Group::limited(folder.clone(), limits) {
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
        let _ = fs::remove_dir(&self.base);
    }
}

struct V2Group {
    folder: PathBuf,
    directory: File,
    cpu_stat: File,
    memory_events: File,
    /// Absent before Linux 5.19.
    memory_peak: Option<File>,
    memory_current: File,
    pids_events: File,
    /// The kernel began a new peak when it was asked to (Linux 6.12).
    resets_peak: bool,
}

impl V2Group {
    fn limited(folder: PathBuf, limits: &Limits) -> Result<Self, SandboxError> {
        let mut group = V2Group::open(folder)?;
        group.limit(limits)?;
        Ok(group)
    }

    fn open(folder: PathBuf) -> Result<Self, SandboxError> {
        if folder.join("memory.swap.max").exists() {
            set(&folder, "memory.swap.max", 0)?;
        }
        // One process over the limit ends the whole cell: half a program proves nothing.
        set(&folder, "memory.oom.group", 1)?;
        let open = |name: &str| {
            let path = folder.join(name);
            File::open(&path).at_path(Step::ReadCgroup, path.display())
        };
        // Opened for writing, because a write through the same descriptor begins a new peak.
        let memory_peak = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(folder.join("memory.peak"))
            .or_else(|_| File::open(folder.join("memory.peak")))
            .ok();
        Ok(V2Group {
            directory: File::open(&folder).at_path(Step::ReadCgroup, folder.display())?,
            cpu_stat: open("cpu.stat")?,
            memory_events: open("memory.events")?,
            memory_current: open("memory.current")?,
            pids_events: open("pids.events")?,
            resets_peak: false,
            memory_peak,
            folder,
        })
    }
}

impl Group for V2Group {
    fn birthplace(&self) -> Option<BorrowedFd<'_>> {
        Some(self.directory.as_fd())
    }

    fn limit(&mut self, limits: &Limits) -> Result<(), SandboxError> {
        set(&self.folder, "memory.max", limits.memory_bytes)?;
        set(&self.folder, "pids.max", limits.processes + OURS)?;
        let quota = (limits.cpu_cores * CPU_PERIOD_US as f64) as u64;
        set(&self.folder, "cpu.max", format!("{quota} {CPU_PERIOD_US}"))
    }

    fn enter(&self, pid: Pid) -> Result<(), SandboxError> {
        let path = self.folder.join("cgroup.procs");
        fs::write(&path, pid.as_raw_nonzero().to_string())
            .at_path(Step::EnterCgroup, path.display())
    }

    fn cpu_time(&self) -> io::Result<Duration> {
        read_keyed(&self.cpu_stat, "usage_usec").map(Duration::from_micros)
    }

    fn reset_memory_peak(&mut self) -> io::Result<()> {
        // Kernels before 6.12 refuse; the peak then includes the building of the cell, which is
        // smaller than any program.
        let peak = self.memory_peak.as_ref();
        self.resets_peak = peak.is_some_and(|file| file.write_at(b"reset", 0).is_ok());
        Ok(())
    }

    fn memory_peak_bytes(&self) -> io::Result<u64> {
        read_number(self.memory_peak.as_ref().unwrap_or(&self.memory_current))
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
