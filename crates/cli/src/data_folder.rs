//! The service's data folder, and the user that the service runs as.
//!
//! Started as root, the process that serves HTTP and judges drops root and becomes the owner of its
//! data folder. Only the jail helper, which was started before, keeps the rights that cells need.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::{Path, PathBuf};

use letscode_sandbox::privileges::{bind_privately, can_list, drop_root};

use crate::error::CliError;

/// User id of a service that was started as root on a data folder of root's: a number without an
/// account, just below the ids of the cells.
const SERVICE_USER: u32 = 1_499_999_999;

/// Mount point of a data folder whose real path its owner can't reach. It exists in the service's
/// own mount namespace only; the host's folder is not touched.
const MOUNT_POINT: &str = "/mnt";

/// Creates the folder if need be, changes to its owner if we are root, and returns its path as the
/// process sees it from now on.
///
/// Must be called while the process has one thread.
pub fn enter(data: &Path) -> Result<PathBuf, CliError> {
    let at = |error: std::io::Error| CliError::new(format!("{}: {error}", data.display()));
    if !rustix::process::geteuid().is_root() {
        return Ok(data.to_owned());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(at)?;
    let owner = match fs::metadata(data).map_err(at)?.uid() {
        0 => {
            hand_over(data, SERVICE_USER).map_err(at)?;
            SERVICE_USER
        }
        owner => owner,
    };
    let data = data.canonicalize().map_err(at)?;
    let path = if can_list(&data, owner).map_err(CliError::new)? {
        data
    } else {
        let help = format!("use a --data folder that user {owner} can reach");
        bind_privately(&data, Path::new(MOUNT_POINT))
            .map_err(|error| CliError::new(error).with_help(help))?;
        PathBuf::from(MOUNT_POINT)
    };
    drop_root(owner).map_err(CliError::new)?;
    Ok(path)
}

/// Changes the owner of everything in a folder. The folder is root's and private, so that nobody
/// can swap files meanwhile.
fn hand_over(folder: &Path, user: u32) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            hand_over(&entry.path(), user)?;
        } else {
            lchown(entry.path(), Some(user), Some(user))?;
        }
    }
    lchown(folder, Some(user), Some(user))
}

/// Copies a package into a folder that the owner of the data folder can read.
pub fn stage(package: &Path, into: &Path) -> std::io::Result<PathBuf> {
    let name = package.file_name().unwrap_or_default();
    fs::create_dir(into)?;
    let target = into.join(name);
    copy_tree(package, &target)?;
    Ok(target)
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_tree(&source, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Gives a staged copy to the owner of the data folder. Does nothing unless we are root.
pub fn hand_staged_over(staged: &Path, data: &Path) -> std::io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = match fs::metadata(data).map(|metadata| metadata.uid()) {
        Ok(0) | Err(_) => SERVICE_USER,
        Ok(owner) => owner,
    };
    hand_over(staged, owner)
}
