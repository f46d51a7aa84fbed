//! Unpacks an uploaded archive without touching anything outside the target folder.
//!
//! All names are vetted before anything is written. Files go into a new staging folder with a random
//! name, so no name can lead through an existing link. Links are created last, and each must point
//! to something inside. Only then is the package folder moved to its final path. A limit on the total
//! size stops archive bombs.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use letscode_model::{InvalidProblemId, ProblemId};
use zip::ZipArchive;

use crate::error::{PackageError, shown};
use crate::file_names::{CONFIG_YAML, DOMJUDGE_INI, INIT_YML, PROBLEM_XML, PROBLEM_YAML};
use crate::foreign_format::sanitized_id;
use crate::tree::MAX_ENTRIES;
use crate::zip_names::{normalize, vet};

/// Maximum total size after unpacking.
const MAX_TOTAL_BYTES: u64 = 1 << 30;
const MAX_LINK_BYTES: u64 = 4096;
/// Name of an archive without a name of its own, as in the body of a request.
pub const UNNAMED_ZIP: &str = ".zip";

/// Bounds of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Total size after unpacking.
    pub max_bytes: u64,
    /// Number of files, folders and links.
    pub max_entries: usize,
}

impl Default for UnpackLimits {
    fn default() -> Self {
        UnpackLimits {
            max_bytes: MAX_TOTAL_BYTES,
            max_entries: MAX_ENTRIES,
        }
    }
}

type Archive = ZipArchive<BufReader<File>>;

/// Unpacks the archive `zip` to a new folder in `into`, and returns that folder.
///
/// The package is at the archive's top and is named after the archive, or it is in a top folder and is
/// named after that folder; files beside that folder, such as a README, are ignored. On failure,
/// nothing is left in `into`.
pub fn unpack_zip(zip: &Path, into: &Path, limits: UnpackLimits) -> Result<PathBuf, PackageError> {
    let mut archive = open(zip)?;
    let plan = UnpackPlan::of(&mut archive, zip, limits.max_entries)?;
    let target = into.join(plan.id.as_str());
    if target.symlink_metadata().is_ok() {
        return Err(PackageError::Exists { path: target });
    }
    let io = |source| PackageError::io(into, source);
    fs::create_dir_all(into).map_err(io)?;
    let staging = tempfile::Builder::new()
        .prefix(".unpack-")
        .tempdir_in(into)
        .map_err(io)?;
    let root = staging.path().join("package");
    fs::create_dir(&root).map_err(io)?;
    ZipUnpacker {
        zip,
        root: &root,
        limit_bytes: limits.max_bytes,
        left_bytes: limits.max_bytes,
    }
    .run(&mut archive, &plan.entries)?;
    fs::rename(&root, &target).map_err(|source| PackageError::io(&target, source))?;
    Ok(target)
}

/// Unpacks the archive `zip`, which is not a package but a part of one, to the new folder `target`.
pub(crate) fn unpack_data(zip: &Path, target: &Path) -> Result<(), PackageError> {
    let mut archive = open(zip)?;
    let entries = UnpackPlan::entries(&mut archive, zip, MAX_ENTRIES)?;
    check_collisions(&entries)?;
    fs::create_dir_all(target).map_err(|source| PackageError::io(target, source))?;
    ZipUnpacker {
        zip,
        root: target,
        limit_bytes: MAX_TOTAL_BYTES,
        left_bytes: MAX_TOTAL_BYTES,
    }
    .run(&mut archive, &entries)
}

fn open(zip: &Path) -> Result<Archive, PackageError> {
    let file = File::open(zip).map_err(|source| PackageError::io(zip, source))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| PackageError::Zip {
        zip: zip.to_owned(),
        message: error.to_string(),
    })
}

/// Index in the archive, path below the package folder, kind.
type PlannedEntry = (usize, String, EntryKind);

#[derive(Debug, Clone, Copy, PartialEq)]
enum EntryKind {
    File { executable: bool },
    Folder,
    Link,
}

/// Paths and kinds of all entries, from the table of contents.
struct UnpackPlan {
    id: ProblemId,
    entries: Vec<PlannedEntry>,
}

