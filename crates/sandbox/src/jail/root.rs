//! Builds a cell's file system: a small read-only root with the profile's parts of the host, and
//! two bounded tmpfs.
//!
//! The parts of the host are opened as detached mounts first, while the old root and the helper's
//! rights are there, and placed afterwards; nothing in between has to be reachable by a path.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{CWD, Gid, Mode, OFlags, Uid, openat};
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount,
    mount_change, move_mount, open_tree, unmount,
};
use rustix::process::{chdir, pivot_root};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::CellBlueprint;
use super::identity::CellUsers;
use super::init::die_with_supervisor;
use super::without_group;
use crate::error::StepContext;
use crate::protocol::FileSpec;
use crate::sys::{MOUNT_ATTR_NODEV, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY, mount_setattr_recursive};
use crate::{Limits, RootPart, SandboxError, SandboxStep};

pub const WORKSPACE: &str = "/workspace";

/// Where the new root is put together: a folder that every Linux system has, and that never holds
/// a toolchain. In the cell's own mount namespace nobody else sees that it is covered.
const STAGE: &str = "/sys";

/// The device nodes of a cell.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Builds it all, and returns the part that is renewed for each run.
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
    let exposed = match plan.private_root {
        true => Vec::new(),
        false => everything_else(),
    };
    parts.extend(open_parts(&exposed)?);
    let devices = open_devices(match plan.group {
        true => &DEVICES,
        false => &without_group::DEVICES,
    })?;
    let processes = match plan.own_processes {
        true => None,
        false => Some(detached(Path::new("/proc"), 0).at(SandboxStep::MountProc)?),
    };
    take_identity(users)?;

    mount_tmpfs(STAGE, "size=1m,nr_inodes=1k,mode=0755").at(SandboxStep::MountRoot)?;
    chdir(STAGE).at(SandboxStep::MountRoot)?;
    for part in parts {
        part.place()?;
    }
    place_devices(devices)?;
    write_etc().at(SandboxStep::MountRoot)?;
    match processes {
        None => mount_proc()?,
        Some(of_the_host) => {
            place_mount(&of_the_host, true, Path::new("proc")).at(SandboxStep::MountProc)?;
        }
    }
    let workspaces = WritableMounts::mount()?;
    enter_root()?;
    if plan.private_root {
        seal_root()?;
    }
    Ok(workspaces)
}

