//! CPU time of everything that the benchmark causes: its own process, the jail helper, cells, peers.
//!
//! Throughput comes from it, and unlike a latency it hardly changes when the machine is busy with other
//! things. A control group of our own counts it: processes that others have to reap are in it too.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A group of version 1's `cpuacct`, which this process is in while this lives.
pub struct CpuGroup {
    parent: PathBuf,
    folder: PathBuf,
    usage: File,
}

const PREFIX: &str = "letscode-bench-";

/// Those of benchmarks that were killed. One with a process in it stays.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// After this what a run leaves to be done is done.
const SETTLED: Duration = Duration::from_millis(30);

impl CpuGroup {
    /// An error says why there is none. To be called before anything else is started.
    pub fn enter() -> Result<Self, String> {
        let at = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
        let parent = own_group().ok_or("there is no cpuacct control group, version 1, here")?;
        sweep(&parent);
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

    /// With the milliseconds of CPU that it costs, clean-up included.
    pub fn of<T>(&self, deed: impl FnOnce() -> T) -> (T, Option<f64>) {
        std::thread::sleep(SETTLED);
        let before = self.nanoseconds();
        let done = deed();
        std::thread::sleep(SETTLED);
        let spent = before.zip(self.nanoseconds());
        (
            done,
            spent.map(|(before, after)| (after - before) as f64 / 1e6),
        )
    }

    /// Milliseconds of CPU that one of so many costs.
    pub fn per_one<E>(
        &self,
        count: usize,
        mut one: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<f64>, E> {
        let (done, spent) = self.of(|| (0..count).try_for_each(|_| one()));
        done?;
        Ok(spent.map(|spent| spent / count as f64))
    }
}

impl Drop for CpuGroup {
    fn drop(&mut self) {
        // All that was started has ended by now; else the folder stays, empty of limits.
        let _ = fs::write(self.parent.join("cgroup.procs"), "0");
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Where the kernel mounts each controller, or all of them together, by custom.
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
