//! Builds a cell's file system: a small read-only root with the profile's parts of the host, and
//! two bounded tmpfs.
//!
//! The parts of the host are opened as detached mounts first, while the old root and the helper's
//! rights are there, and placed afterwards; nothing in between has to be reachable by a path.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Gid, Uid};
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount,
    mount_change, move_mount, open_tree, unmount,
};
use rustix::process::{chdir, pivot_root};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::blueprint::CellBlueprint;
use super::identity::{CellUsers, die_with_supervisor};
use super::no_cgroup;
use super::paths::{WORKSPACE, relative_path};
use super::workspaces::{WritableMounts, mount_tmpfs};
use crate::error::StepContext;
use crate::sys::{MOUNT_ATTR_NODEV, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY, mount_setattr_recursive};
use crate::{RootPart, SandboxError, SandboxStep};

/// Mount point at which the new root is assembled: a folder that every Linux system has, and that
/// never holds a toolchain. It is covered only in the cell's own mount namespace.
const STAGE: &str = "/sys";

/// The device nodes of a cell.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Builds the root, and returns the writable folders.
pub fn build(blueprint: CellBlueprint<'_>) -> Result<WritableMounts, SandboxError> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).at(SandboxStep::PrivateMounts)?;
    let CellBlueprint {
        profile,
        plan,
        users,
        filled,
        ..
    } = blueprint;
    let mut parts = open_parts(&profile.profile.root)?;
    parts.extend(filled_parts(&profile.profile.root, filled));
    let exposed = if plan.private_root {
        Vec::new()
    } else {
        rest_of_host()
    };
    parts.extend(open_parts(&exposed)?);
    let devices: &[&'static str] = if plan.group {
        &DEVICES
    } else {
        &no_cgroup::DEVICES
    };
    let devices = open_devices(devices)?;
    let host_proc = if plan.own_processes {
        None
    } else {
        Some(detached(Path::new("/proc"), 0).at(SandboxStep::MountProc)?)
    };
    take_identity(users)?;

    mount_tmpfs(STAGE, "size=1m,nr_inodes=1k,mode=0755").at(SandboxStep::MountRoot)?;
    chdir(STAGE).at(SandboxStep::MountRoot)?;
    for part in parts {
        part.place()?;
    }
    place_devices(devices)?;
    write_etc().at(SandboxStep::MountRoot)?;
    match host_proc {
        None => mount_proc()?,
        Some(mount) => {
            place_mount(&mount, true, Path::new("proc")).at(SandboxStep::MountProc)?;
        }
    }
    let workspaces = WritableMounts::mount()?;
    enter_root()?;
    if plan.private_root {
        seal_root()?;
    }
    Ok(workspaces)
}

enum OpenedPart<'a> {
    Mount {
        mount: OwnedFd,
        is_folder: bool,
        target: &'a Path,
    },
    Link {
        text: &'a Path,
        target: &'a Path,
    },
    File {
        contents: &'a [u8],
        target: &'a Path,
    },
    Folder {
        target: &'a Path,
    },
}

fn open_parts(parts: &[RootPart]) -> Result<Vec<OpenedPart<'_>>, SandboxError> {
    parts.iter().map(OpenedPart::open).collect()
}

/// Folders of the host that a private root hides: visible only if that layer is switched off.
fn rest_of_host() -> Vec<RootPart> {
    let folders = ["/home", "/root", "/var", "/sys"].map(PathBuf::from);
    let bind = |path: PathBuf| RootPart::Bind {
        source: path.clone(),
        target: path,
    };
    folders
        .into_iter()
        .filter(|path| path.is_dir())
        .map(bind)
        .collect()
}

/// Opens the folders that the service fills, in order. Must be called outside of the cell: only the
/// service's user may enter them, and inside even root has no rights over them. `None` for a folder
/// that can't be opened, as by a helper without root.
pub fn open_filled(parts: &[RootPart]) -> Vec<Option<OwnedFd>> {
    let sources = parts.iter().filter_map(as_filled);
    sources
        .map(|(source, _)| detached_folder(source).ok())
        .collect()
}

