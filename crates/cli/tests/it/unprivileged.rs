//! The service as a user without rights, and hostile programs that run as the same user.
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::service::Service;
use crate::support::{LETSCODE, Ran, TIMEOUT, eventually, host, status_of};
use tempfile::TempDir;

/// A copy of the binary that everybody may execute, and a user without rights.
struct Stranger {
    folder: TempDir,
    uid: u32,
}

/// User ids without an account, one per test, so that each test sees its own processes only. The
/// group id differs, because it may do so on any machine.
const STRANGERS: u32 = 1_499_999_000;
const GROUP: u32 = 1_499_998_999;
const ATTACKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sandbox/tests/attacks");

impl Stranger {
    /// Prints a message and returns `None` if the user can't be changed.
    fn new(number: u32) -> Option<Self> {
        let uid = STRANGERS + number;
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can try what another user can do");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(LETSCODE, folder.path().join("letscode")).unwrap();
        fs::write(folder.path().join("hello.py"), "print('hello', input())\n").unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        chown(&data, Some(uid), Some(GROUP)).unwrap();
        Some(Stranger { folder, uid })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.path("letscode"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .uid(self.uid)
            .gid(GROUP);
        command
    }

    fn letscode(&self, args: &[&str]) -> Ran {
        self.run(self.command(args), "world")
    }

    fn run(&self, mut command: Command, input: &str) -> Ran {
        let path = self.path("input");
        fs::write(&path, format!("{input}\n")).unwrap();
        let output = command
            .stdin(fs::File::open(path).unwrap())
            .output()
            .unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a process of the same user outside of any cell.
    fn bystander(&self) -> Child {
        let mut command = Command::new("sleep");
        let command = command.arg("600").uid(self.uid).gid(GROUP);
        command.stdin(Stdio::null()).spawn().unwrap()
    }

    fn contain(&self, name: &str, expected: &[&str], flags: &[&str]) {
        let copy = self.path(name);
        fs::copy(Path::new(ATTACKS).join(name), &copy).unwrap();
        self.contain_source(&copy, expected, flags);
    }

    fn contain_source(&self, source: &Path, expected: &[&str], flags: &[&str]) {
        let mut command = self.command(&["run", "--json"]);
        command.args(flags).arg(source);
        let report = self.run(command, "anonymous").json();
        let outcome = report["outcome"].as_str().unwrap();
        assert!(expected.contains(&outcome), "{source:?}: {report:#}");
        assert!(!report.to_string().contains("GOT THROUGH"), "{report:#}");
        // Only refused programs exit normally.
        assert!(outcome != "exited" || report["exitCode"] == 0, "{report:#}");
    }

    /// Fails with a list of the user's living processes.
    fn processes(&self) -> Result<(), String> {
        let own = |status: &String| status.contains(&format!("\nUid:\t{}\t", self.uid));
        let names = host::names(Path::new("/proc")).into_iter();
        let statuses = names.map(|name| fs::read_to_string(format!("/proc/{name}/status")));
        let living: Vec<String> = statuses.filter_map(Result::ok).filter(own).collect();
        if living.is_empty() {
            Ok(())
        } else {
            Err(living.join("\n"))
        }
    }

    /// True if this user can have a control group, which depends on the machine.
    fn has_groups(&self) -> bool {
        let ran = self.letscode(&["doctor", "--json"]);
        status_of(&ran.json(), "cgroups") == "enforced"
    }
}

#[test]
fn unprivileged_users_get_all_layers_but_cgroups() {
    let Some(stranger) = Stranger::new(0) else {
        return;
    };
    if stranger.has_groups() {
        eprintln!("skipped: here any user has control groups");
        return;
    }
    let findings = stranger.letscode(&["doctor", "--json"]).json();
    for layer in ["namespaces", "seccomp", "filesystem", "network"] {
        assert_eq!(status_of(&findings, layer), "enforced", "{findings:#}");
    }
    assert_eq!(status_of(&findings, "cgroups"), "degraded");
    let accepted = stranger.letscode(&["doctor", "--json", "--allow-degraded", "cgroups"]);
    assert_eq!(accepted.code, Some(0), "{accepted:#?}");

    let refused = stranger.letscode(&["run", "hello.py"]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("--allow-degraded cgroups"),
        "{refused:#?}"
    );
    let ran = stranger.letscode(&["run", "hello.py", "--allow-degraded", "cgroups"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "hello world\n"),
        "{ran:#?}"
    );
}

#[test]
fn serve_refuses_degraded_layers_unless_allowed() {
    let Some(stranger) = Stranger::new(1) else {
        return;
    };
    if stranger.has_groups() {
        eprintln!("skipped: here any user has control groups");
        return;
    }
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    let refused = stranger.letscode(&serve);
    let message = refused.refusal();
    for expected in [
        "cgroups is DEGRADED",
        "Delegate=yes",
        "--allow-degraded cgroups",
    ] {
        assert!(message.contains(expected), "{message}");
    }
    let mut accepted = stranger.command(&serve);
    accepted.args(["--allow-degraded", "cgroups"]);
    let service = Service::spawn(accepted);
    let (code, status) = service.get("/api/status");
    assert_eq!(
        (code, &status["degradedLayers"]),
        (200, &serde_json::json!(["cgroups"]))
    );
}

/// A program's file and its allowed outcomes.
type Expected = (&'static str, &'static [&'static str]);

/// One program of each kind that a control group or another user id would stop.
const HOSTILE: [Expected; 12] = [
    ("14-fork-bomb.py", &["exited"]),
    ("14-thread-bomb.cpp", &["exited"]),
    ("15-heap.py", &["memory_exceeded"]),
    ("15-threads-each-a-bit.cpp", &["memory_exceeded"]),
    (
        "15-page-tables.cpp",
        &["memory_exceeded", "wall_time_exceeded"],
    ),
    ("15-shared-and-dropped.cpp", &["exited"]),
    ("15-tmpfs.py", &["memory_exceeded"]),
    ("16-endless-stdout.py", &["output_exceeded"]),
    // The supervisor runs as the same user here: a program that kills it ends its own run.
    ("18-kill-all.py", &["signaled"]),
    ("18-proc-others.py", &["exited"]),
    ("19-kernel-files.py", &["exited"]),
    ("20-marks.py", &["exited"]),
];

#[test]
fn hostile_programs_are_contained_without_cgroups() {
    let Some(stranger) = Stranger::new(2) else {
        return;
    };
    let mut bystander = stranger.bystander();
    for (name, expected) in HOSTILE {
        stranger.contain(name, expected, &["--allow-degraded", "cgroups"]);
    }
    let source = stranger.path("shut.cpp");
    fs::write(&source, SHUT_THE_EXECUTABLE).unwrap();
    stranger.contain_source(&source, &["exited"], &["--allow-degraded", "cgroups"]);
    // It has the same user, and neither `kill -1` nor a killed cell has reached it.
    assert_eq!(bystander.try_wait().unwrap(), None);
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    eventually("nothing is left", TIMEOUT, || stranger.processes());
}

/// The user owns the file, which all runs of a submission share.
const SHUT_THE_EXECUTABLE: &str = r#"
#include <cstdio>
#include <sys/stat.h>
int main() {
    if (!chmod("/proc/self/exe", 0)) puts("GOT THROUGH");
}
"#;

#[test]
fn delegated_cgroups_give_all_layers() {
    let Some(stranger) = Stranger::new(3) else {
        return;
    };
    let Some(groups) = GivenGroups::make(stranger.uid) else {
        eprintln!("skipped: no control groups of version 1 here that we may divide");
        return;
    };
    let doctor = groups.run(&stranger, &["doctor", "--json"]);
    let findings = doctor.json();
    for layer in ["namespaces", "cgroups", "seccomp", "filesystem", "network"] {
        assert_eq!(status_of(&findings, layer), "enforced", "{findings:#}");
    }
    let hello = groups.run(&stranger, &["run", "hello.py"]);
    assert_eq!(hello.stdout, "hello world\n", "{hello:#?}");
    for attack in ["15-heap.py", "15-memfd.py"] {
        let path = format!("{ATTACKS}/{attack}");
        let ran = groups.run(&stranger, &["run", "--json", &path]);
        assert_eq!(ran.json()["outcome"], "memory_exceeded", "{ran:#?}");
    }
    assert_eq!(groups.left_inside(), Vec::<PathBuf>::new());
}

/// A control group in each controller of version 1, below our own group, owned by a user.
struct GivenGroups(Vec<PathBuf>);

impl GivenGroups {
    const CONTROLLERS: [&str; 5] = ["memory", "pids", "cpu", "cpuacct", "blkio"];

    fn make(uid: u32) -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap();
        let place = |controller: &str| {
            let of_controller = |line: &&str| {
                let names = line.split(':').nth(1).unwrap_or_default();
                names.split(',').any(|name| name == controller)
            };
            let line = own.lines().find(of_controller)?;
            let own = line.splitn(3, ':').nth(2)?.trim_start_matches('/');
            let parent = Path::new("/sys/fs/cgroup").join(controller).join(own);
            Some(parent.join(format!("letscode-test-{uid}")))
        };
        let mut groups = GivenGroups(Vec::new());
        for folder in Self::CONTROLLERS.iter().map(|controller| place(controller)) {
            let folder = folder?;
            fs::create_dir(&folder).ok()?;
            groups.0.push(folder.clone());
            for path in [folder.join("cgroup.procs"), folder] {
                chown(path, Some(uid), Some(GROUP)).unwrap();
            }
        }
        Some(groups)
    }

    /// Lets the user enter the groups, which it owns.
    fn run(&self, stranger: &Stranger, args: &[&str]) -> Ran {
        let enter: Vec<String> = self
            .0
            .iter()
            .map(|folder| format!("echo $$ > {}/cgroup.procs", folder.display()))
            .collect();
        let script = format!("{} && exec ./letscode \"$@\"", enter.join(" && "));
        let mut command = stranger.command(&[]);
        let folder = command.get_current_dir().unwrap().to_owned();
        command = Command::new("sh");
        command
            .args(["-c", &script, "letscode"])
            .args(args)
            .current_dir(folder)
            .uid(stranger.uid)
            .gid(GROUP);
        stranger.run(command, "world")
    }

    fn left_inside(&self) -> Vec<PathBuf> {
        let inside = |folder: &PathBuf| {
            let names = host::names(folder).into_iter();
            let paths = names.map(|name| folder.join(name));
            paths.filter(|path| path.is_dir()).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(inside).collect()
    }
}

impl Drop for GivenGroups {
    fn drop(&mut self) {
        for folder in &self.0 {
            for inside in self.left_inside() {
                let _ = fs::remove_dir(inside);
            }
            let _ = fs::remove_dir(folder);
        }
    }
}
