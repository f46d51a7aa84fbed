//! Chooses where in a version 2 hierarchy the cells' groups are made.
//!
//! The kernel's rule: a group either has processes or enables controllers for its children; only
//! the root of the hierarchy may do both. So the helper, which is in a group, needs another to make
//! the cells in. It takes the first possible one of these:
//!
//! 1. its own group, if that already enables controllers for its children or is the root;
//! 2. the parent, if that was delegated to the service and the own group is a leaf in it, as with
//!    systemd's `DelegateSubgroup=`;
//! 3. its own group, after moving its processes into a leaf, as `Delegate=yes` requires;
//!    only if every process in it is the service's own, so that nobody's shell is moved;
//! 4. for root: the top of the hierarchy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::controllers::{CONTROLLERS, enable, enable_io, has_controllers};
use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// Name of the group that the own group's processes are moved to, beside the cells.
const LEAF: &str = "letscode-service";

/// Attempts to move all processes, some of which may fork meanwhile.
const MAX_ATTEMPTS: usize = 10;

/// Finds the group to make the cells in, and enables the controllers for its children.
///
/// `top` is the hierarchy's mount point, `own` the group that this process is in.
pub fn prepare_parent(top: &Path, own: &Path) -> Result<PathBuf, SandboxError> {
    let service = service_pid();
    let parent = own.parent().filter(|parent| parent.starts_with(top));
    let parent = parent.filter(|parent| is_leaf_of_delegated(own, parent));
    let facts = PlacementFacts {
        own_enables_controllers: has_controllers(&own.join("cgroup.subtree_control"))
            || is_root(own),
        parent_is_delegated: parent.is_some(),
        own_is_writable: is_writable(own),
        missing_controllers: missing_controllers(own),
        foreign_processes: foreign_processes(own, service)?,
        top_is_writable: is_root(top) && is_writable(top),
    };
    let chosen = facts.choose().map_err(|why| {
        let own = own.display();
        SandboxError::new(SandboxStep::FindCgroup, format!("{own}: {why}"))
    })?;
    let folder = match (chosen, parent) {
        (Placement::Parent, Some(parent)) => enable_below(parent),
        (Placement::OwnEmptied, _) => move_to_leaf(own, service).map(|()| own.to_path_buf()),
        (Placement::Top, _) => enable_below(top),
        _ => enable_below(own),
    }?;
    enable_io(&folder);
    Ok(folder)
}

/// Facts about the machine's groups from which the placement follows.
#[derive(Debug, Clone, Default)]
struct PlacementFacts {
    own_enables_controllers: bool,
    parent_is_delegated: bool,
    own_is_writable: bool,
    /// Required controllers that are not enabled for the own group.
    missing_controllers: Vec<&'static str>,
    /// Processes in the own group that aren't the service's.
    foreign_processes: Vec<String>,
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
        let fix = "start with `systemd-run --user --scope -p Delegate=yes letscode …`, or from a \
                    systemd unit with `Delegate=yes`";
        if self.own_enables_controllers && self.own_is_writable {
            return Ok(Placement::Own);
        }
        if self.parent_is_delegated {
            return Ok(Placement::Parent);
        }
        if self.own_is_writable
            && self.missing_controllers.is_empty()
            && self.foreign_processes.is_empty()
        {
            return Ok(Placement::OwnEmptied);
        }
        if self.top_is_writable {
            return Ok(Placement::Top);
        }
        Err(if !self.own_is_writable {
            format!("this control group is not delegated to us; {fix}")
        } else if !self.missing_controllers.is_empty() {
            let missing = self.missing_controllers.join(" ");
            format!(
                "the controllers {missing} are not enabled for this control group; as root: \
                 systemctl edit user@.service, with Delegate=cpu memory pids io below [Service]"
            )
        } else {
            let processes = self.foreign_processes.join(", ");
            format!(
                "this control group can't be divided, because it also has processes that are not \
                 ours to move: {processes}; {fix}"
            )
        })
    }
}

/// Enables the controllers below a group that has no processes, or is the root.
fn enable_below(folder: &Path) -> Result<PathBuf, SandboxError> {
    if !has_controllers(&folder.join("cgroup.subtree_control")) {
        enable(folder)?;
    }
    Ok(folder.to_path_buf())
}

