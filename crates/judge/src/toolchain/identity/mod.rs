//! Identity of a toolchain: a hash that changes whenever something that compilers read does.
//!
//! ```text
//!  host_part   parts of the host that compile cells see, also those that later may not be looked at
//!  watch       inotify: is there anything new?
//!  scan        kind, size and times of all files of a part
//!  libraries   the few of the system's libraries that a toolchain reads
//! ```
//!
//! Nothing is served from a cache under another identity than the present one. So the files are
//! looked at again after each change in their folders, and from time to time.

mod host_part;
mod libraries;
mod scan;
mod watch;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use blake3::{Hash, Hasher};

use crate::execute::jail::{RootPart, system_libraries};
use host_part::{HostPart, PartError, PartKind};
use libraries::{LoadedLibraries, scan_libraries};
use scan::{FileStamp, PartScan, add_bytes, scan_whole};
use watch::ChangeWatch;

/// Time after which files are looked at again although no change was noticed: some file systems tell
/// of none.
const SCAN_INTERVAL: Duration = Duration::from_secs(60);
/// The same where some folders can't be watched.
const UNWATCHED_INTERVAL: Duration = Duration::from_secs(1);

/// Notices changes of toolchains, for all languages together.
#[derive(Debug, Clone)]
pub(crate) struct ToolchainWatches {
    contents: Arc<ChangeWatch>,
    places: Arc<ChangeWatch>,
}

impl ToolchainWatches {
    pub fn new() -> ToolchainWatches {
        ToolchainWatches {
            contents: Arc::new(ChangeWatch::of_contents()),
            places: Arc::new(ChangeWatch::of_places()),
        }
    }
}

/// Parts of the host that make up a language's compile cells, and their hash.
#[derive(Debug)]
pub(crate) struct ToolchainFiles {
    parts: Vec<HostPart>,
    /// Hash of the files that the engine adds.
    own: Hash,
    watches: ToolchainWatches,
    state: Mutex<IdentityState>,
}

/// State of a toolchain's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityReport {
    /// True if there is an identity, so that what is compiled can be kept.
    pub is_identified: bool,
    /// Reason that there is none, or that a change may go unnoticed.
    pub trouble: Option<String>,
    /// Number of files that count.
    pub files: u64,
    /// Number of times that another toolchain was noticed.
    pub changes: u64,
}

#[derive(Debug, Default)]
struct IdentityState {
    /// The latest scan of each part. It is kept while the part may not be looked at.
    scans: Vec<Option<PartScan>>,
    scanned: Option<ScanMoment>,
    loaded: LoadedLibraries,
    /// Hash of the latest scans that were complete.
    files: Option<Hash>,
    /// Made of `files`; `None` after an incomplete scan.
    identity: Option<Hash>,
    trouble: Option<String>,
    changes: u64,
}

/// When files were scanned: they are scanned again when it is another moment.
#[derive(Debug)]
struct ScanMoment {
    at: Instant,
    /// Changes of contents, and of places.
    changes: [u64; 2],
    /// Programs that are parts by themselves. Their folders have many others.
    programs: Vec<Option<FileStamp>>,
}

impl ToolchainFiles {
    pub fn new(parts: &[RootPart], watches: &ToolchainWatches) -> ToolchainFiles {
        let libraries = system_libraries().unwrap_or_default();
        let host_part = |part: &RootPart| match part {
            RootPart::Bind { source, .. } => {
                let kind = if libraries.contains(part) {
                    PartKind::Libraries
                } else {
                    PartKind::Whole
                };
                Some(HostPart::new(source, kind, watches.places.clone()))
            }
            RootPart::Link { .. } | RootPart::Filled { .. } | RootPart::File { .. } => None,
        };
        ToolchainFiles {
            parts: parts.iter().filter_map(host_part).collect(),
            own: hash_own_files(parts),
            watches: watches.clone(),
            state: Mutex::default(),
        }
    }

    /// Scans all files now: a service that was started as root may see fewer of them later.
    pub fn scan_now(&self) {
        let mut state = self.state();
        state.files = self.scan(&mut state);
    }

    /// Returns a hash of the version and of kind, size and times of every file that compilers read.
    /// `None` where it can't be determined.
    ///
    /// Calls `version` at first, and after a change with true: cells that were made before it may
    /// hold files of before, so they have to be ended.
    pub fn identity(&self, version: impl FnOnce(bool) -> Result<String, String>) -> Option<Hash> {
        let mut state = self.state();
        if !self.is_due(&state) {
            return state.identity;
        }
        let Some(files) = self.scan(&mut state) else {
            state.identity = None;
            return None;
        };
        let is_changed = state.files.is_some_and(|before| before != files);
        if !is_changed && state.identity.is_some() {
            return state.identity;
        }
        state.changes += u64::from(is_changed);
        state.files = Some(files);
        let version = version(is_changed);
        state.identity = match version {
            Ok(version) => Some(self.hash_with(files, &version)),
            Err(reason) => {
                state.trouble = Some(reason);
                None
            }
        };
        state.identity
    }

