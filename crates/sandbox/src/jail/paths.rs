//! Paths of a cell.

use std::path::{Component, Path, PathBuf};

pub const WORKSPACE: &str = "/workspace";

/// Relative to the current folder, which is the stage. Profiles come from the operator, not from
/// strangers; still, no `..` is followed out of the stage.
pub fn relative_path(target: &Path) -> PathBuf {
    let below = target.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    Path::new(".").join(below.collect::<PathBuf>())
}
