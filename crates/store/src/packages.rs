//! Package trees under `packages/<digest>/<problem id>/`: content-addressed, never changed.
//!
//! A tree is built under a name that starts with a dot, flushed, and renamed into place. Imports and
//! sweeps hold the `packages` lock, so a dot folder that a sweep sees is a leftover.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use letscode_model::ProblemId;

use crate::contents;
use crate::folder_locks::{self, FolderLock};
use crate::tree::{self, create_dir};
use crate::{PackageDigest, StoreError};

/// The package trees of one data folder.
#[derive(Debug, Clone)]
pub(crate) struct PackageTrees {
    data: PathBuf,
    root: PathBuf,
}

impl PackageTrees {
    pub fn under(data: &Path) -> Self {
        PackageTrees {
            data: data.to_owned(),
            root: data.join("packages"),
        }
    }

    pub fn dir(&self, digest: &PackageDigest, id: &ProblemId) -> PathBuf {
        self.root.join(digest.as_str()).join(id.as_str())
    }

    /// Waits for the lock that must be held from before a tree is added until a problem refers to it,
    /// and while sweeping.
    pub fn acquire_lock(&self) -> Result<FolderLock, StoreError> {
        folder_locks::acquire(&self.data, "packages")
    }

    /// Copies a folder in and returns its digest.
    pub fn add(&self, folder: &Path, id: &ProblemId) -> Result<PackageDigest, StoreError> {
        let contents = contents::list(folder)?;
        let building = tempfile::Builder::new()
            .prefix(".building-")
            .tempdir_in(&self.root)
            .map_err(StoreError::io("create a folder in", &self.root))?;
        let tree = building.path().join(id.as_str());
        let digest = tree::copy(&contents, tree.clone())?;
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

    /// Removes every tree that is not in `referenced`, and the leftovers of imports that were killed.
    pub fn sweep(&self, referenced: &HashSet<(String, String)>) -> Result<(), StoreError> {
        for (digest, folder) in folders(&self.root)? {
            for (id, tree) in folders(&folder)? {
                if !referenced.contains(&(digest.clone(), id)) {
                    fs::remove_dir_all(&tree).map_err(StoreError::io("remove", &tree))?;
                }
            }
            // Fails when a referenced tree is in it, and then it has to stay.
            let _ = fs::remove_dir(&folder);
        }
        Ok(())
    }
}

/// Lists the folders in a folder: name and path.
pub(crate) fn folders(parent: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
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