/// Opens those that [`open_filled`] could not: a helper without root has the service's user, which
/// may enter them also inside.
fn filled_parts<'a>(parts: &'a [RootPart], opened: &[Option<OwnedFd>]) -> Vec<OpenedPart<'a>> {
    let filled = parts.iter().filter_map(as_filled).zip(opened);
    filled
        .filter_map(|((source, target), opened)| {
            let outside = opened.as_ref().and_then(|mount| mount.try_clone().ok());
            let mount = outside.or_else(|| detached_folder(source).ok())?;
            Some(OpenedPart::Mount {
                mount,
                is_folder: true,
                target,
            })
        })
        .collect()
}

fn as_filled(part: &RootPart) -> Option<(&Path, &Path)> {
    match part {
        RootPart::Filled { source, target } => Some((source, target)),
        RootPart::Bind { .. } | RootPart::Link { .. } | RootPart::File { .. } => None,
    }
}

impl<'a> OpenedPart<'a> {
    fn open(part: &'a RootPart) -> Result<Self, SandboxError> {
        match part {
            RootPart::Link { text, target } => Ok(OpenedPart::Link { text, target }),
            RootPart::File { contents, target } => Ok(OpenedPart::File { contents, target }),
            RootPart::Bind { source, target } => {
                let mount = detached(source, HOST_PART)
                    .at_path(SandboxStep::OpenRootPart, source.display())?;
                let is_folder = source.is_dir();
                Ok(OpenedPart::Mount {
                    mount,
                    is_folder,
                    target,
                })
            }
            RootPart::Filled { target, .. } => Ok(OpenedPart::Folder { target }),
        }
    }

    fn place(self) -> Result<(), SandboxError> {
        match self {
            OpenedPart::Link { text, target } => make_parents(target)
                .and_then(|()| symlink(text, relative_path(target)))
                .at_path(SandboxStep::PlaceRootPart, target.display()),
            OpenedPart::File { contents, target } => make_parents(target)
                .and_then(|()| fs::write(relative_path(target), contents))
                .at_path(SandboxStep::PlaceRootPart, target.display()),
            OpenedPart::Folder { target } => fs::create_dir_all(relative_path(target))
                .at_path(SandboxStep::PlaceRootPart, target.display()),
            OpenedPart::Mount {
                mount,
                is_folder,
                target,
            } => place_mount(&mount, is_folder, target)
                .at_path(SandboxStep::PlaceRootPart, target.display()),
        }
    }
}

/// Mount attributes of the host's parts.
const HOST_PART: u64 = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/// Clones the mount tree at `source`, attached nowhere yet.
fn detached(source: &Path, attributes: u64) -> io::Result<OwnedFd> {
    let mount = open_tree(CWD, source, COPIED | OpenTreeFlags::AT_RECURSIVE)?;
    mount_setattr_recursive(&mount, attributes)?;
    Ok(mount)
}

const COPIED: OpenTreeFlags =
    OpenTreeFlags::OPEN_TREE_CLONE.union(OpenTreeFlags::OPEN_TREE_CLOEXEC);

/// The same for a path that is itself a folder (no link), without the mounts below it.
fn detached_folder(source: &Path) -> io::Result<OwnedFd> {
    let mount = open_tree(CWD, source, COPIED | OpenTreeFlags::AT_SYMLINK_NOFOLLOW)?;
    if !File::from(mount.try_clone()?).metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    mount_setattr_recursive(&mount, HOST_PART)?;
    Ok(mount)
}

fn place_mount(mount: &OwnedFd, is_folder: bool, target: &Path) -> io::Result<()> {
    make_parents(target)?;
    let place = relative_path(target);
    if is_folder {
        fs::create_dir_all(&place)?;
    } else {
        drop(File::create(&place)?);
    }
    move_mount(
        mount,
        "",
        CWD,
        &place,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )?;
    Ok(())
}

