//! Locks between processes that share one data folder.
//!
//! They are locked files under `locks/`: the kernel releases them when a process ends, however it
//! ends, so none is ever stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Held by the one process that serves a data folder, until it is dropped.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "an open file is what holds the lock")] File);

/// Held during work that only one process may do at a time.
pub(crate) struct FolderLock(
    #[expect(dead_code, reason = "an open file is what holds the lock")] File,
);

/// Waits for the lock, which excludes other processes and other callers in this one. Blocks.
pub(crate) fn acquire(data: &Path, name: &str) -> Result<FolderLock, StoreError> {
    let (file, path) = open(data, name)?;
    file.lock().map_err(StoreError::io("lock", path))?;
    Ok(FolderLock(file))
}

/// Makes this the process that serves, or fails with [`StoreError::AlreadyServed`].
pub(crate) fn acquire_serving(data: &Path) -> Result<ServeLock, StoreError> {
    let (file, path) = open(data, "serve")?;
    match file.try_lock() {
        Ok(()) => Ok(ServeLock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::AlreadyServed { path: data.into() }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path)(error)),
    }
}

fn open(data: &Path, name: &str) -> Result<(File, PathBuf), StoreError> {
    let path = data.join("locks").join(name);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(StoreError::io("open", &path))?;
    Ok((file, path))
}
