//! Compiled programs as files: one each, named by its key.
//!
//! Nobody but the service may enter the folder. A file appears complete or not at all, and is
//! checked whenever it is read; so nothing has to be synchronised, and several processes can share
//! a folder.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::{Key, entry};
use crate::compile::compiler::Compiled;

/// No entry is larger: machine code, message and head.
const MAX_ENTRY_BYTES: u64 = 65 << 20;
/// What a file takes at least; also bounds how many there are.
const BLOCK_BYTES: u64 = 4 << 10;
const UNFINISHED: &str = "unfinished-";
/// Nobody writes for so long: it was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    max_bytes: u64,
    /// At least what lies there; other processes may have removed some.
    bytes: AtomicU64,
}

/// What lies under a key.
#[derive(Debug)]
pub enum Found {
    Entry(Compiled),
    /// Something else than what was written; it is removed.
    Damaged,
    Nothing,
}

impl Disk {
    pub fn open(folder: PathBuf, max_bytes: u64) -> io::Result<Disk> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        // Whoever could write here could say what a program compiles to.
        if fs::metadata(&folder)?.uid() != rustix::process::geteuid().as_raw() {
            let reason = format!("{} belongs to somebody else", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let disk = Disk {
            folder,
            max_bytes,
            bytes: AtomicU64::new(0),
        };
        disk.make_room()?;
        Ok(disk)
    }

    pub fn read(&self, key: &Key) -> Found {
        let path = self.path(key);
        let decoded = read_file(&path).and_then(|bytes| entry::decode(key, &bytes));
        match decoded {
            Ok(Some(compiled)) => Found::Entry(compiled),
            Ok(None) => {
                let _ = fs::remove_file(&path);
                Found::Damaged
            }
            // Mostly, it is not there. It may also be that the system has no file or memory left.
            Err(_) => Found::Nothing,
        }
    }

    pub fn write(&self, key: &Key, compiled: &Compiled) -> io::Result<()> {
        let bytes = entry::encode(key, compiled)?;
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder)?;
        file.write_all(&bytes)?;
        file.persist(self.path(key)).map_err(|error| error.error)?;
        let taken = on_disk(bytes.len() as u64);
        if self.bytes.fetch_add(taken, Ordering::Relaxed) + taken > self.max_bytes {
            self.make_room()?;
        }
        Ok(())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.to_hex())
    }

    /// Looks at what there is and, if that is too much, removes what was not used for longest, and
    /// some more, so that this need not be done again at once.
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
            match is_unfinished && is_abandoned(&metadata) {
                true => fs::remove_file(entry.path())?,
                false => entries.push((metadata.modified()?, on_disk(metadata.len()), name)),
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

/// Nothing behind the size of the largest entry.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, path, flags, Mode::empty())?);
    let size = file.metadata()?.len().min(MAX_ENTRY_BYTES);
    let mut bytes = Vec::with_capacity(size as usize);
    (&file).take(MAX_ENTRY_BYTES).read_to_end(&mut bytes)?;
    // The time of its last use, for whoever makes room.
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
