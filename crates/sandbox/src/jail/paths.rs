//! Paths inside a cell.

use std::path::{Component, Path, PathBuf};

/// The working folder of programs.
pub const WORKSPACE: &str = "/workspace";

/// Makes a path relative to the current folder, without any `..`.
///
/// The root is built by such paths, in its stage. Profiles come from the operator and are trusted;
/// still, no `..` is followed out of the stage.
pub fn relative_path(target: &Path) -> PathBuf {
    let below = target.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    Path::new(".").join(below.collect::<PathBuf>())
}