fn make_parents(target: &Path) -> io::Result<()> {
    match relative_path(target).parent() {
        Some(parent) => fs::create_dir_all(parent),
        None => Ok(()),
    }
}

/// Mount attributes of device nodes. Read-only forbids touching their times, but not writing to the
/// device.
const DEVICE_NODE: u64 = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;

fn open_devices(names: &[&'static str]) -> Result<Vec<(&'static str, OwnedFd)>, SandboxError> {
    let open = |name: &'static str| {
        let path = Path::new("/dev").join(name);
        let node =
            detached(&path, DEVICE_NODE).at_path(SandboxStep::OpenRootPart, path.display())?;
        Ok((name, node))
    };
    names.iter().copied().map(open).collect()
}

fn place_devices(devices: Vec<(&'static str, OwnedFd)>) -> Result<(), SandboxError> {
    for (name, node) in devices {
        let target = Path::new("/dev").join(name);
        place_mount(&node, false, &target).at_path(SandboxStep::PlaceRootPart, target.display())?;
    }
    let links = [
        ("/proc/self/fd", "dev/fd"),
        ("/proc/self/fd/0", "dev/stdin"),
        ("/proc/self/fd/1", "dev/stdout"),
        ("/proc/self/fd/2", "dev/stderr"),
        // POSIX shared memory and semaphores live with the other temporary files.
        ("/tmp", "dev/shm"),
    ];
    for (text, name) in links {
        symlink(text, name).at_path(SandboxStep::PlaceRootPart, name)?;
    }
    Ok(())
}

/// Writes the cell's own names of users, for a libc that looks in these files only: nothing of the
/// host's.
fn write_etc() -> io::Result<()> {
    let id = CellUsers::PROGRAM;
    fs::create_dir_all("etc")?;
    fs::write(
        "etc/passwd",
        format!("cell:x:{id}:{id}::{WORKSPACE}:/bin/false\n"),
    )?;
    fs::write("etc/group", format!("cell:x:{id}:\n"))
}

/// Becomes the cell's own root, if it has one, and loses every right over the host's files.
fn take_identity(users: CellUsers) -> Result<(), SandboxError> {
    if users.init_outside.is_some() {
        set_thread_groups(&[]).at(SandboxStep::TakeIdentity)?;
        let (gid, uid) = (Gid::ROOT, Uid::ROOT);
        set_thread_res_gid(gid, gid, gid).at(SandboxStep::TakeIdentity)?;
        set_thread_res_uid(uid, uid, uid).at(SandboxStep::TakeIdentity)?;
    }
    die_with_supervisor()
}

/// Mounts `/proc` with processes and nothing else (`subset=pid`), and of those only the reader's
/// own (`hidepid`).
fn mount_proc() -> Result<(), SandboxError> {
    fs::create_dir("proc").at(SandboxStep::MountProc)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount(
        "proc",
        "proc",
        "proc",
        flags,
        c"subset=pid,hidepid=invisible",
    )
    .map_err(|error| SandboxError::new(SandboxStep::MountProc, format!("{error}; {PROC_FIX}")))
}

const PROC_FIX: &str = "where parts of /proc are covered, as in a container, the kernel refuses a \
    new one: `docker run --security-opt systempaths=unconfined`, in Kubernetes `procMount: Unmasked`";

/// Makes the stage the root and unmounts the old one.
fn enter_root() -> Result<(), SandboxError> {
    // The old root is mounted on top of the new one, from where it is unmounted.
    pivot_root(".", ".").at(SandboxStep::ChangeRoot)?;
    unmount(".", UnmountFlags::DETACH).at(SandboxStep::ChangeRoot)?;
    chdir("/").at(SandboxStep::ChangeRoot)
}

/// Makes the root read-only.
fn seal_root() -> Result<(), SandboxError> {
    let attributes = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount_remount("/", attributes | MountFlags::BIND, c"")
        .at(SandboxStep::ChangeRoot)
}
