//! Tests on a real version 2 hierarchy in which group a helper makes its cells, depending on the
//! group that it is started in.
//!
//! Needs root and a hierarchy with controllers, for which `make test-cgroup2` boots a machine;
//! skipped elsewhere. Works only in groups of its own.

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
struct TestGroup {
    folder: PathBuf,
    /// Groups that other tests make at the top must not be taken for this one's.
    _alone: MutexGuard<'static, ()>,
}

impl TestGroup {
    /// `None`, with a message, if this machine can't run the test.
    fn new() -> Option<TestGroup> {
        static ALONE: Mutex<()> = Mutex::new(());
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let alone = ALONE
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let controllers = fs::read_to_string(Path::new(TOP).join("cgroup.controllers"));
        let has_all = controllers.is_ok_and(|all| {
            ["memory", "pids", "cpu"]
                .iter()
                .all(|name| all.split_whitespace().any(|controller| controller == *name))
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
        Some(TestGroup {
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

impl Drop for TestGroup {
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

/// Lists the helpers' folders in a group.
fn helpers_in(folder: &Path) -> Vec<String> {
    let mut names = names_in(folder);
    names.retain(|name| name.starts_with("letscode."));
    names
}

/// Starts a helper that is in `group` from the beginning. This process, its service, is not.
fn start_in(group: &Path, as_nobody: bool) -> Result<Jail, SandboxError> {
    // In a folder that every user may enter.
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let jail = folder.path().join("jail");
    fs::copy(env!("CARGO_BIN_EXE_jail"), &jail).unwrap();
    let exec = if as_nobody {
        "exec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups"
    } else {
        "exec"
    };
    let script = format!("echo $$ >\"$0/cgroup.procs\" && {exec} \"$1\"");
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
            cold_start: None,
        }],
        isolation: Isolation::default(),
    })
}

/// Checks that a cell works there, and is measured.
fn check_cell(jail: &Jail) {
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
        watch: None,
    });
    let done = done.unwrap();
    let output = std::io::read_to_string(done.stdout.unwrap()).unwrap();
    let errors = std::io::read_to_string(done.stderr.unwrap()).unwrap();
    assert_eq!(
        done.outcome,
        Outcome::Exited { code: 0 },
        "{output}{errors}"
    );
    assert_eq!(output, "0::/\n", "the cell sees itself at the root");
    assert!(done.usage.cpu_time > std::time::Duration::ZERO);
    assert!(done.usage.memory_bytes > 0);
}

/// A child of this process, as one of the service's own.
struct ServiceProcess(Child);

impl ServiceProcess {
    fn in_group(group: &Path) -> ServiceProcess {
        let child = Command::new("sleep").arg("300").spawn().unwrap();
        fs::write(group.join("cgroup.procs"), child.id().to_string()).unwrap();
        ServiceProcess(child)
    }
}

impl Drop for ServiceProcess {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A process that does not descend from this one, such as a user's shell.
struct ForeignProcess(String);

impl ForeignProcess {
    fn in_group(group: &Path) -> ForeignProcess {
        // The shell ends, and its child becomes init's.
        let output = Command::new("setsid")
            .args(["sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!"])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let pid = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        fs::write(group.join("cgroup.procs"), &pid).unwrap();
        ForeignProcess(pid)
    }

