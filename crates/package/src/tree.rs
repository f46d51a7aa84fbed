//! One walk over the package folder before anything is read from it.
//!
//! The walk decides what belongs to the package: it follows links but refuses those that leave the
//! folder, counts entries, and opens no special file. All other code works on the names that the walk
//! has vetted, in lexicographic order, and only opens plain files.
//!
//! Hidden files are not part of a package (`.git` may be large), except those with time limits.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{PackageError, WarningList};
use crate::file_names::{CALIBRATED_FILE, DOMJUDGE_INI, PROBLEM_YAML, TIMELIMIT};

/// Files and folders of one package, links followed.
pub(crate) const MAX_ENTRIES: usize = 100_000;
/// Maximum nesting of folders.
pub(crate) const MAX_DEPTH: usize = 16;

/// Top-level names that verdicts depend on. A broken or outside link elsewhere is ignored, as authors
/// share headers and pictures between the problems of a contest.
const JUDGED: [&str; 9] = [
    PROBLEM_YAML,
    DOMJUDGE_INI,
    TIMELIMIT,
    CALIBRATED_FILE,
    "data",
    "include",
    "output_validator",
    "output_validators",
    "submissions",
];

/// Hidden files that belong to a package.
const VISIBLE: [&str; 2] = [TIMELIMIT, CALIBRATED_FILE];

#[derive(Debug)]
pub(crate) enum TreeEntry {
    File(PackageFile),
    Folder(PackageFolder),
}

#[derive(Debug)]
pub(crate) struct PackageFile {
    /// Absolute path, with links resolved.
    pub path: PathBuf,
    /// Path from the package folder, with `/`: for messages and names.
    pub relative: String,
}

#[derive(Debug)]
pub(crate) struct PackageFolder {
    pub relative: String,
    pub entries: BTreeMap<String, TreeEntry>,
}

impl PackageFile {
    /// Name without the folders.
    pub(crate) fn name(&self) -> &str {
        self.relative.rsplit('/').next().unwrap_or_default()
    }

    /// Reads at most `limit_bytes` of the file. The flag is true if that is all of it.
    pub(crate) fn read(&self, limit_bytes: u64) -> Result<(Vec<u8>, bool), PackageError> {
        let read = || {
            let mut bytes = Vec::new();
            let file = fs::File::open(&self.path)?;
            file.take(limit_bytes.saturating_add(1))
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let mut bytes = read().map_err(|source| PackageError::io(&self.relative, source))?;
        let limit = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        let whole = bytes.len() <= limit;
        bytes.truncate(limit);
        Ok((bytes, whole))
    }

    /// Reads at most `limit_bytes` of the file as text. Bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn read_text(&self, limit_bytes: u64) -> Result<(String, bool), PackageError> {
        let (mut bytes, whole) = self.read(limit_bytes)?;
        if !whole {
            // Remove half a character at the end.
            let end = bytes.len() - bytes.iter().rev().take_while(|b| *b & 0xC0 == 0x80).count();
            let last_starts_a_character = end > 0 && bytes[end - 1] >= 0xC0;
            bytes.truncate(if last_starts_a_character {
                end - 1
            } else {
                end
            });
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok((text.trim_start_matches('\u{feff}').to_owned(), whole))
    }
}

impl PackageFolder {
    pub(crate) fn file(&self, name: &str) -> Option<&PackageFile> {
        match self.entries.get(name)? {
            TreeEntry::File(file) => Some(file),
            TreeEntry::Folder(_) => None,
        }
    }

    pub(crate) fn folder(&self, name: &str) -> Option<&PackageFolder> {
        match self.entries.get(name)? {
            TreeEntry::Folder(folder) => Some(folder),
            TreeEntry::File(_) => None,
        }
    }

    /// Returns the file at a path below this folder, with `/` or `\` between its parts.
    pub(crate) fn file_at(&self, path: &str) -> Option<&PackageFile> {
        let path = path.replace('\\', "/");
        let mut parts: Vec<&str> = path
            .split('/')
            .filter(|part| !["", "."].contains(part))
            .collect();
        let name = parts.pop()?;
        let mut folder = self;
        for part in parts {
            folder = folder.folder(part)?;
        }
        folder.file(name)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &PackageFile)> {
        self.entries.iter().filter_map(|(name, entry)| match entry {
            TreeEntry::File(file) => Some((name.as_str(), file)),
            TreeEntry::Folder(_) => None,
        })
    }