/// Moves the service's processes into a leaf, so that `own` can enable controllers for its
/// children.
fn move_to_leaf(own: &Path, service: Option<u32>) -> Result<(), SandboxError> {
    let leaf = own.join(LEAF);
    match fs::create_dir(&leaf) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).at_path(SandboxStep::CreateCgroup, leaf.display());
        }
        _ => {}
    }
    let target = leaf.join("cgroup.procs");
    let mut last = Ok(());
    for _ in 0..MAX_ATTEMPTS {
        for pid in processes(own)? {
            // Checked again: foreign processes that came in since must not be moved either.
            if !belongs_to_service(pid, service) {
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

/// True if `own` is a leaf in a group that was delegated to the service, so that others can be made
/// beside it.
fn is_leaf_of_delegated(own: &Path, parent: &Path) -> bool {
    let leaf_is_ours = own.file_name().is_some_and(|name| name == LEAF);
    (leaf_is_ours || is_delegated(parent))
        && is_writable(parent)
        && missing_controllers(parent).is_empty()
        && processes(parent).is_ok_and(|pids| pids.is_empty())
}

/// True if a group was delegated. systemd marks those by an extended attribute. Without systemd, it
/// is the uppermost folder that belongs to the user; for root there is no such border.
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

/// True if groups can be made here, controllers enabled, and processes moved.
fn is_writable(folder: &Path) -> bool {
    [".", "cgroup.procs", "cgroup.subtree_control"]
        .iter()
        .all(|name| accessat(CWD, folder.join(name), Access::WRITE_OK, AtFlags::EACCESS).is_ok())
}

/// True for the root of the hierarchy, the only group without `cgroup.events`; the root that a
/// container sees has it.
fn is_root(folder: &Path) -> bool {
    folder.join("cgroup.procs").exists() && !folder.join("cgroup.events").exists()
}

/// Lists the required controllers that are not enabled for a group.
fn missing_controllers(folder: &Path) -> Vec<&'static str> {
    let enabled = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    let is_enabled = |name: &&str| {
        enabled
            .split_whitespace()
            .any(|controller| controller == *name)
    };
    CONTROLLERS
        .into_iter()
        .filter(|name| !is_enabled(name))
        .collect()
}

/// Reads the pids in a group; 0 stands for a process that our pid namespace doesn't show.
fn processes(folder: &Path) -> Result<Vec<u32>, SandboxError> {
    let file = folder.join("cgroup.procs");
    let text = fs::read_to_string(&file).at_path(SandboxStep::FindCgroup, file.display())?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

/// Describes the processes in a group that aren't the service's, as `pid (name)`.
fn foreign_processes(folder: &Path, service: Option<u32>) -> Result<Vec<String>, SandboxError> {
    let pids = processes(folder)?.into_iter();
    let foreign = pids.filter(|pid| !belongs_to_service(*pid, service));
    Ok(foreign
        .take(8)
        .map(|pid| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("{pid} ({})", name.trim())
        })
        .collect())
}

/// Returns the pid of the service: it made the socket that is the helper's standard input.
///
/// Not simply the helper's grandparent: if the service were dead, that would be `init`, from which
/// every process descends.
fn service_pid() -> Option<u32> {
    let credentials = rustix::net::sockopt::socket_peercred(std::io::stdin()).ok()?;
    u32::try_from(credentials.pid.as_raw_nonzero().get()).ok()
}

/// True for the service and all that descends from it, as this process does.
fn belongs_to_service(pid: u32, service: Option<u32>) -> bool {
    pid == std::process::id() || service.is_some_and(|service| descends(pid, service, parent_of))
}

/// True if `pid` is `ancestor` or descends from it.
fn descends(pid: u32, ancestor: u32, parent_of: impl Fn(u32) -> Option<u32>) -> bool {
    // Bounded, because parents may end and pids be reused meanwhile.
    let line = std::iter::successors(Some(pid), |pid| parent_of(*pid));
    pid != 0 && line.take(1000).any(|pid| pid == ancestor)
}

/// Reads the parent's pid: field 4 of `/proc/PID/stat`, counted behind the name, which may contain
/// anything.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
#[path = "placement_tests.rs"]
mod tests;
