//! One walk over the package folder before anything is read from it.
//!
//! The walk decides what belongs to the package: it follows links but refuses those that leave the
//! folder, counts, and looks into no special file. Everything after it works on names that the walk
//! has vetted, in lexicographic order, and only opens plain files.
//!
//! Hidden names are not part of a package (`.git` may be large), except those of time limits.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{PackageError, WarningList};
use crate::file_names::{CALIBRATED_FILE, DOMJUDGE_INI, PROBLEM_YAML, TIMELIMIT};

/// Files and folders of one package, links followed.
pub(crate) const MAX_ENTRIES: usize = 100_000;
/// Folders below one another.
pub(crate) const MAX_DEPTH: usize = 16;

/// What verdicts depend on, at the top of the package. A link elsewhere that leads nowhere or out is
/// left out: authors share headers and pictures between the problems of a contest.
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

/// Hidden names that belong to a package nevertheless.
const VISIBLE: [&str; 2] = [TIMELIMIT, CALIBRATED_FILE];

#[derive(Debug)]
pub(crate) enum TreeEntry {
    File(PackageFile),
    Folder(PackageFolder),
}

#[derive(Debug)]
pub(crate) struct PackageFile {
    /// Absolute, with links resolved.
    pub path: PathBuf,
    /// From the package folder, with `/`: for messages and for names.
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

    /// At most `limit_bytes` of the file, and whether that was all.
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

    /// At most `limit_bytes` of the file; what is not UTF-8 becomes U+FFFD.
    pub(crate) fn read_text(&self, limit_bytes: u64) -> Result<(String, bool), PackageError> {
        let (mut bytes, whole) = self.read(limit_bytes)?;
        if !whole {
            // Don't leave half a character at the cut.
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

/// Walks the package folder `root`, an absolute path without links in it.
pub(crate) fn walk(root: &Path, warnings: &mut WarningList) -> Result<PackageFolder, PackageError> {
    let mut walk = TreeWalk {
        root,
        seen: 0,
        warnings,
    };
    walk.folder(root.to_owned(), String::new(), &mut vec![])
}

struct TreeWalk<'a> {
    root: &'a Path,
    seen: usize,
    warnings: &'a mut WarningList,
}

impl TreeWalk<'_> {
    /// `above`: the folders that this one lies in, resolved.
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
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                return Err(PackageError::TooManyFiles { limit: MAX_ENTRIES });
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let name = name.to_string_lossy();
                self.warnings
                    .add_file(&join(&relative, &name), "left out: the name is not UTF-8");
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
                    let message = "left out: the link leads nowhere, out of the package or back";
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
        // Opening a named pipe would wait for ever.
        self.warnings
            .add_file(&relative, "left out: neither a file nor a folder");
        Ok(None)
    }

    fn resolve(
        &self,
        path: &Path,
        relative: &str,
        above: &[PathBuf],
    ) -> Result<PathBuf, PackageError> {
        let link = || relative.to_owned();
        // Fails with ELOOP for links that lead to themselves.
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

/// Whether verdicts may depend on what lies there.
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
