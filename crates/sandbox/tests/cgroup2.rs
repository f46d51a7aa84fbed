//! Where on a real version 2 hierarchy a helper makes its cells, depending on where it is started.
//!
//! Needs root and a hierarchy with controllers, which `make test-cgroup2` boots a machine for; is
//! skipped elsewhere. What it makes, it makes in groups of its own.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use letscode_sandbox::{
    CellProfile, Isolation, Jail, JailConfig, Limits, Outcome, ProgramSource, RootPart, RunRequest,
    SandboxError, StdStream, system_libraries,
};
use tempfile::TempDir;

const TOP: &str = "/sys/fs/cgroup";
const NOBODY: u32 = 65534;

/// A group to start helpers in, removed at the end with everything below it.
struct Group {
    folder: PathBuf,
    /// The groups that other tests make at the top must not be taken for this one's.
    _alone: MutexGuard<'static, ()>,
}

impl Group {
    /// `None`, with a message, where this can't be tried.
    fn new() -> Option<Group> {
        static ALONE: Mutex<()> = Mutex::new(());
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let alone = ALONE
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let controllers = fs::read_to_string(Path::new(TOP).join("cgroup.controllers"));
        let has_all = controllers.is_ok_and(|all| {
            ["memory", "pids", "cpu"]
                .iter()
                .all(|name| all.split_whitespace().any(|one| one == *name))
        });
        if !has_all || !rustix::process::geteuid().is_root() {
            println!("skipped: needs root and a version 2 hierarchy with controllers at {TOP}");
            return None;
        }
        hand_down(Path::new(TOP));
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("letscode-test-{}-{number}", std::process::id());
        let folder = Path::new(TOP).join(name);
        fs::create_dir(&folder).unwrap();
        Some(Group {
            folder,
            _alone: alone,
        })
    }

