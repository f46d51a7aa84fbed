//! Parser of the comment lines at the head of a test program, `key: value` each: what the program
//! does and the expected outcome.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the programs of a folder, sorted by name.
pub fn programs(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Returns the keys and values at the head of a program, in their order.
pub fn header(path: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap();
    let is_python = path.extension().is_some_and(|ending| ending == "py");
    let comment = if is_python { "# " } else { "// " };
    let lines = text.lines().map_while(|line| line.strip_prefix(comment));
    lines
        .map(|line| line.split_once(": ").unwrap_or((line, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
