use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a kind of cell looks like inside: which read-only parts of the host make up its root, and
/// which system calls its programs may make.
///
/// Profiles are given to the jail helper once, when it starts and before anything a stranger wrote
/// has been read. A request then names a profile; it can't add a path to it. So a judge process
/// that was taken over can't ask the (privileged) helper to show it `/etc/shadow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellProfile {
    /// Such as `python-run`.
    pub name: String,
    pub root: Vec<RootPart>,
    /// A policy of `policy/`, such as `python`.
    pub policy: String,
}

/// One read-only part of a cell's root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RootPart {
    /// A file or folder of the host, with whatever is mounted below it.
    Bind { source: PathBuf, target: PathBuf },
    /// A symbolic link, such as `lib` → `usr/lib`.
    Link { text: PathBuf, target: PathBuf },
}