impl UnpackPlan {
    fn of(archive: &mut Archive, zip: &Path, max_entries: usize) -> Result<Self, PackageError> {
        let mut entries = Self::entries(archive, zip, max_entries)?;
        let id = match package_folder(&entries, zip)? {
            Some(top) => {
                let id =
                    ProblemId::parse(&top).or_else(|error| foreign_id(&top, &entries, error))?;
                let prefix = format!("{top}/");
                entries.retain(|(_, name, _)| name.starts_with(&prefix) && *name != prefix);
                for (_, name, _) in &mut entries {
                    name.drain(..prefix.len());
                }
                id
            }
            None if zip.file_name().is_some_and(|name| name == UNNAMED_ZIP) => {
                return Err(PackageError::ZipWithoutName);
            }
            None => {
                let stem = zip.file_stem().unwrap_or_default().to_string_lossy();
                ProblemId::parse(&stem).or_else(|error| foreign_id(&stem, &entries, error))?
            }
        };
        check_collisions(&entries)?;
        Ok(UnpackPlan { id, entries })
    }

    /// Returns all entries, vetted.
    fn entries(
        archive: &mut Archive,
        zip: &Path,
        max_entries: usize,
    ) -> Result<Vec<PlannedEntry>, PackageError> {
        if archive.len() > max_entries {
            return Err(PackageError::TooManyFiles { limit: max_entries });
        }
        let refused = |message: &str| PackageError::Zip {
            zip: zip.to_owned(),
            message: message.to_owned(),
        };
        if archive.has_duplicate_names() {
            return Err(refused("two entries have the same name"));
        }
        let overlap = archive.has_overlapping_files();
        if overlap.map_err(|error| refused(&error.to_string()))? {
            return Err(refused("its entries overlap"));
        }
        let mut entries = Vec::with_capacity(archive.len());
        for index in 0..archive.len() {
            if let Some((name, kind)) = classify(archive, index, zip)? {
                entries.push((index, name, kind));
            }
        }
        Ok(entries)
    }
}

fn classify(
    archive: &mut Archive,
    index: usize,
    zip: &Path,
) -> Result<Option<(String, EntryKind)>, PackageError> {
    let broken = |error: zip::result::ZipError| PackageError::Zip {
        zip: zip.to_owned(),
        message: error.to_string(),
    };
    let entry = archive.by_index_raw(index).map_err(broken)?;
    let name = entry.name().map_err(broken)?.into_owned();
    let refused = |problem| PackageError::ZipEntry {
        name: shown(&name),
        problem,
    };
    if entry.encrypted() {
        return Err(refused("is encrypted"));
    }
    let kind = match entry.unix_mode().map(|mode| mode & 0o170_000) {
        _ if entry.is_symlink() => EntryKind::Link,
        _ if entry.is_dir() => EntryKind::Folder,
        // A regular file, or an archive from a system without these types.
        None | Some(0 | 0o100_000) => EntryKind::File {
            executable: entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0),
        },
        Some(_) => return Err(refused("is not a file, folder or link")),
    };
    let normalized = normalize(&name);
    let trimmed = normalized.strip_suffix('/').unwrap_or(&normalized);
    if trimmed.is_empty() && kind == EntryKind::Folder {
        return Ok(None);
    }
    vet(trimmed).map_err(refused)?;
    // Left behind by macOS and version control.
    let is_litter = |part: &str| matches!(part, "__MACOSX" | ".DS_Store" | ".git");
    if trimmed.split('/').any(is_litter) {
        return Ok(None);
    }
    Ok(Some((trimmed.to_owned(), kind)))
}

