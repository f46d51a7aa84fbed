//! The two folders of a cell that its programs can write to: bounded tmpfs mounts.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::mount::{MountFlags, mount};

use super::identity::CellUsers;
use super::paths::relative_path;
use crate::error::StepContext;
use crate::{Limits, SandboxError, SandboxStep};

/// `/workspace` and `/tmp`, the writable folders.
pub struct WritableMounts {
    bytes: u64,
}

const WRITABLE: [(&str, SandboxStep); 2] = [
    ("/workspace", SandboxStep::MountWorkspace),
    ("/tmp", SandboxStep::MountTmp),
];

const WRITABLE_MODE: u32 = 0o700;

impl WritableMounts {
    /// Mounts both. Must be called in the stage, before it becomes the root.
    pub fn mount() -> Result<Self, SandboxError> {
        let bytes = Limits::default().workspace_bytes;
        for (name, step) in WRITABLE {
            let target = relative_path(Path::new(name));
            fs::create_dir(&target).at(step)?;
            mount_tmpfs(&target, &writable_options(bytes)).at(step)?;
            reset_times(&target).at(step)?;
        }
        Ok(WritableMounts { bytes })
    }

    /// Sets their size. Called before a run, while both are empty.
    pub fn resize(&mut self, bytes: u64) -> Result<(), SandboxError> {
        if self.bytes == bytes {
            return Ok(());
        }
        self.bytes = bytes;
        let size =
            std::ffi::CString::new(format!("size={bytes}")).at(SandboxStep::MountWorkspace)?;
        WRITABLE.into_iter().try_for_each(|(name, step)| {
            let flags = MountFlags::NOSUID | MountFlags::NODEV;
            rustix::mount::mount_remount(name, flags, &*size).at(step)
        })
    }

    /// Empties them after a run. They are not mounted anew, because the launcher's Landlock rules
    /// hold for these mounts. The supervisor checks that nothing is left (`jail/folders.rs`).
    pub fn clean(&self) -> Result<(), SandboxError> {
        let clean = |(name, step): (&str, SandboxStep)| {
            empty(Path::new(name))
                .and_then(|()| reset_times(Path::new(name)))
                .at(step)
        };
        WRITABLE.into_iter().try_for_each(clean)
    }
}

/// Removes all entries of a folder. No process of the run is alive.
fn empty(folder: &Path) -> io::Result<()> {
    // The program may have removed the owner's permissions, and the init has no others.
    fs::set_permissions(folder, fs::Permissions::from_mode(WRITABLE_MODE))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Sets the times of a folder back to those of a new one.
fn reset_times(folder: &Path) -> io::Result<()> {
    let epoch = fs::FileTimes::new()
        .set_accessed(SystemTime::UNIX_EPOCH)
        .set_modified(SystemTime::UNIX_EPOCH);
    File::open(folder)?.set_times(epoch)
}

/// Opens `/workspace`, `/tmp` and `/dev/null` for the supervisor, as path descriptors, which show
/// metadata but no contents.
pub fn open_for_supervisor() -> Result<[OwnedFd; 3], SandboxError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let [workspace, tmp] = WRITABLE
        .map(|(name, step)| openat(CWD, name, flags | OFlags::DIRECTORY, Mode::empty()).at(step));
    let null = openat(CWD, "/dev/null", flags, Mode::empty()).at(SandboxStep::ConnectStreams);
    Ok([workspace?, tmp?, null?])
}

fn writable_options(bytes: u64) -> String {
    let id = CellUsers::PROGRAM;
    // An inode costs the kernel about 1 KiB, charged to the cell's memory like everything else.
    format!("size={bytes},nr_inodes=16k,mode={WRITABLE_MODE:o},uid={id},gid={id}")
}

pub fn mount_tmpfs(target: impl rustix::path::Arg, options: &str) -> rustix::io::Result<()> {
    let options = std::ffi::CString::new(options).map_err(|_| rustix::io::Errno::INVAL)?;
    mount(
        "tmpfs",
        target,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        &*options,
    )
}
