//! Files into and out of `/workspace`, as descriptors. Done by the init.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::identity::CellUsers;
use super::paths::{WORKSPACE, relative_path};
use crate::error::StepContext;
use crate::protocol::{CollectSpec, FileSpec};
use crate::{SandboxError, SandboxStep};

/// Writes the input files of a run, before any untrusted code runs.
pub fn write_files(files: &[FileSpec], contents: &[OwnedFd]) -> Result<(), SandboxError> {
    let mut each = files.iter().zip(contents);
    each.try_for_each(|(spec, fd)| write_file(spec, fd).at_path(SandboxStep::WriteFile, &spec.name))
}

/// Copies an input file into the workspace, owned by the program's user.
fn write_file(spec: &FileSpec, source: &OwnedFd) -> io::Result<()> {
    let below = relative_path(Path::new(&spec.name));
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

/// Copies by position: the source's own offset may be anywhere, and other cells may read it at the
/// same time.
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

/// Collects files after the end of a run.
pub fn collect_files(specs: &[CollectSpec]) -> Result<(Vec<bool>, Vec<OwnedFd>), SandboxError> {
    let mut collected = Vec::new();
    let mut files = Vec::new();
    for spec in specs {
        let file = collect_file(spec).at_path(SandboxStep::CollectFile, &spec.name)?;
        collected.push(file.is_some());
        files.extend(file);
    }
    Ok((collected, files))
}

/// Copies a regular file beneath `/workspace`, reached through no link and no mount, and not too
/// large. Anything else counts as absent and is no error of ours, because the program wrote it.
fn collect_file(spec: &CollectSpec) -> std::io::Result<Option<OwnedFd>> {
    let workspace = rustix::fs::openat(
        CWD,
        WORKSPACE,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let opened = openat2(
        workspace.as_fd(),
        spec.name.as_str(),
        // Non-blocking: it may be a pipe without a writer.
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV,
    );
    let Ok(fd) = opened else {
        return Ok(None);
    };
    let file = File::from(fd);
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    bounded_copy(file, spec.max_bytes)
}

/// Copies a file into an anonymous file. `None` if it is larger than `max_bytes`.
fn bounded_copy(source: File, max_bytes: u64) -> std::io::Result<Option<OwnedFd>> {
    if source.metadata()?.len() > max_bytes {
        return Ok(None);
    }
    crate::sealed_copy("collected", source.take(max_bytes)).map(Some)
}