/// Returns the only top folder with a package; `None` if the package is at the archive's top.
fn package_folder(entries: &[PlannedEntry], zip: &Path) -> Result<Option<String>, PackageError> {
    // Test data of Hydro alone is known by a name that others use as well: only if there is no other.
    for settings in [&SETTINGS[..], &[CONFIG_YAML]] {
        let is_settings = |name: &str| settings.contains(&name);
        if entries.iter().any(|(_, name, _)| is_settings(name)) {
            return Ok(None);
        }
        let with_settings = entries.iter().filter_map(|(_, name, _)| {
            let (top, below) = name.split_once('/')?;
            is_settings(below).then_some(top)
        });
        let folders: BTreeSet<&str> = with_settings.collect();
        let mut folders = folders.into_iter();
        match (folders.next(), folders.next()) {
            (Some(top), None) => return Ok(Some(top.to_owned())),
            (None, _) => {}
            (Some(first), Some(second)) => {
                return Err(PackageError::Zip {
                    zip: zip.to_owned(),
                    message: format!(
                        "it contains several packages, such as {} and {}",
                        shown(first),
                        shown(second)
                    ),
                });
            }
        }
    }
    Err(PackageError::ZipWithoutPackage {
        zip: zip.to_owned(),
    })
}

/// Files that only a package's folder has.
const SETTINGS: [&str; 4] = [PROBLEM_YAML, DOMJUDGE_INI, PROBLEM_XML, INIT_YML];

/// Returns an id for a package of another judge, which has a name of its own in its settings.
fn foreign_id(
    name: &str,
    entries: &[PlannedEntry],
    error: InvalidProblemId,
) -> Result<ProblemId, InvalidProblemId> {
    let is_foreign = |(_, name, _): &PlannedEntry| {
        let last = name.rsplit('/').next().unwrap_or_default();
        [PROBLEM_XML, INIT_YML, CONFIG_YAML].contains(&last)
    };
    if entries.iter().any(is_foreign) {
        return ProblemId::parse(&sanitized_id(name));
    }
    Err(error)
}

/// Refuses a name that is both a file and a folder, or two files. Folders may repeat.
fn check_collisions(entries: &[PlannedEntry]) -> Result<(), PackageError> {
    let mut kinds: HashMap<&str, bool> = HashMap::new();
    for (_, name, kind) in entries {
        let collision = || PackageError::ZipEntry {
            name: shown(name),
            problem: "has the name of another entry",
        };
        let is_folder = *kind == EntryKind::Folder;
        let before = kinds.insert(name, is_folder);
        if before.is_some_and(|was_folder| !(was_folder && is_folder)) {
            return Err(collision());
        }
        for (at, _) in name.match_indices('/') {
            if kinds.insert(&name[..at], true) == Some(false) {
                return Err(collision());
            }
        }
    }
    Ok(())
}

struct ZipUnpacker<'a> {
    zip: &'a Path,
    root: &'a Path,
    limit_bytes: u64,
    left_bytes: u64,
}

