//! Where in a version 2 hierarchy the cells' groups may be made.
//!
//! The kernel's rule: a group either has processes or hands controllers down to its children; only
//! the root of the hierarchy may do both. So the helper, which is in a group, needs another to make
//! the cells in. It takes the first of these that there is:
//!
//! 1. its own group, where that hands controllers down already or is the root;
//! 2. the parent, where that was delegated to the service and the own group is a leaf in it, as
//!    with systemd's `DelegateSubgroup=`;
//! 3. its own group, emptied into a leaf: as `Delegate=yes` asks a service to do, and only where
//!    every process in it is the service's own. Nobody's shell is moved;
//! 4. for root: the top of the hierarchy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::controllers::{CONTROLLERS, enable, enable_io, has_controllers};
use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// What the own group's processes are moved to, beside the cells.
const LEAF: &str = "letscode-service";

/// How often to begin again when a process of ours was forked while the others were moved.
const MOVES: usize = 10;

/// Finds the group to make the cells in. When this returns, it hands the controllers down.
///
/// `top` is where the hierarchy is mounted, `own` the group that this process is in.
pub fn settle(top: &Path, own: &Path) -> Result<PathBuf, SandboxError> {
    let service = service();
    let parent = own.parent().filter(|parent| parent.starts_with(top));
    let parent = parent.filter(|parent| is_ours_to_divide(own, parent));
    let found = PlacementFacts {
        own_divides: has_controllers(&own.join("cgroup.subtree_control")) || is_root(own),
        parent_is_delegated: parent.is_some(),
        own_is_writable: is_writable(own),
        lacking: lacking(own),
        strangers: strangers(own, service)?,
        top_is_writable: is_root(top) && is_writable(top),
    };
    let chosen = found.choose().map_err(|why| {
        let own = own.display();
        SandboxError::new(SandboxStep::FindCgroup, format!("{own}: {why}"))
    })?;
    let place = match (chosen, parent) {
        (Placement::Parent, Some(parent)) => divide(parent),
        (Placement::OwnEmptied, _) => empty(own, service).map(|()| own.to_path_buf()),
        (Placement::Top, _) => divide(top),
        _ => divide(own),
    }?;
    enable_io(&place);
    Ok(place)
}

