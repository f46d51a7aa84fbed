//! The two folders of a cell that its programs can write to.

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

/// `/workspace` and `/tmp`: the two places that a program can write to.
pub struct WritableMounts {
    bytes: u64,
}

const WRITABLE: [(&str, SandboxStep); 2] = [
    ("/workspace", SandboxStep::MountWorkspace),
    ("/tmp", SandboxStep::MountTmp),
];

const WRITABLE_MODE: u32 = 0o700;

impl WritableMounts {
    /// To be called in the stage, before it is the root.
    pub fn mount() -> Result<Self, SandboxError> {
        let bytes = Limits::default().workspace_bytes;
        for (name, step) in WRITABLE {
            let place = relative_path(Path::new(name));
            fs::create_dir(&place).at(step)?;
            mount_tmpfs(&place, &writable_options(bytes)).at(step)?;
            make_look_new(&place).at(step)?;
        }
        Ok(WritableMounts { bytes })
    }

    /// Before a run, while both are empty.
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

    /// After a run. Not new file systems: the launcher's Landlock rules hold for these. That nothing is
    /// left is checked from outside (`jail/folders.rs`).
    pub fn clean(&self) -> Result<(), SandboxError> {
        let clean = |(name, step): (&str, SandboxStep)| {
            empty(Path::new(name))
                .and_then(|()| make_look_new(Path::new(name)))
                .at(step)
        };
        WRITABLE.into_iter().try_for_each(clean)
    }
}

/// Nothing else runs in the cell.
fn empty(folder: &Path) -> io::Result<()> {
    // Its owner may have taken its own rights away; the init has no others.
    fs::set_permissions(folder, fs::Permissions::from_mode(WRITABLE_MODE))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

fn make_look_new(folder: &Path) -> io::Result<()> {
    let epoch = fs::FileTimes::new()
        .set_accessed(SystemTime::UNIX_EPOCH)
        .set_modified(SystemTime::UNIX_EPOCH);
    File::open(folder)?.set_times(epoch)
}

/// What the supervisor needs of the cell, for looking at and not into: `/workspace`, `/tmp` and `/dev/null`.
pub fn open_for_outside() -> Result<[OwnedFd; 3], SandboxError> {
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
