use std::fs::{self, File};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Pid;

use super::{
    CPU_PERIOD_US, Group, Hierarchy, disks, read_keyed, read_number, read_pids, remove_group, set,
    sweep_folder,
};
use crate::error::At;
use crate::{Limits, SandboxError, Step};

/// Where each controller's part of our subtree is. Controllers may share a folder, as `cpu` and
/// `cpuacct` do on many systems.
#[derive(Debug, Clone)]
pub struct Controllers {
    pub memory: PathBuf,
    pub pids: PathBuf,
    pub cpu: PathBuf,
    pub cpuacct: PathBuf,
    /// Absent on kernels without it; then I/O is not limited.
    pub blkio: Option<PathBuf>,
}

impl Controllers {
    fn map(&self, change: impl Fn(&PathBuf) -> PathBuf + Copy) -> Controllers {
        Controllers {
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

    /// Makes all the folders or none: the first controller may be ours and the second not.
    fn make(&self) -> Result<(), SandboxError> {
        let all = self.distinct();
        for (made, folder) in all.iter().enumerate() {
            let result = fs::create_dir(folder).at_path(Step::CreateCgroup, folder.display());
            if result.is_err() {
                remove_each(&all[..made]);
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

/// Control groups version 1: one hierarchy per controller, all kept alike.
pub struct V1 {
    parent: Controllers,
    base: Controllers,
    disks: Vec<String>,
}

impl V1 {
    /// Makes the helper's folder in each controller's part of the subtree.
    pub fn open(parent: Controllers, instance: &str) -> Result<Self, SandboxError> {
        let base = parent.map(|path| path.join(instance));
        base.make()?;
        Ok(V1 {
            parent,
            base,
            disks: disks(),
        })
    }
}

impl Hierarchy for V1 {
    fn version(&self) -> Option<u8> {
        Some(1)
    }

    fn limits_io(&self) -> bool {
        self.base.blkio.is_some() && !self.disks.is_empty()
    }

    fn create(&self, name: &str, limits: &Limits) -> Result<Box<dyn Group>, SandboxError> {
        let folders = self.base.map(|path| path.join(name));
        folders.make()?;
        match V1Group::with_limits(folders.clone(), limits, &self.disks) {
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
        self.base.remove();
    }
}

struct V1Group {
    folders: Controllers,
    cpu_time: File,
    memory_peak: File,
    oom_control: File,
}

impl V1Group {
    fn with_limits(
        folders: Controllers,
        limits: &Limits,
        disks: &[String],
    ) -> Result<Self, SandboxError> {
        let memory = &folders.memory;
        set(memory, "memory.limit_in_bytes", limits.memory_bytes)?;
        // Memory and swap together: absent where the kernel was booted without swap accounting,
        // and then swappiness 0 is what can be had.
        if memory.join("memory.memsw.limit_in_bytes").exists() {
            set(memory, "memory.memsw.limit_in_bytes", limits.memory_bytes)?;
        } else {
            set(memory, "memory.swappiness", 0)?;
        }
        // When the machine runs short, cells that hold more than this are reclaimed from first.
        set(
            memory,
            "memory.soft_limit_in_bytes",
            limits.memory_bytes / 2,
        )?;
        if let Some(blkio) = &folders.blkio {
            for disk in disks {
                let rate = format!("{disk} {}", limits.io_bytes_per_second);
                set(blkio, "blkio.throttle.read_bps_device", &rate)?;
                set(blkio, "blkio.throttle.write_bps_device", &rate)?;
            }
        }
        set(&folders.pids, "pids.max", limits.processes)?;
        set(&folders.cpu, "cpu.cfs_period_us", CPU_PERIOD_US)?;
        let quota = (limits.cpu_cores * CPU_PERIOD_US as f64) as u64;
        set(&folders.cpu, "cpu.cfs_quota_us", quota)?;
        let open = |path: PathBuf, write: bool| {
            fs::OpenOptions::new()
                .read(true)
                .write(write)
                .open(&path)
                .at_path(Step::ReadCgroup, path.display())
        };
        Ok(V1Group {
            cpu_time: open(folders.cpuacct.join("cpuacct.usage"), false)?,
            memory_peak: open(memory.join("memory.max_usage_in_bytes"), true)?,
            oom_control: open(memory.join("memory.oom_control"), false)?,
            folders,
        })
    }
}

impl Group for V1Group {
    fn birthplace(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn enter(&self, pid: Pid) -> Result<(), SandboxError> {
        for folder in self.folders.distinct() {
            let path = folder.join("cgroup.procs");
            fs::write(&path, pid.as_raw_nonzero().to_string())
                .at_path(Step::EnterCgroup, path.display())?;
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

    fn oom_kills(&self) -> io::Result<u64> {
        read_keyed(&self.oom_control, "oom_kill")
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

    /// As where a user was given some of the controllers and not all.
    #[test]
    fn a_controller_that_is_refused_leaves_no_folder_in_the_others() {
        let root = tempfile::tempdir().unwrap();
        let controller = |name: &str| root.path().join(name);
        fs::create_dir(controller("memory")).unwrap();
        fs::create_dir(controller("cpu")).unwrap();
        let controllers = Controllers {
            memory: controller("memory"),
            pids: controller("pids"),
            cpu: controller("cpu"),
            cpuacct: controller("cpu"),
            blkio: None,
        };
        let error = V1::open(controllers, "letscode.1.1").err().unwrap();
        assert_eq!(error.step, Step::CreateCgroup);
        for name in ["memory", "cpu"] {
            assert_eq!(fs::read_dir(controller(name)).unwrap().count(), 0, "{name}");
        }
    }
}
