//! Landlock rules for what a program may read, write and execute: a second line of defence, in case
//! a mount is ever not what it should be.
//!
//! One rule has no counterpart in the mounts: files in `/workspace` and `/tmp` can't be executed,
//! so a program can't write another one and execute it.

use std::fs;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::paths::WORKSPACE;
use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// ABI version whose rights are restricted; an older kernel handles those that it knows.
const TARGET_ABI: ABI = ABI::V6;

/// Checks that this kernel offers Landlock: makes a rule set and drops it.
pub fn probe() -> Result<(), SandboxError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create)
        .map_err(|_| not_offered())
        .map(drop)
}

fn not_offered() -> SandboxError {
    SandboxError::new(
        SandboxStep::Landlock,
        "the kernel does not offer it; boot with `lsm=landlock,…` or a kernel that has it (5.13 or later)",
    )
}

/// Restricts the calling process and all that it executes. Needs `no_new_privs`. With `hides_proc` no
/// file of `/proc` can be opened; links in it, such as those of `/dev/stdin`, lead on.
pub fn restrict(hides_proc: bool) -> Result<(), SandboxError> {
    let mut top = top_level_folders().at(SandboxStep::Landlock)?;
    if hides_proc {
        top.retain(|folder| folder != Path::new("/proc"));
    }
    let status = ruleset(&top)
        .and_then(RulesetCreated::restrict_self)
        .at(SandboxStep::Landlock)?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(not_offered()),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

fn ruleset(top: &[PathBuf]) -> Result<RulesetCreated, RulesetError> {
    let created = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(TARGET_ABI))?
        // Signals and abstract sockets reach only this process's own children.
        .scope(Scope::from_all(TARGET_ABI))?
        .create()?;
    top.iter().try_fold(created, |ruleset, path| {
        let Ok(fd) = PathFd::new(path) else {
            return Ok(ruleset);
        };
        ruleset.add_rule(PathBeneath::new(fd, rights(path)))
    })
}

/// Lists the folders of the cell's root; links in it lead to others of them.
fn top_level_folders() -> std::io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir("/")? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

fn rights(folder: &Path) -> BitFlags<AccessFs> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    match folder.to_str() {
        Some(WORKSPACE | "/tmp") => {
            AccessFs::from_all(TARGET_ABI) & !BitFlags::from(AccessFs::Execute)
        }
        Some("/dev") => read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev,
        // Its own /proc/self/fd leads to pipes and anonymous files, which Landlock leaves alone.
        Some("/proc" | "/etc") => read,
        _ => AccessFs::from_read(TARGET_ABI),
    }
}
