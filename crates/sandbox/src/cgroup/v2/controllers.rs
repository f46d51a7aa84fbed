//! Controllers of a version 2 hierarchy: which there are, and handing them down.

use std::fs;
use std::path::Path;

use super::super::set;
use crate::SandboxError;

/// The controllers that a cell's limits need.
pub const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// Taken where it is handed down; systemd gives it to no user by itself.
const IO: &str = "io";

pub fn enable(folder: &Path) -> Result<(), SandboxError> {
    let wanted = CONTROLLERS.map(|name| format!("+{name}")).join(" ");
    set(folder, "cgroup.subtree_control", wanted)
}

/// Hands the controller down if it is there to be had.
pub fn enable_io(folder: &Path) {
    let _ = set(folder, "cgroup.subtree_control", format!("+{IO}"));
}

/// The groups below get `io.max`: this one has it too, if the kernel was built with throttling.
pub fn hands_down_io(folder: &Path) -> bool {
    has_all(&folder.join("cgroup.subtree_control"), &[IO]) && folder.join("io.max").exists()
}

pub fn has_controllers(file: &Path) -> bool {
    has_all(file, &CONTROLLERS)
}

fn has_all(file: &Path, controllers: &[&str]) -> bool {
    let enabled = fs::read_to_string(file).unwrap_or_default();
    controllers
        .iter()
        .all(|wanted| enabled.split_whitespace().any(|have| have == *wanted))
}