/// Writes input files, before any stranger's code runs.
pub fn write_files(files: &[FileSpec], contents: &[OwnedFd]) -> Result<(), SandboxError> {
    let mut each = files.iter().zip(contents);
    each.try_for_each(|(spec, fd)| write_file(spec, fd).at_path(SandboxStep::WriteFile, &spec.name))
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

/// What a private root keeps out: shown only where that layer is switched off.
fn everything_else() -> Vec<RootPart> {
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

/// Opens what the service fills, in order. To be called outside of the cell: its folder is closed to
/// everybody else, and inside even root has no rights over it. `None` where that did not work, as
/// for a helper without root.
pub fn open_filled(parts: &[RootPart]) -> Vec<Option<OwnedFd>> {
    let sources = parts.iter().filter_map(as_filled);
    sources
        .map(|(source, _)| detached_folder(source).ok())
        .collect()
}

/// A helper without root has the same user as the service, and opens it inside.
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
                let mount =
                    detached(source, SHOWN).at_path(SandboxStep::OpenRootPart, source.display())?;
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
                .and_then(|()| symlink(text, inside_stage(target)))
                .at_path(SandboxStep::PlaceRootPart, target.display()),
            OpenedPart::File { contents, target } => make_parents(target)
                .and_then(|()| fs::write(inside_stage(target), contents))
                .at_path(SandboxStep::PlaceRootPart, target.display()),
            OpenedPart::Folder { target } => fs::create_dir_all(inside_stage(target))
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

/// How parts of the host are mounted.
const SHOWN: u64 = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/// A copy of the mount tree at `source`, attached nowhere yet.
fn detached(source: &Path, attributes: u64) -> io::Result<OwnedFd> {
    let mount = open_tree(CWD, source, COPIED | OpenTreeFlags::AT_RECURSIVE)?;
    mount_setattr_recursive(&mount, attributes)?;
    Ok(mount)
}

const COPIED: OpenTreeFlags =
    OpenTreeFlags::OPEN_TREE_CLONE.union(OpenTreeFlags::OPEN_TREE_CLOEXEC);

/// The same of what is itself a folder, and without what is mounted below it.
fn detached_folder(source: &Path) -> io::Result<OwnedFd> {
    let mount = open_tree(CWD, source, COPIED | OpenTreeFlags::AT_SYMLINK_NOFOLLOW)?;
    if !File::from(mount.try_clone()?).metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    mount_setattr_recursive(&mount, SHOWN)?;
    Ok(mount)
}

fn place_mount(mount: &OwnedFd, is_folder: bool, target: &Path) -> io::Result<()> {
    make_parents(target)?;
    let place = inside_stage(target);
    match is_folder {
        true => fs::create_dir_all(&place)?,
        false => drop(File::create(&place)?),
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

/// Relative to the current folder, which is the stage. Profiles come from the operator, not from
/// strangers; still, no `..` is followed out of the stage.
fn inside_stage(target: &Path) -> PathBuf {
    let below = target.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    Path::new(".").join(below.collect::<PathBuf>())
}

fn make_parents(target: &Path) -> io::Result<()> {
    match inside_stage(target).parent() {
        Some(parent) => fs::create_dir_all(parent),
        None => Ok(()),
    }
}

/// Read-only forbids to set its times, which everybody who may write to it could, and not to write to it.
const DEVICE: u64 = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;

fn open_devices(names: &[&'static str]) -> Result<Vec<(&'static str, OwnedFd)>, SandboxError> {
    let open = |name: &'static str| {
        let path = Path::new("/dev").join(name);
        let node = detached(&path, DEVICE).at_path(SandboxStep::OpenRootPart, path.display())?;
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

/// The cell's own users: nothing of the host's.
fn write_etc() -> io::Result<()> {
    let id = CellUsers::PROGRAM;
    fs::create_dir_all("etc")?;
    fs::write(
        "etc/passwd",
        format!("cell:x:{id}:{id}::{WORKSPACE}:/bin/false\n"),
    )?;
    fs::write("etc/group", format!("cell:x:{id}:\n"))
}

/// Becomes the cell's own root, where it has one, and loses every right over the host's files.
fn take_identity(users: CellUsers) -> Result<(), SandboxError> {
    if users.init_outside.is_some() {
        set_thread_groups(&[]).at(SandboxStep::TakeIdentity)?;
        let (gid, uid) = (Gid::ROOT, Uid::ROOT);
        set_thread_res_gid(gid, gid, gid).at(SandboxStep::TakeIdentity)?;
        set_thread_res_uid(uid, uid, uid).at(SandboxStep::TakeIdentity)?;
    }
    die_with_supervisor()
}

fn mount_tmpfs(target: impl rustix::path::Arg, options: &str) -> rustix::io::Result<()> {
    let options = std::ffi::CString::new(options).map_err(|_| rustix::io::Errno::INVAL)?;
    mount(
        "tmpfs",
        target,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        &*options,
    )
}

/// Shows processes and nothing else (`subset=pid`), and of those only one's own (`hidepid`).
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
    .map_err(|error| SandboxError::new(SandboxStep::MountProc, format!("{error}; {PROC_MEND}")))
}

const PROC_MEND: &str = "where parts of /proc are covered, as in a container, the kernel refuses a \
    new one: `docker run --security-opt systempaths=unconfined`, in Kubernetes `procMount: Unmasked`";

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
    fn mount() -> Result<Self, SandboxError> {
        let bytes = Limits::default().workspace_bytes;
        for (name, step) in WRITABLE {
            let place = inside_stage(Path::new(name));
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

/// Makes the stage the root and lets go of the old one.
fn enter_root() -> Result<(), SandboxError> {
    // The old root comes to lie on top of the new one, where it is taken away.
    pivot_root(".", ".").at(SandboxStep::ChangeRoot)?;
    unmount(".", UnmountFlags::DETACH).at(SandboxStep::ChangeRoot)?;
    chdir("/").at(SandboxStep::ChangeRoot)
}

fn seal_root() -> Result<(), SandboxError> {
    let attributes = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount_remount("/", attributes | MountFlags::BIND, c"")
        .at(SandboxStep::ChangeRoot)
}

/// Copies an input file into the workspace. The init writes it, before any stranger's code runs.
fn write_file(spec: &FileSpec, source: &OwnedFd) -> io::Result<()> {
    let below = inside_stage(Path::new(&spec.name));
    let path = Path::new(WORKSPACE).join(&below);
    let owner = Some(CellUsers::PROGRAM);
    for folder in below
        .ancestors()
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        let folder = Path::new(WORKSPACE).join(folder);
        if !folder.exists() {
            fs::create_dir(&folder)?;
            std::os::unix::fs::chown(&folder, owner, owner)?;
        }
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    copy_from_start(&File::from(source.try_clone()?), &mut file)?;
    let mode = if spec.executable { 0o755 } else { 0o644 };
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    std::os::unix::fs::fchown(&file, owner, owner)
}

/// Reads by position: the source's own may be anywhere, and other cells may read it at this moment.
fn copy_from_start(source: &File, target: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut position = 0;
    loop {
        match source.read_at(&mut buffer, position)? {
            0 => return Ok(()),
            count => {
                target.write_all(&buffer[..count])?;
                position += count as u64;
            }
        }
    }
}