    /// Returns the state as of the last call of [`ToolchainFiles::identity`].
    pub fn report(&self) -> IdentityReport {
        let state = self.state();
        IdentityReport {
            is_identified: state.identity.is_some(),
            trouble: state.trouble.clone(),
            files: state.scans.iter().flatten().map(|scan| scan.files).sum(),
            changes: state.changes,
        }
    }

    fn state(&self) -> MutexGuard<'_, IdentityState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self, state: &IdentityState) -> bool {
        let interval = if self.watches.contents.misses_some() {
            UNWATCHED_INTERVAL
        } else {
            SCAN_INTERVAL
        };
        let Some(scanned) = state.scanned.as_ref().filter(|_| state.identity.is_some()) else {
            return true;
        };
        let now = self.moment();
        now.at.duration_since(scanned.at) > interval
            || now.changes != scanned.changes
            || now.programs != scanned.programs
    }

    fn moment(&self) -> ScanMoment {
        let stamp = |part: &HostPart| {
            let metadata = std::fs::metadata(part.path().ok()?).ok()?;
            metadata.is_file().then(|| FileStamp::of(&metadata))
        };
        ScanMoment {
            at: Instant::now(),
            changes: [&self.watches.contents, &self.watches.places].map(|watch| watch.changes()),
            programs: self.parts.iter().map(stamp).collect(),
        }
    }

    /// Scans all parts, and returns the hash of all files if each part is known.
    fn scan(&self, state: &mut IdentityState) -> Option<Hash> {
        // Before the files: a change during the scan is one after it.
        state.scanned = Some(self.moment());
        state.scans.resize(self.parts.len(), None);
        state.trouble = None;
        let whole = |part: &HostPart, path: &Path| {
            let scan = scan_whole(path, &self.watches.contents);
            scan.map_err(|error| part.error(error))
        };
        self.scan_parts(state, PartKind::Whole, whole);
        let loaded = self.loaded_libraries(state);
        let libraries = |part: &HostPart, path: &Path| {
            let scan = scan_libraries(path, &loaded, &self.watches.contents);
            scan.map_err(|error| part.error(error))
        };
        self.scan_parts(state, PartKind::Libraries, libraries);
        let mut hasher = Hasher::new();
        for (part, scan) in self.parts.iter().zip(&state.scans) {
            add_bytes(&mut hasher, part.source.as_os_str().as_encoded_bytes());
            hasher.update(scan.as_ref()?.hash.as_bytes());
        }
        Some(hasher.finalize())
    }

    fn scan_parts(
        &self,
        state: &mut IdentityState,
        kind: PartKind,
        scan: impl Fn(&HostPart, &Path) -> Result<PartScan, PartError>,
    ) {
        for (part, latest) in self.parts.iter().zip(&mut state.scans) {
            if part.kind != kind {
                continue;
            }
            match part.path().and_then(|path| scan(part, &path)) {
                Ok(scan) => *latest = Some(scan),
                Err(error) => {
                    if !matches!(error, PartError::Hidden(_)) {
                        *latest = None;
                    }
                    state.trouble = Some(error.to_string());
                }
            }
        }
    }

    /// Returns the names of the libraries that the toolchain's programs load.
    fn loaded_libraries(&self, state: &mut IdentityState) -> BTreeSet<OsString> {
        let libraries = self
            .parts
            .iter()
            .filter(|part| part.kind == PartKind::Libraries);
        let folders: Vec<PathBuf> = libraries.map(|part| part.source.clone()).collect();
        let scans = self.parts.iter().zip(&state.scans);
        let programs: Vec<_> = scans
            .filter(|(part, _)| part.kind == PartKind::Whole)
            .filter_map(|(_, scan)| scan.as_ref())
            .flat_map(|scan| scan.programs.iter().cloned())
            .collect();
        state.loaded.names(&programs, &folders)
    }

    fn hash_with(&self, files: Hash, version: &str) -> Hash {
        let mut hasher = Hasher::new();
        add_bytes(&mut hasher, version.as_bytes());
        hasher.update(self.own.as_bytes());
        hasher.update(files.as_bytes());
        hasher.finalize()
    }
}

/// Hashes the files that the engine adds to the cells, such as the scripts that check a program.
fn hash_own_files(parts: &[RootPart]) -> Hash {
    let mut hasher = Hasher::new();
    for part in parts {
        if let RootPart::File { contents, target } = part {
            add_bytes(&mut hasher, target.as_os_str().as_encoded_bytes());
            add_bytes(&mut hasher, contents);
        }
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests;
