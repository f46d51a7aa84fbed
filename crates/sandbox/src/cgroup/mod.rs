//! Resource control: one small trait over the two versions of Linux control groups.
//!
//! Groups are made below the group that the helper itself is in, so that whatever limits the
//! service has (a systemd unit, a container) also hold for its cells, and a delegated subtree is
//! enough.

mod discover;
mod polled;
mod v1;
mod v2;

use std::fs::{self, File};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Pid;

pub use discover::discover;
pub use polled::PolledHierarchy;

use crate::{Limits, SandboxError, SandboxStep};

/// Number of our own processes in a cell: the init and the launcher.
pub const OWN_PROCESSES: u32 = 2;

/// The period of the CPU quota, in microseconds.
const CPU_PERIOD_US: u64 = 100_000;

/// Divisor of the CPU shares of a cell of low priority. Not the largest possible, so that it never
/// stands still for long.
const LOW_PRIORITY_DIVISOR: u64 = 16;

/// A place where groups can be made.
pub trait CgroupHierarchy {
    /// Version of control groups, 1 or 2; `None` without control groups.
    fn version(&self) -> Option<u8>;
    /// True if I/O rates are limited: the controller is not delegated everywhere.
    fn limits_io(&self) -> bool;
    /// Makes an empty group with the limits set.
    fn create(&self, name: &str, limits: &Limits) -> Result<Box<dyn CellCgroup>, SandboxError>;
    /// Removes the groups of dead helpers, and nothing else.
    fn sweep(&self, is_stale: &dyn Fn(&str) -> bool);
    /// Removes the helper's own group, with those of killed supervisors below it.
    fn remove(&self);
}

/// Control group of one cell. Counters are read through descriptors that are held open.
pub trait CellCgroup {
    /// Returns a descriptor for `CLONE_INTO_CGROUP`, if the version supports that.
    fn clone_target(&self) -> Option<BorrowedFd<'_>>;
    /// Sets the limits of the next run, as far as they differ from the current ones.
    fn limit(&mut self, limits: &Limits) -> Result<(), SandboxError>;
    /// Moves a process into the group, if it wasn't cloned into it.
    fn enter(&self, pid: Pid) -> Result<(), SandboxError>;
    /// Longest time between two reads of the counters, so that a kill by the kernel inside the cell
    /// is noticed soon even if the program's main process lives on.
    fn longest_nap(&self) -> Duration {
        Duration::from_millis(50)
    }
    /// CPU time of all processes that ever ran in the group.
    fn cpu_time(&self) -> io::Result<Duration>;
    /// Notes that every process but our own has been reaped, and the CPU time of them all.
    fn all_reaped(&mut self, _cpu_time: Duration) {}
    /// Starts a new measurement of the memory peak, if the kernel can.
    fn reset_memory_peak(&mut self) -> io::Result<()>;
    fn memory_peak_bytes(&self) -> io::Result<u64>;
    /// Memory charged to the group now.
    fn memory_bytes(&self) -> io::Result<u64>;
    /// Number of processes that the kernel has ever killed for the group's memory limit.
    fn oom_kills(&self) -> io::Result<u64>;
    /// Number of forks that the kernel has ever refused for the group's process limit.
    fn refused_processes(&self) -> io::Result<u64>;
    /// True if the usage of a second run can be measured apart from the first's.
    fn can_measure_again(&self) -> bool;
    /// Pids of the processes in the group.
    fn processes(&self) -> io::Result<Vec<u32>>;
    /// Removes the group. All its processes must have been reaped.
    fn remove(self: Box<Self>) -> io::Result<()>;
}

/// Reads a small pseudo-file from its start through a descriptor that is held open.
fn read_small(file: &File) -> io::Result<String> {
    let mut buffer = [0_u8; 4096];
    let length = file.read_at(&mut buffer, 0)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

fn read_number(file: &File) -> io::Result<u64> {
    let text = read_small(file)?;
    let invalid = |_| io::Error::other(format!("not a number: {text:?}"));
    text.trim().parse().map_err(invalid)
}

/// Finds `key value` in the lines of a file such as `memory.events`.
fn read_keyed(file: &File, key: &str) -> io::Result<u64> {
    let text = read_small(file)?;
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(name, _)| *name == key)
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or_else(|| io::Error::other(format!("no {key} in {text:?}")))
}

/// Reads the pids of a `cgroup.procs`, whose number is bounded by the process limit.
fn read_pids(folder: &Path) -> io::Result<Vec<u32>> {
    let text = fs::read_to_string(folder.join("cgroup.procs"))?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

/// Lists the machine's disks as `major:minor`, without those that are backed by memory or another
/// disk.
fn disks() -> Vec<String> {
    let virtual_kinds = ["loop", "ram", "zram", "dm-", "md"];
    entries(Path::new("/sys/block"))
        .into_iter()
        .filter(|disk| {
            let name = disk.file_name().unwrap_or_default().to_string_lossy();
            !virtual_kinds.iter().any(|kind| name.starts_with(kind))
        })
        .filter_map(|disk| fs::read_to_string(disk.join("dev")).ok())
        .map(|number| number.trim().to_owned())
        .collect()
}

/// Writes a setting and names the file when the kernel refuses.
fn set(directory: &Path, file: &str, value: impl ToString) -> Result<(), SandboxError> {
    let path = directory.join(file);
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|file| file.write_at(value.to_string().as_bytes(), 0))
        .map(drop)
        .map_err(|error| {
            SandboxError::new(
                SandboxStep::LimitCgroup,
                format!("{}: {error}", path.display()),
            )
        })
}

/// Removes a group's folder. Retries while it is busy: the kernel may need a moment after the last
/// process was reaped.
fn remove_group(directory: &Path) -> io::Result<()> {
    let deadline = Instant::now() + REMOVAL_TIMEOUT;
    while Instant::now() < deadline {
        match fs::remove_dir(directory) {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            result => return result,
        }
    }
    Err(io::Error::other(format!(
        "still busy after {REMOVAL_TIMEOUT:?}"
    )))
}

/// Time after which [`remove_group`] gives up.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Removes a folder with the groups in it, one level deep. None may have processes.
fn remove_with_groups(directory: &Path) {
    for folder in folders(directory)
        .iter()
        .map(PathBuf::as_path)
        .chain([directory])
    {
        if let Err(error) = remove_group(folder) {
            eprintln!("letscode jail: removing {}: {error}", folder.display());
        }
    }
}

/// Removes the stale folders in `parent` with the groups inside them, one level deep.
fn sweep_folder(parent: &Path, is_stale: &dyn Fn(&str) -> bool) {
    for stale in folders(parent) {
        let name = stale.file_name().unwrap_or_default().to_string_lossy();
        if is_stale(&name) {
            // One attempt each: a cell that outlives its helper may still run in one.
            for child in folders(&stale) {
                let _ = fs::remove_dir(child);
            }
            let _ = fs::remove_dir(&stale);
        }
    }
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let mut all = entries(parent);
    // Of the entry itself, not of a link's target.
    all.retain(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()));
    all
}

fn entries(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
