//! Compiled programs on disk: one file each, named by its key.
//!
//! Only the service's user may enter the folder. A file appears complete or not at all, and is
//! checked whenever it is read; so nothing has to be synchronised, and several processes can share
//! a folder.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::entry;
use super::key::CacheKey;
use crate::compile::compiled::CompiledProgram;

/// Largest entry: machine code, message and header.
const MAX_ENTRY_BYTES: u64 = 65 << 20;
/// Smallest size of a file on disk; also bounds the number of files.
const BLOCK_BYTES: u64 = 4 << 10;
const UNFINISHED: &str = "unfinished-";
/// Age of an unfinished file that was left by a killed process: writing takes less.
const ABANDONED: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct DiskCache {
    folder: PathBuf,
    max_bytes: u64,
    /// Upper bound of the size on disk; other processes may have removed some.
    bytes: AtomicU64,
}

/// Result of reading a key.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(super) enum CacheRead {
    Entry(CompiledProgram),
    /// The file was not what was written, and is removed.
    Damaged,
    Missing,
}

impl DiskCache {
    pub fn open(folder: PathBuf, max_bytes: u64) -> io::Result<DiskCache> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        // A user who can write here can replace compiled programs.
        if fs::metadata(&folder)?.uid() != rustix::process::geteuid().as_raw() {
            let reason = format!("{} belongs to another user", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let disk = DiskCache {
            folder,
            max_bytes,
            bytes: AtomicU64::new(0),
        };
        disk.make_room()?;
        Ok(disk)
    }

    pub fn read(&self, key: &CacheKey) -> CacheRead {
        let path = self.path(key);
        let decoded = read_file(&path).and_then(|bytes| entry::decode(key, &bytes));
        match decoded {
            Ok(Some(compiled)) => CacheRead::Entry(compiled),
            Ok(None) => {
                let _ = fs::remove_file(&path);
                CacheRead::Damaged
            }
            // Usually it does not exist. The system may also be out of files or memory.
            Err(_) => CacheRead::Missing,
        }
    }

    pub fn write(&self, key: &CacheKey, compiled: &CompiledProgram) -> io::Result<()> {
        let bytes = entry::encode(key, compiled)?;
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder)?;
        file.write_all(&bytes)?;
        file.persist(self.path(key)).map_err(|error| error.error)?;
        let size = on_disk(bytes.len() as u64);
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > self.max_bytes {
            self.make_room()?;
        }
        Ok(())
    }

    fn path(&self, key: &CacheKey) -> PathBuf {
        self.folder.join(key.to_hex())
    }

    /// Measures the folder and, if it is too large, removes the least recently used entries, and a
    /// quarter more, so that this is not necessary again soon.
    fn make_room(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another process may just have removed it.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let name = entry.file_name();
            let is_unfinished = name.to_string_lossy().starts_with(UNFINISHED);
            if is_unfinished && is_abandoned(&metadata) {
                fs::remove_file(entry.path())?;
            } else {
                entries.push((metadata.modified()?, on_disk(metadata.len()), name));
            }
        }
        let mut bytes: u64 = entries.iter().map(|(_, size, _)| size).sum();
        if bytes > self.max_bytes {
            entries.sort_unstable();
            for (_, size, name) in entries {
                if bytes <= self.max_bytes / 4 * 3 {
                    break;
                }
                match fs::remove_file(self.folder.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => bytes -= size,
                }
            }
        }
        self.bytes.store(bytes, Ordering::Relaxed);
        Ok(())
    }
}

/// Reads at most the size of the largest entry.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, path, flags, Mode::empty())?);
    let size = file.metadata()?.len().min(MAX_ENTRY_BYTES);
    let mut bytes = Vec::with_capacity(size as usize);
    (&file).take(MAX_ENTRY_BYTES).read_to_end(&mut bytes)?;
    // Time of its last use, for `make_room`.
    let _ = file.set_modified(SystemTime::now());
    Ok(bytes)
}

fn on_disk(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK_BYTES).max(BLOCK_BYTES)
}

fn is_abandoned(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED)
}
