use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};

use super::watch::ChangeWatch;

/// Folders that no compiler reads. Rust's manual alone has 40,000 files.
const IGNORED_FOLDERS: [&str; 2] = ["doc", "man"];

/// Kind, size, times and inode of a file. Who replaces a file can choose the first three, and not
/// the time of its last change nor its inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStamp([i64; 7]);

impl FileStamp {
    pub fn of(metadata: &Metadata) -> FileStamp {
        FileStamp([
            i64::from(metadata.mode()),
            metadata.len().cast_signed(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
            metadata.ino().cast_signed(),
        ])
    }
}

/// Files of a part of the host.
#[derive(Debug, Clone)]
pub(super) struct PartScan {
    pub hash: Hash,
    pub files: u64,
    /// Programs and shared objects.
    pub programs: Vec<(PathBuf, FileStamp)>,
}

/// Scans a file, or a folder with all that is in it. Folders are watched from before they are read,
/// so that no change is missed.
pub(super) fn scan_whole(path: &Path, watch: &ChangeWatch) -> io::Result<PartScan> {
    let mut scanner = Scanner::new(watch);
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        scanner.folder(path, Path::new(""))?;
    } else {
        scanner.file(path, Path::new(""), &metadata, true);
    }
    Ok(scanner.finish())
}

/// Scans the files of a folder that `counts` is true for, and no folder below it.
pub(super) fn scan_some(
    folder: &Path,
    watch: &ChangeWatch,
    counts: impl Fn(&OsStr) -> bool,
) -> io::Result<PartScan> {
    let mut scanner = Scanner::new(watch);
    watch.add(folder);
    let mut names = names_in(folder)?;
    names.retain(|name| counts(name));
    for name in names {
        let path = folder.join(&name);
        let metadata = fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            continue;
        }
        scanner.file(&path, Path::new(&name), &metadata, false);
        // The link and its target: either may change. A target elsewhere is not in a cell.
        if let (true, Ok(target)) = (metadata.is_symlink(), fs::metadata(&path)) {
            scanner.file(&path, Path::new(&name), &target, false);
        }
    }
    Ok(scanner.finish())
}

struct Scanner<'a> {
    watch: &'a ChangeWatch,
    hasher: Hasher,
    files: u64,
    programs: Vec<(PathBuf, FileStamp)>,
}

impl Scanner<'_> {
    fn new(watch: &ChangeWatch) -> Scanner<'_> {
        Scanner {
            watch,
            hasher: Hasher::new(),
            files: 0,
            programs: Vec::new(),
        }
    }

    /// Adds a folder: its files, by their names from the part's top.
    fn folder(&mut self, folder: &Path, name: &Path) -> io::Result<()> {
        self.watch.add(folder);
        for entry in names_in(folder)? {
            let (path, name) = (folder.join(&entry), name.join(&entry));
            let metadata = fs::symlink_metadata(&path)?;
            if !metadata.is_dir() {
                let may_be_loaded = metadata.mode() & 0o111 != 0 || is_shared_object(&entry);
                self.file(&path, &name, &metadata, may_be_loaded && metadata.is_file());
            } else if !IGNORED_FOLDERS.iter().any(|ignored| entry == *ignored) {
                add_bytes(&mut self.hasher, name.as_os_str().as_bytes());
                self.folder(&path, &name)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &Path, metadata: &Metadata, is_program: bool) {
        let stamp = FileStamp::of(metadata);
        add_bytes(&mut self.hasher, name.as_os_str().as_bytes());
        for number in stamp.0 {
            self.hasher.update(&number.to_le_bytes());
        }
        self.files += 1;
        if is_program {
            self.programs.push((path.to_owned(), stamp));
        }
    }

    fn finish(self) -> PartScan {
        PartScan {
            hash: self.hasher.finalize(),
            files: self.files,
            programs: self.programs,
        }
    }
}

fn names_in(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let names: io::Result<Vec<_>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

fn is_shared_object(name: &OsStr) -> bool {
    name.as_bytes().windows(3).any(|part| part == b".so")
}

/// Adds bytes with their number, so that no two lists are equal.
pub(super) fn add_bytes(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