/// What there is to choose from.
#[derive(Debug, Clone, Default)]
struct PlacementFacts {
    own_divides: bool,
    parent_is_delegated: bool,
    own_is_writable: bool,
    /// The controllers that nobody handed to the own group.
    lacking: Vec<&'static str>,
    /// The processes in the own group that aren't the service's.
    strangers: Vec<String>,
    top_is_writable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placement {
    Own,
    Parent,
    OwnEmptied,
    Top,
}

impl PlacementFacts {
    fn choose(&self) -> Result<Placement, String> {
        let mend = "start with `systemd-run --user --scope -p Delegate=yes letscode …`, or from a \
                    systemd unit with `Delegate=yes`";
        if self.own_divides && self.own_is_writable {
            return Ok(Placement::Own);
        }
        if self.parent_is_delegated {
            return Ok(Placement::Parent);
        }
        if self.own_is_writable && self.lacking.is_empty() && self.strangers.is_empty() {
            return Ok(Placement::OwnEmptied);
        }
        if self.top_is_writable {
            return Ok(Placement::Top);
        }
        Err(if !self.own_is_writable {
            format!("this control group is not delegated to us; {mend}")
        } else if !self.lacking.is_empty() {
            let lacking = self.lacking.join(" ");
            format!(
                "the controllers {lacking} are not handed to this control group; as root: \
                 systemctl edit user@.service, with Delegate=cpu memory pids io below [Service]"
            )
        } else {
            let strangers = self.strangers.join(", ");
            format!(
                "this control group can't be divided, because it also has processes that are not \
                 ours to move: {strangers}; {mend}"
            )
        })
    }
}

/// Makes the controllers available below a group that has no processes, or is the root.
fn divide(folder: &Path) -> Result<PathBuf, SandboxError> {
    if !has_controllers(&folder.join("cgroup.subtree_control")) {
        enable(folder)?;
    }
    Ok(folder.to_path_buf())
}

/// Moves the service's processes into a leaf, so that `own` can hand controllers down.
fn empty(own: &Path, service: Option<u32>) -> Result<(), SandboxError> {
    let leaf = own.join(LEAF);
    match fs::create_dir(&leaf) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).at_path(SandboxStep::CreateCgroup, leaf.display());
        }
        _ => {}
    }
    let target = leaf.join("cgroup.procs");
    let mut last = Ok(());
    for _ in 0..MOVES {
        for pid in processes(own)? {
            // Looked at again: whoever came in since is not moved either.
            if !is_the_services(pid, service) {
                continue;
            }
            match fs::write(&target, pid.to_string()) {
                // It has ended meanwhile.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                written => written.at_path(SandboxStep::EnterCgroup, target.display())?,
            }
        }
        last = enable(own);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// Whether `own` is a leaf in a group that was handed to the service, to make others beside it.
fn is_ours_to_divide(own: &Path, parent: &Path) -> bool {
    let leaf_is_ours = own.file_name().is_some_and(|name| name == LEAF);
    (leaf_is_ours || is_delegated(parent))
        && is_writable(parent)
        && lacking(parent).is_empty()
        && processes(parent).is_ok_and(|pids| pids.is_empty())
}

/// systemd marks what it delegates. Without systemd, the uppermost folder that belongs to a user
/// is the one that was given to them; for root there is no such border.
fn is_delegated(folder: &Path) -> bool {
    let marked = ["trusted.delegate", "user.delegate"].iter().any(|name| {
        let mut value = [0_u8; 1];
        rustix::fs::getxattr(folder, *name, &mut value[..]).is_ok() && value == *b"1"
    });
    let user = rustix::process::geteuid().as_raw();
    let owner = |folder: Option<&Path>| {
        use std::os::unix::fs::MetadataExt;
        Some(fs::metadata(folder?).ok()?.uid())
    };
    marked
        || (user != 0 && owner(Some(folder)) == Some(user) && owner(folder.parent()) != Some(user))
}

/// Groups can be made here, controllers handed down, and processes moved.
fn is_writable(folder: &Path) -> bool {
    [".", "cgroup.procs", "cgroup.subtree_control"]
        .iter()
        .all(|name| accessat(CWD, folder.join(name), Access::WRITE_OK, AtFlags::EACCESS).is_ok())
}

/// The root of the hierarchy is the only group without this file; what a container sees as its
/// root has it.
fn is_root(folder: &Path) -> bool {
    folder.join("cgroup.procs").exists() && !folder.join("cgroup.events").exists()
}

fn lacking(folder: &Path) -> Vec<&'static str> {
    let has = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    let is_there = |wanted: &&str| has.split_whitespace().any(|have| have == *wanted);
    CONTROLLERS
        .into_iter()
        .filter(|name| !is_there(name))
        .collect()
}

/// The pids in a group; 0 stands for one that our pid namespace doesn't show.
fn processes(folder: &Path) -> Result<Vec<u32>, SandboxError> {
    let file = folder.join("cgroup.procs");
    let text = fs::read_to_string(&file).at_path(SandboxStep::FindCgroup, file.display())?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

/// The processes in a group that aren't the service's, as an administrator knows them.
fn strangers(folder: &Path, service: Option<u32>) -> Result<Vec<String>, SandboxError> {
    let pids = processes(folder)?.into_iter();
    let strangers = pids.filter(|pid| !is_the_services(*pid, service));
    Ok(strangers
        .take(8)
        .map(|pid| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("{pid} ({})", name.trim())
        })
        .collect())
}

/// The service's process: it made the socket that is the helper's standard input.
///
/// Not simply the helper's grandparent: were the service dead, that would be `init`, from which
/// everything descends.
fn service() -> Option<u32> {
    let credentials = rustix::net::sockopt::socket_peercred(std::io::stdin()).ok()?;
    u32::try_from(credentials.pid.as_raw_nonzero().get()).ok()
}

/// The service, or what descends from it, as this process does.
fn is_the_services(pid: u32, service: Option<u32>) -> bool {
    pid == std::process::id() || service.is_some_and(|service| descends(pid, service, parent_of))
}

/// Whether `pid` is `ancestor` or descends from it.
fn descends(pid: u32, ancestor: u32, parent_of: impl Fn(u32) -> Option<u32>) -> bool {
    // Bounded, because parents die and pids come again while this looks.
    let line = std::iter::successors(Some(pid), |pid| parent_of(*pid));
    pid != 0 && line.take(1000).any(|pid| pid == ancestor)
}

/// Field 4 of `/proc/PID/stat`, counted behind the name, which may contain anything.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
#[path = "placement_tests.rs"]
mod tests;
