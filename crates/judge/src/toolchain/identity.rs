//! Identity of a toolchain: a hash that changes whenever another one is installed.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use blake3::{Hash, Hasher};

use crate::execute::jail::RootPart;

/// Parts of the host that make up a language's compile cells, and their hash.
#[derive(Debug)]
pub(crate) struct ToolchainFiles {
    parts: Vec<RootPart>,
    cached: Mutex<CachedIdentity>,
}

#[derive(Debug, Clone, Copy, Default)]
struct CachedIdentity {
    /// Hash of all files, made ahead of the first use.
    scanned: Option<Hash>,
    /// Hash of the top-level parts when the identity was made.
    parts: Option<Hash>,
    identity: Option<Hash>,
}

impl ToolchainFiles {
    pub fn new(parts: Vec<RootPart>) -> ToolchainFiles {
        ToolchainFiles {
            parts,
            cached: Mutex::default(),
        }
    }

    /// Scans all files now: a service that was started as root may see fewer of them later.
    pub fn scan_now(&self) {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        cached.scanned = self.scan().ok();
    }

    /// Returns a hash of the version and of the name, size and time of every file of the toolchain.
    /// The first call scans all files and calls `version`, and so does a call after one of the
    /// programs was replaced. `None` where it can't be determined.
    pub fn identity(&self, version: impl FnOnce() -> Option<String>) -> Option<Hash> {
        let parts = self.hash_parts();
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.parts == Some(parts) {
            return cached.identity;
        }
        let scanned = cached.scanned.take().or_else(|| self.scan().ok());
        let identity = scanned.zip(version()).map(|(scanned, version)| {
            let mut hasher = Hasher::new();
            add_bytes(&mut hasher, version.as_bytes());
            hasher.update(scanned.as_bytes());
            hasher.finalize()
        });
        *cached = CachedIdentity {
            scanned: None,
            // After a failure the next call tries again.
            parts: identity.map(|_| parts),
            identity,
        };
        identity
    }

    /// Hashes the parts themselves, without the files in them. A folder's time changes with its
    /// entries.
    fn hash_parts(&self) -> Hash {
        let mut hasher = Hasher::new();
        for source in self.sources() {
            match fs::metadata(source) {
                Ok(metadata) => {
                    add(&mut hasher, source, &metadata);
                    add_time(&mut hasher, &metadata);
                }
                Err(_) => add_bytes(&mut hasher, b"out of sight"),
            }
        }
        hasher.finalize()
    }

    fn scan(&self) -> io::Result<Hash> {
        let mut hasher = Hasher::new();
        for source in self.sources() {
            // Links are followed: another file at their end is another toolchain.
            add_all(&mut hasher, &source.canonicalize()?)?;
        }
        Ok(hasher.finalize())
    }

    fn sources(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().filter_map(|part| match part {
            RootPart::Bind { source, .. } => Some(source.as_path()),
            RootPart::Link { .. } | RootPart::Filled { .. } | RootPart::File { .. } => None,
        })
    }
}

/// Folders that no compiler reads. Rust's manual alone has 40,000 files.
const IGNORED_FOLDERS: [&str; 2] = ["doc", "man"];

fn add_all(hasher: &mut Hasher, path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    add(hasher, path, &metadata);
    if !metadata.is_dir() {
        return Ok(());
    }
    let entries: Result<Vec<_>, _> = fs::read_dir(path)?.collect();
    let mut entries = entries?;
    entries.retain(|entry| {
        !IGNORED_FOLDERS
            .iter()
            .any(|name| entry.file_name() == *name)
    });
    entries.sort_by_key(fs::DirEntry::file_name);
    entries
        .iter()
        .try_for_each(|entry| add_all(hasher, &entry.path()))
}

fn add(hasher: &mut Hasher, path: &Path, metadata: &Metadata) {
    add_bytes(hasher, path.as_os_str().as_bytes());
    let kind = metadata.mode() & 0o170_000;
    hasher.update(&kind.to_le_bytes());
    // A folder's own size and time add nothing to those of its entries.
    if !metadata.is_dir() {
        hasher.update(&metadata.len().to_le_bytes());
        add_time(hasher, metadata);
    }
}

fn add_time(hasher: &mut Hasher, metadata: &Metadata) {
    hasher.update(&metadata.mtime().to_le_bytes());
    hasher.update(&metadata.mtime_nsec().to_le_bytes());
}

fn add_bytes(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn toolchain(source: &Path) -> ToolchainFiles {
        ToolchainFiles::new(vec![RootPart::Bind {
            source: source.to_owned(),
            target: "/opt/tool".into(),
        }])
    }

    fn identity(source: &Path, version: &str) -> Hash {
        toolchain(source)
            .identity(|| Some(version.to_owned()))
            .unwrap()
    }

    #[test]
    fn version_and_files_change_the_identity() {
        let host = tempfile::tempdir().unwrap();
        let folder = host.path().join("tool");
        fs::create_dir_all(folder.join("lib/doc")).unwrap();
        fs::write(folder.join("lib/cc1"), "1").unwrap();
        let first = identity(&folder, "1.0");
        assert_eq!(first, identity(&folder, "1.0"));
        assert_ne!(first, identity(&folder, "1.1"));

        fs::write(folder.join("lib/doc/page"), "no part of it").unwrap();
        assert_eq!(first, identity(&folder, "1.0"));

        fs::write(folder.join("lib/crt1.o"), "").unwrap();
        let second = identity(&folder, "1.0");
        assert_ne!(first, second);
        fs::write(folder.join("lib/cc1"), "22").unwrap();
        assert_ne!(second, identity(&folder, "1.0"));
    }

    #[test]
    fn replaced_program_changes_the_identity() {
        let host = tempfile::tempdir().unwrap();
        let program = host.path().join("g++");
        fs::write(&program, "1").unwrap();
        let toolchain = toolchain(&program);
        let calls = Cell::new(0);
        let version = || {
            calls.set(calls.get() + 1);
            Some("1.0".to_owned())
        };
        let first = toolchain.identity(version);
        assert_eq!(toolchain.identity(version), first);
        assert_eq!(calls.get(), 1);
        fs::write(&program, "22").unwrap();
        assert_ne!(toolchain.identity(version), first);
        assert_eq!(calls.get(), 2);
        fs::remove_file(&program).unwrap();
        assert_eq!(toolchain.identity(version), None);
    }

    #[test]
    fn early_scan_counts_until_something_changes() {
        let host = tempfile::tempdir().unwrap();
        let folder = host.path().join("tool");
        fs::create_dir(&folder).unwrap();
        let toolchain = toolchain(&folder);
        toolchain.scan_now();
        fs::remove_dir(&folder).unwrap();
        let version = || Some("1.0".to_owned());
        let out_of_sight = toolchain.identity(version);
        assert!(out_of_sight.is_some());
        assert_eq!(toolchain.identity(version), out_of_sight);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("cc1"), "new").unwrap();
        assert_ne!(toolchain.identity(version), out_of_sight);
    }

    #[test]
    fn toolchain_without_version_has_no_identity() {
        let host = tempfile::tempdir().unwrap();
        assert_eq!(toolchain(host.path()).identity(|| None), None);
    }
}
