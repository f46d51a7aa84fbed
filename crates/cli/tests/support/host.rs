//! Traces of cells on the host: processes, control groups, mounts, files, IPC objects.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// First user id of the cells.
pub const FIRST_CELL_UID: u32 = 1_500_000_000;

/// One process of the host.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    /// Start time in clock ticks since boot. Together with the process id it is unique.
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

    /// `PID.START`, as in the names of the control groups that the process made.
    pub fn instance(&self) -> String {
        format!("{}.{}", self.pid, self.started)
    }

    pub fn is_in_cell(&self) -> bool {
        self.uid >= FIRST_CELL_UID
    }
}

/// Returns all living descendants of a process.
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
    let matches = all.values().filter(|process| descends(process));
    matches
        .filter(|process| !process.is_zombie)
        .cloned()
        .collect()
}

fn process_ids() -> impl Iterator<Item = u32> {
    names(Path::new("/proc"))
        .into_iter()
        .filter_map(|name| name.parse().ok())
}

/// Returns the jail helper of a service.
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

/// Returns the folders `letscode.PID.START` in all hierarchies of control groups, by `PID.START`.
pub fn cgroup_folders() -> Vec<(String, PathBuf)> {
    let mut matches = Vec::new();
    walk(Path::new("/sys/fs/cgroup"), &mut |folder, name| {
        let instance = name.strip_prefix("letscode.");
        if let Some(instance) = instance {
            matches.push((instance.to_owned(), folder.to_owned()));
        }
        instance.is_none()
    });
    matches
}

/// Visits the folders below a folder; the visitor returns true to descend into one.
fn walk(folder: &Path, visit: &mut impl FnMut(&Path, &str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && visit(&entry.path(), &entry.file_name().to_string_lossy()) {
            walk(&entry.path(), visit);
        }
    }
}

/// Returns the files of cell users in the host's folders for temporary files.
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

/// Returns the System V shared memory, semaphores and queues of cell users.
pub fn ipc_of_cells() -> Vec<String> {
    let mut matches = Vec::new();
    for kind in ["shm", "sem", "msg"] {
        let table = fs::read_to_string(format!("/proc/sysvipc/{kind}")).unwrap_or_default();
        let mut lines = table.lines();
        let header = lines.next().unwrap_or_default();
        let column = header.split_whitespace().position(|name| name == "cuid");
        matches.extend(
            lines
                .filter(|line| {
                    let uid = column.and_then(|column| line.split_whitespace().nth(column));
                    uid.and_then(|uid| uid.parse().ok())
                        .is_some_and(|uid: u32| uid >= FIRST_CELL_UID)
                })
                .map(|line| format!("{kind}: {line}")),
        );
    }
    matches
}

/// Returns the names in a folder; none if the folder does not exist.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
