//! Enabling controllers in a version 2 hierarchy.

use std::fs;
use std::path::Path;

use super::super::set;
use crate::SandboxError;

/// The controllers that a cell's limits need.
pub const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// Used if it is enabled for us; systemd delegates it to no user by default.
const IO: &str = "io";

/// Enables the required controllers for the groups below.
pub fn enable(folder: &Path) -> Result<(), SandboxError> {
    let controllers = CONTROLLERS.map(|name| format!("+{name}")).join(" ");
    set(folder, "cgroup.subtree_control", controllers)
}

/// Enables the I/O controller for the groups below, if possible.
pub fn enable_io(folder: &Path) {
    let _ = set(folder, "cgroup.subtree_control", format!("+{IO}"));
}

/// True if the groups below have `io.max`: the controller is enabled for them, and this group has
/// the file too, as the kernel was built with throttling.
pub fn is_io_enabled(folder: &Path) -> bool {
    has_all(&folder.join("cgroup.subtree_control"), &[IO]) && folder.join("io.max").exists()
}

/// True if a `cgroup.subtree_control` or `cgroup.controllers` lists the required controllers.
pub fn has_controllers(file: &Path) -> bool {
    has_all(file, &CONTROLLERS)
}

fn has_all(file: &Path, controllers: &[&str]) -> bool {
    let enabled = fs::read_to_string(file).unwrap_or_default();
    controllers.iter().all(|name| {
        enabled
            .split_whitespace()
            .any(|controller| controller == *name)
    })
}