    fn group(&self) -> PathBuf {
        group_of(&self.0)
    }
}

impl Drop for ForeignProcess {
    fn drop(&mut self) {
        Command::new("kill").arg(&self.0).status().unwrap();
        // Its group can be removed once it has ended.
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
fn root_group_is_used_directly() {
    let Some(_group) = TestGroup::new() else {
        return;
    };
    let before = helpers_in(Path::new(TOP)).len();
    let jail = start_in(Path::new(TOP), false).unwrap();
    assert_eq!(helpers_in(Path::new(TOP)).len(), before + 1);
    check_cell(&jail);
    drop(jail);
    assert_eq!(helpers_in(Path::new(TOP)).len(), before, "nothing is left");
}

#[test]
fn delegated_parent_is_used_without_moves() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    let leaf = group.below("leaf");
    let foreign = ForeignProcess::in_group(&leaf);
    let mark = rustix::fs::setxattr(
        &group.folder,
        "trusted.delegate",
        b"1",
        rustix::fs::XattrFlags::empty(),
    );
    mark.unwrap();
    let jail = start_in(&leaf, false).unwrap();
    assert_eq!(helpers_in(&group.folder).len(), 1);
    assert_eq!(foreign.group(), leaf);
    check_cell(&jail);
}

#[test]
fn own_group_is_emptied_into_a_leaf() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    let own = ServiceProcess::in_group(&group.folder);
    let jail = start_in(&group.folder, false).unwrap();
    let leaf = group.folder.join("letscode-service");
    assert_eq!(helpers_in(&group.folder).len(), 1);
    assert_eq!(group_of(&own.0.id().to_string()), leaf);
    check_cell(&jail);
    drop(jail);
    // A service that is restarted in place starts in the leaf.
    let jail = start_in(&leaf, false).unwrap();
    assert_eq!(helpers_in(&group.folder).len(), 1);
    check_cell(&jail);
}

#[test]
fn root_falls_back_to_the_top() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    let foreign = ForeignProcess::in_group(&group.folder);
    let before = helpers_in(Path::new(TOP)).len();
    let jail = start_in(&group.folder, false).unwrap();
    assert_eq!(foreign.group(), group.folder);
    assert_eq!(names_in(&group.folder), Vec::<String>::new());
    assert_eq!(helpers_in(Path::new(TOP)).len(), before + 1);
    check_cell(&jail);
}

#[test]
fn foreign_processes_are_named_in_the_error() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    group.give_to_nobody();
    let foreign = ForeignProcess::in_group(&group.folder);
    let error = start_in(&group.folder, true).unwrap_err();
    for part in [
        &*foreign.0,
        "sleep",
        "systemd-run --user --scope",
        "Delegate=yes",
    ] {
        assert!(error.detail.contains(part), "{error}");
    }
    assert_eq!(foreign.group(), group.folder);
    assert_eq!(names_in(&group.folder), Vec::<String>::new());
}

#[test]
fn delegated_group_is_used() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    group.give_to_nobody();
    let jail = start_in(&group.folder, true).unwrap();
    assert_eq!(helpers_in(&group.folder).len(), 1);
    assert_eq!(jail.info().cgroup_version, Some(2));
    drop(jail);
    assert_eq!(helpers_in(&group.folder).len(), 0, "nothing is left");
}

#[test]
fn missing_delegation_is_named_in_the_error() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    let error = start_in(&group.folder, true).unwrap_err();
    assert!(error.detail.contains("not delegated"), "{error}");
}

#[test]
fn missing_controllers_are_named_in_the_error() {
    let Some(group) = TestGroup::new() else {
        return;
    };
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
fn io_is_limited_if_delegated() {
    let Some(group) = TestGroup::new() else {
        return;
    };
    let top = fs::read_to_string(Path::new(TOP).join("cgroup.controllers")).unwrap();
    if !top.split(' ').any(|name| name.trim() == "io") || !has_disks() {
        println!("skipped: there is no controller for I/O here, or no disk");
        return;
    }
    fs::write(Path::new(TOP).join("cgroup.subtree_control"), "+io").unwrap();
    for (enabled, limits_io) in [("+memory +pids +cpu", false), ("+io", true)] {
        fs::write(group.folder.join("cgroup.subtree_control"), enabled).unwrap();
        let below = group.below(enabled);
        for file in ["", "cgroup.procs", "cgroup.subtree_control"] {
            chown(below.join(file), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let jail = start_in(&below, true).unwrap();
        assert_eq!(jail.info().limits_io, limits_io, "{enabled}");
        drop(jail);
        fs::remove_dir(below.join("letscode-service")).unwrap();
    }
    // That the rate holds is tested by `cold_reads_are_slowed_to_the_io_limit`.
}

/// True if the machine has a disk that is not backed by memory or files.
fn has_disks() -> bool {
    let disks = fs::read_dir("/sys/block").unwrap().flatten();
    let mut names = disks.map(|disk| disk.file_name().to_string_lossy().into_owned());
    names.any(|name| {
        ["sd", "vd", "nvme"]
            .iter()
            .any(|kind| name.starts_with(kind))
    })
}
