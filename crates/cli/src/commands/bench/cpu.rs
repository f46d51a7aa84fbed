//! CPU time of everything that the benchmark causes: its own process, the jail helper, cells, peers.
//!
//! CPU time limits throughput, and unlike a latency it hardly changes when the machine is busy. It is
//! counted by a control group of the benchmark, which includes processes that others reap.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A control group of version 1's `cpuacct`. This process is in it until the value is dropped.
pub struct CpuGroup {
    parent: PathBuf,
    folder: PathBuf,
    usage: File,
}

const PREFIX: &str = "letscode-bench-";

/// Removes the groups of benchmarks that were killed. A group with a process in it stays.
fn remove_stale_groups(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Time after which the clean-up of a run has finished.
const CLEAN_UP_TIME: Duration = Duration::from_millis(30);

impl CpuGroup {
    /// Makes and enters the group, before any other process is started. An error says why there is none.
    pub fn enter() -> Result<Self, String> {
        let at = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
        let parent = own_group().ok_or("there is no cpuacct control group, version 1, here")?;
        remove_stale_groups(&parent);
        let folder = parent.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| at(&folder, error))?;
        let usage = File::open(folder.join("cpuacct.usage"));
        let moved = fs::write(folder.join("cgroup.procs"), "0");
        match (usage, moved) {
            (Ok(usage), Ok(())) => Ok(CpuGroup {
                parent,
                folder,
                usage,
            }),
            (Err(error), _) | (_, Err(error)) => {
                let _ = fs::remove_dir(&folder);
                Err(at(&folder, error))
            }
        }
    }

    fn nanoseconds(&self) -> Option<u64> {
        let mut text = [0; 32];
        let length = self.usage.read_at(&mut text, 0).ok()?;
        std::str::from_utf8(&text[..length])
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Runs a function and returns its result with the CPU time in milliseconds, clean-up included.
    pub fn measure<T>(&self, work: impl FnOnce() -> T) -> (T, Option<f64>) {
        std::thread::sleep(CLEAN_UP_TIME);
        let before = self.nanoseconds();
        let result = work();
        std::thread::sleep(CLEAN_UP_TIME);
        let spent = before.zip(self.nanoseconds());
        (
            result,
            spent.map(|(before, after)| (after - before) as f64 / 1e6),
        )
    }

    /// Runs a function `count` times and returns the CPU time of one call in milliseconds.
    pub fn per_call<E>(
        &self,
        count: usize,
        mut run: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<f64>, E> {
        let (result, spent) = self.measure(|| (0..count).try_for_each(|_| run()));
        result?;
        Ok(spent.map(|spent| spent / count as f64))
    }
}

impl Drop for CpuGroup {
    fn drop(&mut self) {
        // If a process is still running the folder stays; it sets no limits.
        let _ = fs::write(self.parent.join("cgroup.procs"), "0");
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Usual mount points of the controller.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct"];

fn own_group() -> Option<PathBuf> {
    let mut text = String::new();
    let mut file = File::open("/proc/self/cgroup").ok()?;
    file.read_to_string(&mut text).ok()?;
    let own = text.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let counts = controllers.split(',').any(|name| name == "cpuacct");
        counts.then_some(path)
    })?;
    let folders = MOUNTS
        .iter()
        .map(|mount| Path::new(mount).join(own.trim_start_matches('/')));
    folders.into_iter().find(|folder| folder.is_dir())
}