    pub(crate) fn folders(&self) -> impl Iterator<Item = (&str, &PackageFolder)> {
        self.entries.iter().filter_map(|(name, entry)| match entry {
            TreeEntry::Folder(folder) => Some((name.as_str(), folder)),
            TreeEntry::File(_) => None,
        })
    }

    /// All files below this folder.
    pub(crate) fn files_below(&self) -> Vec<&PackageFile> {
        fn below(entry: &TreeEntry) -> Vec<&PackageFile> {
            match entry {
                TreeEntry::File(file) => vec![file],
                TreeEntry::Folder(folder) => folder.files_below(),
            }
        }
        self.entries.values().flat_map(below).collect()
    }
}

/// Walks the package folder `root`, an absolute path without links.
pub(crate) fn walk(root: &Path, warnings: &mut WarningList) -> Result<PackageFolder, PackageError> {
    let mut walk = TreeWalk {
        root,
        entry_count: 0,
        warnings,
    };
    walk.folder(root.to_owned(), String::new(), &mut vec![])
}

struct TreeWalk<'a> {
    root: &'a Path,
    entry_count: usize,
    warnings: &'a mut WarningList,
}

impl TreeWalk<'_> {
    /// `above`: the folders that contain this one, resolved.
    fn folder(
        &mut self,
        path: PathBuf,
        relative: String,
        above: &mut Vec<PathBuf>,
    ) -> Result<PackageFolder, PackageError> {
        if above.len() > MAX_DEPTH {
            return Err(PackageError::TooDeep {
                path: relative,
                limit: MAX_DEPTH,
            });
        }
        above.push(path.clone());
        let io = |source| {
            PackageError::io(
                if relative.is_empty() {
                    &path
                } else {
                    Path::new(&relative)
                },
                source,
            )
        };
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(&path).map_err(io)? {
            let entry = entry.map_err(io)?;
            self.entry_count += 1;
            if self.entry_count > MAX_ENTRIES {
                return Err(PackageError::TooManyFiles { limit: MAX_ENTRIES });
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let name = name.to_string_lossy();
                self.warnings
                    .add_file(&join(&relative, &name), "ignored: the name is not UTF-8");
                continue;
            };
            if name.starts_with('.') && !VISIBLE.contains(&name) {
                continue;
            }
            if let Some(entry) = self.entry(&path.join(name), join(&relative, name), above)? {
                entries.insert(name.to_owned(), entry);
            }
        }
        above.pop();
        Ok(PackageFolder { relative, entries })
    }

    fn entry(
        &mut self,
        path: &Path,
        relative: String,
        above: &mut Vec<PathBuf>,
    ) -> Result<Option<TreeEntry>, PackageError> {
        let io = |source| PackageError::io(&relative, source);
        let mut kind = fs::symlink_metadata(path).map_err(io)?.file_type();
        let mut path = path.to_owned();
        if kind.is_symlink() {
            path = match self.resolve(&path, &relative, above) {
                Ok(target) => target,
                Err(_) if !is_judged(&relative) => {
                    let message =
                        "ignored: the link is broken, a loop, or leads out of the package";
                    self.warnings.add_file(&relative, message);
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            kind = fs::symlink_metadata(&path).map_err(io)?.file_type();
        }
        if kind.is_dir() {
            return self
                .folder(path, relative, above)
                .map(TreeEntry::Folder)
                .map(Some);
        }
        if kind.is_file() {
            return Ok(Some(TreeEntry::File(PackageFile { path, relative })));
        }
        // Opening a named pipe would block forever.
        self.warnings
            .add_file(&relative, "ignored: not a file or folder");
        Ok(None)
    }

    fn resolve(
        &self,
        path: &Path,
        relative: &str,
        above: &[PathBuf],
    ) -> Result<PathBuf, PackageError> {
        let link = || relative.to_owned();
        // Fails with ELOOP for links to themselves.
        let target = path
            .canonicalize()
            .map_err(|_| PackageError::LinkBroken { link: link() })?;
        if !target.starts_with(self.root) {
            return Err(PackageError::LinkLeaves { link: link() });
        }
        if above.contains(&target) {
            return Err(PackageError::LinkCycle { link: link() });
        }
        Ok(target)
    }
}

/// True if verdicts may depend on the file.
fn is_judged(relative: &str) -> bool {
    let top = relative.split('/').next().unwrap_or_default();
    JUDGED.contains(&top)
}

pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
