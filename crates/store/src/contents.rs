//! The list of files in a problem package, as it will be copied: regular files only.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, FileType};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Largest number of files: more than any real package has.
const MAX_FILES: usize = 100_000;
/// Deepest nesting: more than any real package has.
const MAX_DEPTH: usize = 32;

/// Largest total size. Links count as copies of what they point to.
const MAX_BYTES: u64 = 4 << 30;

/// Relative path (with `/` between its parts) to the real file.
pub(crate) type PackageFiles = BTreeMap<String, PathBuf>;

/// Lists the files of a package. Symbolic links count as what they point to, inside the package.
pub(crate) fn list(folder: &Path) -> Result<PackageFiles, StoreError> {
    let root = folder
        .canonicalize()
        .map_err(StoreError::io("open", folder))?;
    let mut lister = FileLister {
        root: root.clone(),
        contents: PackageFiles::new(),
        bytes: 0,
    };
    let mut inside = vec![root];
    lister.folder(&mut inside, "")?;
    Ok(lister.contents)
}

struct FileLister {
    root: PathBuf,
    contents: PackageFiles,
    /// Size of the files so far.
    bytes: u64,
}

impl FileLister {
    /// `inside`: the folders from the root to this one, links resolved.
    fn folder(&mut self, inside: &mut Vec<PathBuf>, prefix: &str) -> Result<(), StoreError> {
        let Some(folder) = inside.last().cloned() else {
            return Ok(());
        };
        if inside.len() > MAX_DEPTH {
            return Err(refuse(
                &folder,
                format!("it is more than {MAX_DEPTH} folders deep"),
            ));
        }
        for entry in fs::read_dir(&folder).map_err(StoreError::io("read", &folder))? {
            let entry = entry.map_err(StoreError::io("read", &folder))?;
            if entry.file_name() != ".git" {
                self.entry(inside, prefix, &entry)?;
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        inside: &mut Vec<PathBuf>,
        prefix: &str,
        entry: &DirEntry,
    ) -> Result<(), StoreError> {
        let path = entry.path();
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| refuse(&path, "its name is not UTF-8"))?;
        let relative = format!("{prefix}{name}");
        let (real, kind) = self.resolve(&path, entry)?;
        if kind.is_dir() {
            if inside.contains(&real) {
                return Err(refuse(
                    &path,
                    "the link points to a folder that contains it",
                ));
            }
            inside.push(real);
            self.folder(inside, &format!("{relative}/"))?;
            inside.pop();
        } else if kind.is_file() {
            if self.contents.len() >= MAX_FILES {
                return Err(refuse(
                    &self.root,
                    format!("it has more than {MAX_FILES} files"),
                ));
            }
            let metadata = fs::metadata(&real).map_err(StoreError::io("read", &real))?;
            self.bytes = self.bytes.saturating_add(metadata.len());
            if self.bytes > MAX_BYTES {
                let reason = format!("it has more than {} GiB", MAX_BYTES >> 30);
                return Err(refuse(&self.root, reason));
            }
            self.contents.insert(relative, real);
        } else {
            return Err(refuse(&path, "it is neither a file nor a folder"));
        }
        Ok(())
    }

    fn resolve(&self, path: &Path, entry: &DirEntry) -> Result<(PathBuf, FileType), StoreError> {
        let kind = entry.file_type().map_err(StoreError::io("read", path))?;
        if !kind.is_symlink() {
            return Ok((path.to_owned(), kind));
        }
        let real = path
            .canonicalize()
            .map_err(|error| refuse(path, format!("the link is broken: {error}")))?;
        if !real.starts_with(&self.root) {
            return Err(refuse(path, "the link leads out of the package"));
        }
        let kind = fs::metadata(&real)
            .map_err(StoreError::io("read", path))?
            .file_type();
        Ok((real, kind))
    }
}

fn refuse(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Package {
        path: path.to_owned(),
        reason: reason.into(),
    }
}
