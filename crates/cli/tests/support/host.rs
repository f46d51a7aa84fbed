//! What can be seen on the host of cells and of what they leave.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The first of the user ids that cells get.
pub const FIRST_CELL_UID: u32 = 1_500_000_000;

/// One line of the process table.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    /// In clock ticks since boot: a process id is used again, and both together are not.
    pub started: u64,
    pub parent: u32,
    pub uid: u32,
    pub is_zombie: bool,
    pub command: String,
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next().map(str::to_owned)
        };
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, behind_name) = stat.rsplit_once(") ")?;
        Some(Process {
            pid,
            started: behind_name.split(' ').nth(19)?.parse().ok()?,
            parent: field("PPid:")?.parse().ok()?,
            uid: field("Uid:")?.parse().ok()?,
            is_zombie: field("State:")? == "Z",
            command: String::from_utf8_lossy(&command).replace('\0', " "),
        })
    }

    /// As in the names of the groups that it made.
    pub fn instance(&self) -> String {
        format!("{}.{}", self.pid, self.started)
    }

    pub fn is_in_cell(&self) -> bool {
        self.uid >= FIRST_CELL_UID
    }
}

/// All that descend from a process and live.
pub fn descendants(ancestor: u32) -> Vec<Process> {
    let all: BTreeMap<u32, Process> = process_ids()
        .filter_map(Process::read)
        .map(|process| (process.pid, process))
        .collect();
    let descends = |process: &Process| {
        let mut parent = Some(process.parent);
        while let Some(pid) = parent.filter(|pid| *pid != ancestor) {
            parent = all.get(&pid).map(|process| process.parent);
        }
        parent.is_some()
    };
    let found = all.values().filter(|process| descends(process));
    found
        .filter(|process| !process.is_zombie)
        .cloned()
        .collect()
}

fn process_ids() -> impl Iterator<Item = u32> {
    names(Path::new("/proc"))
        .into_iter()
        .filter_map(|name| name.parse().ok())
}

/// The process that makes a service's cells.
pub fn jail_helper(service: u32) -> Result<u32, String> {
    let children = descendants(service);
    let helper = children
        .iter()
        .find(|child| child.parent == service && child.command.contains("jail-helper"));
    helper
        .map(|child| child.pid)
        .ok_or_else(|| format!("no helper among {children:?}"))
}

pub fn mounts() -> Vec<String> {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The folders `letscode.PID.START` in all hierarchies of control groups, by `PID.START`.
pub fn cgroup_folders() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    walk(Path::new("/sys/fs/cgroup"), &mut |folder, name| {
        let instance = name.strip_prefix("letscode.");
        if let Some(instance) = instance {
            found.push((instance.to_owned(), folder.to_owned()));
        }
        instance.is_none()
    });
    found
}

/// Visits the folders below one; the visitor says whether to go into each.
fn walk(folder: &Path, visit: &mut impl FnMut(&Path, &str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && visit(&entry.path(), &entry.file_name().to_string_lossy()) {
            walk(&entry.path(), visit);
        }
    }
}

/// Files that a cell's user owns in the host's folders for temporary files.
pub fn files_of_cells() -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    ["/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue"]
        .into_iter()
        .flat_map(|folder| {
            names(Path::new(folder))
                .into_iter()
                .map(move |name| Path::new(folder).join(name))
        })
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|data| data.uid() >= FIRST_CELL_UID))
        .collect()
}

/// Shared memory, semaphores and queues of System V that a cell's user made.
pub fn ipc_of_cells() -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["shm", "sem", "msg"] {
        let table = fs::read_to_string(format!("/proc/sysvipc/{kind}")).unwrap_or_default();
        let mut lines = table.lines();
        let header = lines.next().unwrap_or_default();
        let column = header.split_whitespace().position(|name| name == "cuid");
        found.extend(
            lines
                .filter(|line| {
                    let uid = column.and_then(|column| line.split_whitespace().nth(column));
                    uid.and_then(|uid| uid.parse().ok())
                        .is_some_and(|uid: u32| uid >= FIRST_CELL_UID)
                })
                .map(|line| format!("{kind}: {line}")),
        );
    }
    found
}

/// What a folder holds; a folder that is not there holds nothing.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
