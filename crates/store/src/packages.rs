//! Package trees under `packages/<digest>/<problem id>/`: content-addressed, never changed.
//!
//! A tree is built under a name that starts with a dot, flushed, and renamed into place. Whoever
//! builds or sweeps holds the `packages` turn, so a dot folder that a sweep sees belongs to nobody.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use letscode_model::ProblemId;

use crate::contents::{self, Contents};
use crate::locks::{self, TurnLock};
use crate::{PackageDigest, StoreError};

const COPY_BYTES: usize = 64 * 1024;

/// The package trees of one data folder.
#[derive(Debug, Clone)]
pub(crate) struct Packages {
    data: PathBuf,
    root: PathBuf,
}

impl Packages {
    pub fn under(data: &Path) -> Self {
        Packages {
            data: data.to_owned(),
            root: data.join("packages"),
        }
    }

    pub fn dir(&self, digest: &PackageDigest, id: &ProblemId) -> PathBuf {
        self.root.join(digest.as_str()).join(id.as_str())
    }

    /// To be held from before a tree is added until a problem refers to it, and while sweeping.
    pub fn take_turn(&self) -> Result<TurnLock, StoreError> {
        locks::take_turn(&self.data, "packages")
    }

    /// Copies a folder in and answers its digest.
    pub fn add(&self, folder: &Path, id: &ProblemId) -> Result<PackageDigest, StoreError> {
        let contents = contents::list(folder)?;
        let building = tempfile::Builder::new()
            .prefix(".building-")
            .tempdir_in(&self.root)
            .map_err(StoreError::io("create a folder in", &self.root))?;
        let tree = building.path().join(id.as_str());
        create_dir(&tree)?;
        let digest = copy(&contents, &tree)?;
        let place = self.dir(&digest, id);
        if !place.exists() {
            self.put_in_place(&tree, &place)?;
        }
        Ok(digest)
    }

    fn put_in_place(&self, tree: &Path, place: &Path) -> Result<(), StoreError> {
        let parent = place.parent().unwrap_or(&self.root);
        create_dir(parent)?;
        // One flush of the file system instead of one per file and folder: a tree that can be
        // seen after a power failure is whole.
        let handle = File::open(&self.root).map_err(StoreError::io("open", &self.root))?;
        let flush = || rustix::fs::syncfs(&handle).map_err(std::io::Error::from);
        flush().map_err(StoreError::io("flush", tree))?;
        fs::rename(tree, place).map_err(StoreError::io("create", place))?;
        flush().map_err(StoreError::io("flush", place))
    }

    /// Removes every tree that is not in `wanted`, and whatever an import left when it was killed.
    pub fn sweep(&self, wanted: &HashSet<(String, String)>) -> Result<(), StoreError> {
        for (digest, folder) in folders(&self.root)? {
            for (id, tree) in folders(&folder)? {
                if !wanted.contains(&(digest.clone(), id)) {
                    fs::remove_dir_all(&tree).map_err(StoreError::io("remove", &tree))?;
                }
            }
            // Fails when a wanted tree is in it, and then it has to stay.
            let _ = fs::remove_dir(&folder);
        }
        Ok(())
    }
}

fn folders(parent: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let entries = fs::read_dir(parent).map_err(StoreError::io("read", parent))?;
    let named = entries.flatten().filter(|entry| entry.path().is_dir());
    Ok(named
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .collect())
}

/// Copies what was listed and digests what was copied: for each file in the order of their names
/// its name, its size, whether it can be executed (a validator may be a script) and its bytes.
fn copy(contents: &Contents, tree: &Path) -> Result<PackageDigest, StoreError> {
    let mut hasher = blake3::Hasher::new();
    for (relative, source) in contents {
        let target = tree.join(relative);
        if let Some(parent) = target.parent() {
            create_dir(parent)?;
        }
        copy_file(relative, source, &target, &mut hasher)?;
    }
    Ok(PackageDigest(hasher.finalize().to_hex().to_string()))
}

fn copy_file(
    relative: &str,
    source: &Path,
    target: &Path,
    hasher: &mut blake3::Hasher,
) -> Result<(), StoreError> {
    let mut reader = File::open(source).map_err(StoreError::io("open", source))?;
    let metadata = reader.metadata().map_err(StoreError::io("read", source))?;
    let executable = metadata.permissions().mode() & 0o111 != 0;
    hasher.update(&(relative.len() as u64).to_le_bytes());
    hasher.update(relative.as_bytes());
    hasher.update(&metadata.len().to_le_bytes());
    hasher.update(&[u8::from(executable)]);

    let mut writer = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(if executable { 0o755 } else { 0o644 })
        .open(target)
        .map_err(StoreError::io("create", target))?;
    let mut buffer = vec![0; COPY_BYTES];
    let mut copied = 0;
    loop {
        let count = reader
            .read(&mut buffer)
            .map_err(StoreError::io("read", source))?;
        if count == 0 {
            break;
        }
        copied += count as u64;
        hasher.update(&buffer[..count]);
        writer
            .write_all(&buffer[..count])
            .map_err(StoreError::io("write", target))?;
    }
    if copied == metadata.len() {
        Ok(())
    } else {
        Err(StoreError::Package {
            path: source.to_owned(),
            reason: "it changed while it was copied".to_owned(),
        })
    }
}

fn create_dir(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io("create", path))
}
