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

/// Our own processes in a cell, which are not the program's: the init and the launcher.
pub const OURS: u32 = 2;

/// The period of the CPU quota, in microseconds.
const CPU_PERIOD_US: u64 = 100_000;

/// What is shared out goes to a cell of low priority in so much smaller a part. Not in the smallest that there
/// is, so that it never stands still for long.
const LOW_PRIORITY: u64 = 16;

/// A place where groups can be made.
pub trait CgroupHierarchy {
    /// 1 or 2; `None` where there is none.
    fn version(&self) -> Option<u8>;
    /// Reading from disks has a rate too: its controller is not handed down everywhere.
    fn limits_io(&self) -> bool;
    /// Makes an empty group with the limits set.
    fn create(&self, name: &str, limits: &Limits) -> Result<Box<dyn CellCgroup>, SandboxError>;
    /// Removes groups that a helper which is gone has left, and nothing else.
    fn sweep(&self, is_stale: &dyn Fn(&str) -> bool);
    /// Removes the place itself, with what a supervisor that was killed has left in it.
    fn remove(&self);
}

/// One cell's group. Counters are read through descriptors that are held open.
pub trait CellCgroup {
    /// A descriptor to be born into (`CLONE_INTO_CGROUP`), where the version has that.
    fn birthplace(&self) -> Option<BorrowedFd<'_>>;
    /// Sets the limits of the next run, as far as they differ from those that are set.
    fn limit(&mut self, limits: &Limits) -> Result<(), SandboxError>;
    /// Moves a process in, if it wasn't born here.
    fn enter(&self, pid: Pid) -> Result<(), SandboxError>;
    /// The longest time between two looks at the counters, so that a kill by the kernel inside the
    /// cell is noticed soon even if the program's main process lives on.
    fn longest_nap(&self) -> Duration {
        Duration::from_millis(50)
    }
    /// CPU time of everything that ever ran in the group.
    fn cpu_time(&self) -> io::Result<Duration>;
    /// Every process but the init has ended; together they used this much, by the init's account.
    fn all_reaped(&mut self, _cpu_time: Duration) {}
    /// Begins a new measurement of the memory peak, as far as the kernel can.
    fn reset_memory_peak(&mut self) -> io::Result<()>;
    fn memory_peak_bytes(&self) -> io::Result<u64>;
    /// How many processes the kernel killed for the group's memory limit, ever.
    fn oom_kills(&self) -> io::Result<u64>;
    /// How many processes the kernel did not let the group make, ever.
    fn refused_processes(&self) -> io::Result<u64>;
    /// What a second run uses can be told from what the first did.
    fn can_measure_again(&self) -> bool;
    /// The pids of what is in the group now.
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

/// The pids in a `cgroup.procs`, of which a process could make no more than its limit allows.
fn read_pids(folder: &Path) -> io::Result<Vec<u32>> {
    let text = fs::read_to_string(folder.join("cgroup.procs"))?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

/// The machine's disks as `major:minor`. Not those that are made of memory or of files on another.
fn disks() -> Vec<String> {
    let made_of_others = ["loop", "ram", "zram", "dm-", "md"];
    entries(Path::new("/sys/block"))
        .into_iter()
        .filter(|disk| {
            let name = disk.file_name().unwrap_or_default().to_string_lossy();
            !made_of_others.iter().any(|kind| name.starts_with(kind))
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

/// Removes a group's folder. The kernel may need a moment after the last process was reaped, and a longer
/// one on a busy machine.
fn remove_group(directory: &Path) -> io::Result<()> {
    let deadline = Instant::now() + LONGEST_REMOVAL;
    while Instant::now() < deadline {
        match fs::remove_dir(directory) {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => return other,
        }
    }
    Err(io::Error::other(format!(
        "still busy after {LONGEST_REMOVAL:?}"
    )))
}

const LONGEST_REMOVAL: Duration = Duration::from_secs(2);

/// Removes a folder with the groups in it, one level deep, in which nobody is left.
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
            // Once each: a cell that outlives its helper may be at work in one.
            for child in folders(&stale) {
                let _ = fs::remove_dir(child);
            }
            let _ = fs::remove_dir(&stale);
        }
    }
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let mut all = entries(parent);
    // Of itself, not of what a link leads to.
    all.retain(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()));
    all
}

fn entries(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