    fn below(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// As `Delegate=yes` gives a group to a user.
    fn give_to_nobody(&self) {
        for file in ["", "cgroup.procs", "cgroup.subtree_control"] {
            chown(self.folder.join(file), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for child in names_in(&self.folder) {
            let _ = fs::remove_dir(self.folder.join(child));
        }
        if let Err(error) = fs::remove_dir(&self.folder) {
            println!("{}: {error}", self.folder.display());
        }
    }
}

fn hand_down(folder: &Path) {
    fs::write(folder.join("cgroup.subtree_control"), "+memory +pids +cpu").unwrap();
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The helpers' folders in a group.
fn helpers_in(folder: &Path) -> Vec<String> {
    let mut names = names_in(folder);
    names.retain(|name| name.starts_with("letscode."));
    names
}

/// Starts a helper that is in `group` from its first step on. This process, its service, is not.
fn start_in(group: &Path, as_nobody: bool) -> Result<Jail, SandboxError> {
    // Where everybody may execute it.
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let jail = folder.path().join("jail");
    fs::copy(env!("CARGO_BIN_EXE_jail"), &jail).unwrap();
    let become_nobody = match as_nobody {
        true => "exec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups",
        false => "exec",
    };
    let script = format!("echo $$ >\"$0/cgroup.procs\" && {become_nobody} \"$1\"");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut root = system_libraries().unwrap();
    root.extend(["/usr/bin/cat"].map(|path| RootPart::Bind {
        source: path.into(),
        target: path.into(),
    }));
    Jail::start(JailConfig {
        helper: "/bin/sh".into(),
        helper_args: vec!["-c".into(), script, text(group), text(&jail)],
        profiles: vec![CellProfile {
            name: "cat".into(),
            root,
            policy: "native".into(),
            interpreter: None,
        }],
        isolation: Isolation::default(),
    })
}

/// A cell really works there, and is limited.
fn try_a_cell(jail: &Jail) {
    assert_eq!(jail.info().cgroup_version, Some(2));
    let done = jail.run(RunRequest {
        profile: "cat",
        limits: Limits::default(),
        program: ProgramSource::Path("/usr/bin/cat"),
        argv: vec!["cat".into(), "/proc/self/cgroup".into()],
        env: Vec::new(),
        stdin: StdStream::Null,
        stdout: StdStream::Captured,
        stderr: StdStream::Captured,
        files: Vec::new(),
        collect: Vec::new(),
    });
    let done = done.unwrap();
    let said = std::io::read_to_string(done.stdout.unwrap()).unwrap();
    let complaint = std::io::read_to_string(done.stderr.unwrap()).unwrap();
    assert_eq!(
        done.outcome,
        Outcome::Exited { code: 0 },
        "{said}{complaint}"
    );
    assert_eq!(said, "0::/\n", "the cell sees itself at the root");
    assert!(done.usage.cpu_time > std::time::Duration::ZERO);
    assert!(done.usage.memory_bytes > 0);
}

/// A process that is a child of this one: the service's own.
struct Own(Child);

impl Own {
    fn in_group(group: &Path) -> Own {
        let child = Command::new("sleep").arg("300").spawn().unwrap();
        fs::write(group.join("cgroup.procs"), child.id().to_string()).unwrap();
        Own(child)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A process that descends from somebody else, like the shell that a user typed into.
struct Stranger(String);

impl Stranger {
    fn in_group(group: &Path) -> Stranger {
        // The shell ends, and its child becomes init's.
        let output = Command::new("setsid")
            .args(["sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!"])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let pid = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        fs::write(group.join("cgroup.procs"), &pid).unwrap();
        Stranger(pid)
    }

    fn group(&self) -> PathBuf {
        group_of(&self.0)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        Command::new("kill").arg(&self.0).status().unwrap();
        // Its group can be removed once it is gone.
        while Path::new("/proc")
            .join(&self.0)
            .join("exe")
            .read_link()
            .is_ok()
        {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

fn group_of(pid: &str) -> PathBuf {
    let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"));
    Path::new(TOP).join(path.unwrap())
}

#[test]
fn in_the_root_group_cells_are_made_right_there() {
    let Some(_group) = Group::new() else { return };
    let before = helpers_in(Path::new(TOP)).len();
    let jail = start_in(Path::new(TOP), false).unwrap();
    assert_eq!(helpers_in(Path::new(TOP)).len(), before + 1);
    try_a_cell(&jail);
    drop(jail);
    assert_eq!(helpers_in(Path::new(TOP)).len(), before, "nothing is left");
}

#[test]
fn in_a_leaf_of_a_delegated_group_nothing_is_moved() {
    let Some(group) = Group::new() else { return };
    let leaf = group.below("leaf");
    let stranger = Stranger::in_group(&leaf);
    let mark = rustix::fs::setxattr(
        &group.folder,
        "trusted.delegate",
        b"1",
        rustix::fs::XattrFlags::empty(),
    );
    mark.unwrap();
    let jail = start_in(&leaf, false).unwrap();
    assert_eq!(helpers_in(&group.folder).len(), 1);
    assert_eq!(stranger.group(), leaf);
    try_a_cell(&jail);
}

#[test]
fn a_group_of_the_service_alone_is_emptied_into_a_leaf() {
    let Some(group) = Group::new() else { return };
    let own = Own::in_group(&group.folder);
    let jail = start_in(&group.folder, false).unwrap();
    let leaf = group.folder.join("letscode-service");
    assert_eq!(helpers_in(&group.folder).len(), 1);
    assert_eq!(group_of(&own.0.id().to_string()), leaf);
    try_a_cell(&jail);
    drop(jail);
    // A service that is restarted in place starts in the leaf.
    let jail = start_in(&leaf, false).unwrap();
    assert_eq!(helpers_in(&group.folder).len(), 1);
    try_a_cell(&jail);
}

#[test]
fn beside_a_strangers_process_root_takes_the_top_and_moves_nobody() {
    let Some(group) = Group::new() else { return };
    let stranger = Stranger::in_group(&group.folder);
    let before = helpers_in(Path::new(TOP)).len();
    let jail = start_in(&group.folder, false).unwrap();
    assert_eq!(stranger.group(), group.folder);
    assert_eq!(names_in(&group.folder), Vec::<String>::new());
    assert_eq!(helpers_in(Path::new(TOP)).len(), before + 1);
    try_a_cell(&jail);
}

#[test]
fn beside_a_strangers_process_a_user_is_told_what_to_do() {
    let Some(group) = Group::new() else { return };
    group.give_to_nobody();
    let stranger = Stranger::in_group(&group.folder);
    let error = start_in(&group.folder, true).unwrap_err();
    for part in [
        &*stranger.0,
        "sleep",
        "systemd-run --user --scope",
        "Delegate=yes",
    ] {
        assert!(error.detail.contains(part), "{error}");
    }
    assert_eq!(stranger.group(), group.folder);
    assert_eq!(names_in(&group.folder), Vec::<String>::new());
}

#[test]
fn a_user_gets_the_group_that_was_delegated() {
    let Some(group) = Group::new() else { return };
    group.give_to_nobody();
    let jail = start_in(&group.folder, true).unwrap();
    assert_eq!(helpers_in(&group.folder).len(), 1);
    assert_eq!(jail.info().cgroup_version, Some(2));
    drop(jail);
    assert_eq!(helpers_in(&group.folder).len(), 0, "nothing is left");
}

#[test]
fn a_user_without_delegation_is_told_so() {
    let Some(group) = Group::new() else { return };
    let error = start_in(&group.folder, true).unwrap_err();
    assert!(error.detail.contains("not delegated"), "{error}");
}

#[test]
fn a_user_who_lacks_a_controller_is_told_which() {
    let Some(group) = Group::new() else { return };
    fs::write(group.folder.join("cgroup.subtree_control"), "+memory +pids").unwrap();
    let below = group.below("below");
    for file in ["", "cgroup.procs", "cgroup.subtree_control"] {
        chown(below.join(file), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let error = start_in(&below, true).unwrap_err();
    assert!(
        error.detail.contains("the controllers cpu are not"),
        "{error}"
    );
}

#[test]
fn io_is_limited_where_its_controller_is_handed_down() {
    let Some(group) = Group::new() else { return };
    let top = fs::read_to_string(Path::new(TOP).join("cgroup.controllers")).unwrap();
    if !top.split(' ').any(|name| name.trim() == "io") || !has_disks() {
        println!("skipped: there is no controller for I/O here, or no disk");
        return;
    }
    fs::write(Path::new(TOP).join("cgroup.subtree_control"), "+io").unwrap();
    for (handed_down, limits_io) in [("+memory +pids +cpu", false), ("+io", true)] {
        fs::write(group.folder.join("cgroup.subtree_control"), handed_down).unwrap();
        let below = group.below(handed_down);
        for file in ["", "cgroup.procs", "cgroup.subtree_control"] {
            chown(below.join(file), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let jail = start_in(&below, true).unwrap();
        assert_eq!(jail.info().limits_io, limits_io, "{handed_down}");
        drop(jail);
        fs::remove_dir(below.join("letscode-service")).unwrap();
    }
    // A cell's rate is really written there: `cold_reads_are_slowed_to_the_io_limit`.
}

/// Other than those that are made of memory or files.
fn has_disks() -> bool {
    let disks = fs::read_dir("/sys/block").unwrap().flatten();
    let mut names = disks.map(|disk| disk.file_name().to_string_lossy().into_owned());
    names.any(|name| {
        ["sd", "vd", "nvme"]
            .iter()
            .any(|kind| name.starts_with(kind))
    })
}
