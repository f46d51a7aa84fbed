//! Locks between processes that share one data folder.
//!
//! They are `flock`s on files under `locks/`: the kernel drops them when a process ends, however
//! it ends, so none is ever stale.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::StoreError;

/// Held by the one process that serves a data folder. Dropping it lets another one serve.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "an open file is what holds the lock")] File);

/// Held while something is done that only one process may do at a time.
pub(crate) struct TurnLock(
    #[expect(dead_code, reason = "an open file is what holds the lock")] File,
);

/// Takes turns with other processes, and with other callers in this one. Blocks.
pub(crate) fn take_turn(data: &Path, name: &str) -> Result<TurnLock, StoreError> {
    let (file, path) = open(data, name)?;
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|errno| StoreError::io("lock", path)(errno.into()))?;
    Ok(TurnLock(file))
}

/// Becomes the one process that serves, or says that there is one.
pub(crate) fn serve(data: &Path) -> Result<ServeLock, StoreError> {
    let (file, path) = open(data, "serve")?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(ServeLock(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::AlreadyServed { path: data.into() }),
        Err(errno) => Err(StoreError::io("lock", path)(errno.into())),
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
