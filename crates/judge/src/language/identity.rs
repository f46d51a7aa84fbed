//! Which very toolchain is on this machine: what it compiled is good for no other.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use blake3::{Hash, Hasher};
use letscode_sandbox::RootPart;

/// The parts of the host that make up a language's compile cells.
#[derive(Debug)]
pub(crate) struct Toolchain {
    parts: Vec<RootPart>,
    known: Mutex<Known>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// All files, as they were before anybody asked.
    looked: Option<Hash>,
    at_a_glance: Option<Hash>,
    identity: Option<Hash>,
}

impl Toolchain {
    pub fn new(parts: Vec<RootPart>) -> Toolchain {
        Toolchain {
            parts,
            known: Mutex::default(),
        }
    }

    /// Looks at all files now: a service that was started as root may see fewer of them later.
    pub fn look_ahead(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.looked = self.look().ok();
    }

    /// Changes with the version and with the name, size and time of every file that belongs to the
    /// toolchain. All of them are looked at when this is first asked for and when one of the
    /// programs was replaced since; `version` is asked for then, too. `None` where it can't be told.
    pub fn identity(&self, version: impl FnOnce() -> Option<String>) -> Option<Hash> {
        let at_a_glance = self.at_a_glance();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.at_a_glance == Some(at_a_glance) {
            return known.identity;
        }
        let looked = known.looked.take().or_else(|| self.look().ok());
        let identity = looked.zip(version()).map(|(looked, version)| {
            let mut hasher = Hasher::new();
            add_bytes(&mut hasher, version.as_bytes());
            hasher.update(looked.as_bytes());
            hasher.finalize()
        });
        *known = Known {
            looked: None,
            // What did not work is tried again.
            at_a_glance: identity.map(|_| at_a_glance),
            identity,
        };
        identity
    }

    /// The parts themselves, and not what lies in them. A folder's time changes with its entries.
    fn at_a_glance(&self) -> Hash {
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

    fn look(&self) -> io::Result<Hash> {
        let mut hasher = Hasher::new();
        for source in self.sources() {
            // Where links lead to: another file there is another toolchain.
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

/// Rust's manual alone has 40,000 files, and no compiler reads it.
const NO_PART_OF_COMPILING: [&str; 2] = ["doc", "man"];

fn add_all(hasher: &mut Hasher, path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    add(hasher, path, &metadata);
    if !metadata.is_dir() {
        return Ok(());
    }
    let entries: Result<Vec<_>, _> = fs::read_dir(path)?.collect();
    let mut entries = entries?;
    entries.retain(|entry| {
        !NO_PART_OF_COMPILING
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
    // A folder's own size and time say nothing that its entries don't.
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

    fn toolchain(source: &Path) -> Toolchain {
        Toolchain::new(vec![RootPart::Bind {
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
    fn another_version_or_file_is_another_toolchain() {
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
    fn a_replaced_program_is_noticed_and_nothing_is_looked_at_twice() {
        let host = tempfile::tempdir().unwrap();
        let program = host.path().join("g++");
        fs::write(&program, "1").unwrap();
        let toolchain = toolchain(&program);
        let asked = Cell::new(0);
        let ask = || {
            asked.set(asked.get() + 1);
            Some("1.0".to_owned())
        };
        let first = toolchain.identity(ask);
        assert_eq!(toolchain.identity(ask), first);
        assert_eq!(asked.get(), 1);
        fs::write(&program, "22").unwrap();
        assert_ne!(toolchain.identity(ask), first);
        assert_eq!(asked.get(), 2);
        fs::remove_file(&program).unwrap();
        assert_eq!(toolchain.identity(ask), None);
    }

    #[test]
    fn what_was_seen_ahead_counts_until_something_changes() {
        let host = tempfile::tempdir().unwrap();
        let folder = host.path().join("tool");
        fs::create_dir(&folder).unwrap();
        let toolchain = toolchain(&folder);
        toolchain.look_ahead();
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
    fn a_toolchain_that_tells_no_version_has_no_identity() {
        let host = tempfile::tempdir().unwrap();
        assert_eq!(toolchain(host.path()).identity(|| None), None);
    }
}