impl ZipUnpacker<'_> {
    fn run(&mut self, archive: &mut Archive, entries: &[PlannedEntry]) -> Result<(), PackageError> {
        let mut links = Vec::new();
        for (index, name, kind) in entries {
            let path = self.root.join(name);
            match kind {
                EntryKind::Folder => create_folder(&path)?,
                EntryKind::File { executable } => self.file(archive, *index, &path, *executable)?,
                EntryKind::Link => {
                    links.push((name, path, self.link_target(archive, *index, name)?))
                }
            }
        }
        self.link(&links)
    }

    fn file(
        &mut self,
        archive: &mut Archive,
        index: usize,
        path: &Path,
        executable: bool,
    ) -> Result<(), PackageError> {
        if let Some(parent) = path.parent() {
            create_folder(parent)?;
        }
        let entry = archive
            .by_index(index)
            .map_err(|error| self.broken(&error))?;
        let stated = entry.size();
        let mut file = File::create_new(path).map_err(|source| PackageError::io(path, source))?;
        let copied =
            copy_at_most(entry, &mut file, self.left_bytes).map_err(|error| self.broken(&error))?;
        if copied < stated && copied <= self.left_bytes {
            return Err(self.broken(&"a file is smaller than the archive says"));
        }
        let too_large = || PackageError::ZipTooLarge {
            zip: self.zip.to_owned(),
            limit_bytes: self.limit_bytes,
        };
        self.left_bytes = self.left_bytes.checked_sub(copied).ok_or_else(too_large)?;
        set_mode(&file, executable).map_err(|source| PackageError::io(path, source))
    }

    fn link_target(
        &self,
        archive: &mut Archive,
        index: usize,
        name: &str,
    ) -> Result<String, PackageError> {
        let entry = archive
            .by_index(index)
            .map_err(|error| self.broken(&error))?;
        let mut bytes = Vec::new();
        entry
            .take(MAX_LINK_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| self.broken(&error))?;
        let refused = |problem| PackageError::ZipEntry {
            name: shown(name),
            problem,
        };
        let target =
            String::from_utf8(bytes).map_err(|_| refused("is a link with an invalid target"))?;
        let is_invalid =
            target.is_empty() || target.contains('\\') || target.chars().any(char::is_control);
        match (is_invalid, target.starts_with('/')) {
            (true, _) => Err(refused("is a link with an invalid target")),
            (_, true) => Err(refused("is a link out of the package")),
            _ => Ok(target),
        }
    }

    /// Creates all links, then resolves them, as one may lead through another. Nothing is written
    /// after this.
    fn link(&self, links: &[(&String, PathBuf, String)]) -> Result<(), PackageError> {
        for (_, path, target) in links {
            if let Some(parent) = path.parent() {
                create_folder(parent)?;
            }
            std::os::unix::fs::symlink(target, path)
                .map_err(|source| PackageError::io(path, source))?;
        }
        let io = |source| PackageError::io(self.root, source);
        let root = self.root.canonicalize().map_err(io)?;
        for (name, path, _) in links {
            let refused = |problem| PackageError::ZipEntry {
                name: shown(name),
                problem,
            };
            let target = path
                .canonicalize()
                .map_err(|_| refused("is a broken link"))?;
            if !target.starts_with(&root) {
                return Err(refused("is a link out of the package"));
            }
        }
        Ok(())
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> PackageError {
        PackageError::Zip {
            zip: self.zip.to_owned(),
            message: error.to_string(),
        }
    }
}

fn create_folder(path: &Path) -> Result<(), PackageError> {
    fs::create_dir_all(path).map_err(|source| PackageError::io(path, source))
}

/// Copies at most `limit_bytes` + 1 bytes.
fn copy_at_most(from: impl Read, to: &mut impl Write, limit_bytes: u64) -> io::Result<u64> {
    io::copy(&mut from.take(limit_bytes.saturating_add(1)), to)
}

/// Keeps only the executable bit: validators may have a `build` or `run` script.
fn set_mode(file: &File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::zip::ZipWriter;
    use ::zip::write::SimpleFileOptions;

    fn archive(path: &Path, sizes: &[usize]) {
        let mut writer = ZipWriter::new(File::create(path).unwrap());
        let options = SimpleFileOptions::default();
        writer.start_file("aplusb/problem.yaml", options).unwrap();
        for (number, size) in sizes.iter().enumerate() {
            writer
                .start_file(format!("aplusb/{number}"), options)
                .unwrap();
            writer.write_all(&vec![0; *size]).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn total_size_is_bounded() {
        let temporary = tempfile::tempdir().unwrap();
        let (zip, into) = (
            temporary.path().join("a.zip"),
            temporary.path().join("into"),
        );
        let limits = UnpackLimits {
            max_bytes: 1000,
            max_entries: 4,
        };
        for sizes in [&[1001][..], &[500, 501], &[1000, 0, 1], &[2_000_000]] {
            archive(&zip, sizes);
            let error = unpack_zip(&zip, &into, limits).unwrap_err();
            assert!(matches!(
                error,
                PackageError::ZipTooLarge {
                    limit_bytes: 1000,
                    ..
                }
            ));
            assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
        }
        archive(&zip, &[500, 500, 0]);
        assert!(unpack_zip(&zip, &into, limits).is_ok());
        archive(&zip, &[1, 1, 1, 1]);
        let error = unpack_zip(&zip, &into, limits).unwrap_err();
        assert!(matches!(error, PackageError::TooManyFiles { limit: 4 }));
    }
}
