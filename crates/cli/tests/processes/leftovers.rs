//! Nothing of a program stays on the host, whatever it does and however it ends.
//!
//! Other tests run at the same time, so that each thing is identified by its owner: processes by
//! their ancestor (orphans come to the test, which is made a subreaper), control groups by the
//! process that made them, temporary files by a folder of the test's own, and files and IPC
//! objects elsewhere by their owner, a cell's user.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::MutexGuard;
use std::time::Duration;

use crate::alone;
use crate::support::host::{self, Process};
use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{LETSCODE, Source, TIMEOUT, eventually, jury, problem};
use rstest::rstest;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};
use serde_json::Value;

/// Time that the kernel and a helper that outlived its service may need to clean up.
const GRACE: Duration = Duration::from_secs(5);

/// State of the host before a test, and the processes that the test starts.
struct Watch {
    mounts: BTreeSet<String>,
    temporary: tempfile::TempDir,
    /// Processes that were observed, as `PID.START`.
    known_processes: BTreeSet<String>,
    cells_seen: bool,
    groups_seen: bool,
    /// Tests in one process would see each other's processes.
    _alone: MutexGuard<'static, ()>,
}

impl Watch {
    fn begin() -> Self {
        let alone = alone();
        set_child_subreaper(Some(getpid())).unwrap();
        let temporary = tempfile::tempdir().unwrap();
        // Like /tmp: a service that was started as root changes its user.
        fs::set_permissions(temporary.path(), Permissions::from_mode(0o1777)).unwrap();
        Watch {
            mounts: host::mounts().into_iter().collect(),
            temporary,
            known_processes: BTreeSet::new(),
            cells_seen: false,
            groups_seen: false,
            _alone: alone,
        }
    }

    fn start(&self, args: &[&str]) -> Guarded {
        let command = Command::new(LETSCODE)
            .args(args)
            .env("TMPDIR", self.temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Guarded(command.unwrap())
    }

    /// Records the living processes.
    fn observe(&mut self) -> Vec<Process> {
        let living = descendants_of_ours();
        self.known_processes
            .extend(living.iter().map(Process::instance));
        self.cells_seen |= living.iter().any(Process::is_in_cell);
        self.groups_seen |= !self.cgroup_folders().is_empty();
        living
    }

    fn cgroup_folders(&self) -> Vec<PathBuf> {
        let folders = host::cgroup_folders().into_iter();
        let own_folders = folders.filter(|(instance, _)| self.known_processes.contains(instance));
        own_folders.map(|(_, folder)| folder).collect()
    }

    /// Judges a source, observing the host meanwhile, and returns the verdict.
    fn judge(&mut self, package: &Path, source: &Path) -> String {
        let [package, source] = [package, source].map(|path| path.to_str().unwrap());
        let mut child = self.start(&["judge", "--json", package, source]);
        eventually("judging ends", TIMEOUT, || {
            self.observe();
            let ended = child.0.try_wait().unwrap();
            ended.ok_or_else(|| format!("{source} is judged"))
        });
        let mut body = String::new();
        let mut stdout = child.0.stdout.take().unwrap();
        stdout.read_to_string(&mut body).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        body["verdict"]["status"].as_str().unwrap().to_owned()
    }

    /// Waits until a program in Python runs in some cell, and not just the check of its syntax.
    fn wait_for_program(&mut self) {
        let is_program = |process: &Process| {
            process.is_in_cell() && process.command.trim_end().ends_with("python3 solution.py")
        };
        eventually("a program in a cell", TIMEOUT, || {
            let living = self.observe();
            if living.iter().any(is_program) {
                Ok(())
            } else {
                Err(format!("{living:?}"))
            }
        });
    }

    /// Returns everything that is still on the host.
    fn leftovers(&self) -> Vec<String> {
        let mounts = host::mounts().into_iter();
        let mounts = mounts.filter(|mount| !self.mounts.contains(mount));
        let groups = self.cgroup_folders();
        let temporary = host::names(self.temporary.path());
        let files = host::files_of_cells();
        let processes = descendants_of_ours();
        (mounts.map(|mount| format!("mount {mount}")))
            .chain(
                groups
                    .iter()
                    .map(|path| format!("cgroup {}", path.display())),
            )
            .chain(
                temporary
                    .iter()
                    .map(|name| format!("temporary file {name}")),
            )
            .chain(files.iter().map(|path| format!("file {}", path.display())))
            .chain(processes.iter().map(|process| format!("{process:?}")))
            .chain(host::ipc_of_cells())
            .collect()
    }

    /// Asserts that cells were made and that nothing is left of them.
    fn assert_clean(self) {
        assert!(
            self.cells_seen && self.groups_seen,
            "the test saw no cell at work"
        );
        eventually("nothing is left", GRACE, || {
            let leftovers = self.leftovers();
            if leftovers.is_empty() {
                Ok(())
            } else {
                Err(leftovers.join("\n"))
            }
        });
    }
}

fn descendants_of_ours() -> Vec<Process> {
    host::descendants(std::process::id())
}

/// A process that is killed with SIGKILL when the value is dropped.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[rstest]
#[case::normal("aplusb/accepted/solution.py", "Accepted")]
#[case::compiled("aplusb/accepted/solution.cpp", "Accepted")]
#[case::compiler("count-primes/compile_error/moved-value.rs", "Compilation Error")]
#[case::cpu_time("aplusb/time_limit_exceeded/waits-forever.js", "Time Limit Exceeded")]
#[case::memory(
    "longest-common-subsequence/memory_limit_exceeded/string-table.cpp",
    "Memory Limit Exceeded"
)]
#[case::output(
    "reverse-words/output_limit_exceeded/prints-forever.py",
    "Output Limit Exceeded"
)]
#[case::crash("balanced-brackets/run_time_error/unwrap-on-empty.rs", "Runtime Error")]
fn nothing_is_left_after_judging(#[case] path: &str, #[case] verdict: &str) {
    let mut watch = Watch::begin();
    let (id, _) = path.split_once('/').unwrap();
    assert_eq!(watch.judge(&problem(id), &jury(path)), verdict);
    watch.assert_clean();
}

/// Writes files wherever it can, and starts threads that outlive `main`.
const LITTERER: &str = r#"
#include <cstdio>
#include <thread>
#include <unistd.h>
int main() {
    const char *const paths[] = {"/tmp/litter", "/dev/shm/litter", "/workspace/litter", "litter"};
    for (const char *path : paths) {
        if (FILE *file = fopen(path, "w")) fclose(file);
        else perror(path);
    }
    for (int i = 0; i < 4; i++) std::thread([] { for (;;) pause(); }).detach();
    usleep(100000);
    puts("7");
}
"#;

const SHARED_MEMORY: &str = r#"
#include <sys/ipc.h>
#include <sys/shm.h>
int main() { return shmget(0x1e75, 4096, IPC_CREAT | 0666) < 0; }
"#;

const FORKER: &str = r#"
#include <unistd.h>
int main() { for (;;) if (fork() < 0) pause(); }
"#;

const PYTHON_FORKER: &str = "import os\nwhile True: os.fork()\n";

const DAEMON: &str = "\
const { spawn } = require('child_process');
spawn('/usr/bin/node', ['-e', 'for (;;);'], { detached: true }).unref();
";

/// The outcomes are tested in the sandbox's crate; here only that the program ran.
#[rstest]
#[case::litterer("a.cpp", LITTERER)]
#[case::shared_memory("a.cpp", SHARED_MEMORY)]
#[case::forker("a.cpp", FORKER)]
#[case::python_forker("a.py", PYTHON_FORKER)]
#[case::daemon("a.js", DAEMON)]
fn nothing_is_left_of_spreading_programs(#[case] name: &str, #[case] code: &str) {
    let mut watch = Watch::begin();
    let source = Source::new(name, code);
    let verdict = watch.judge(&Package::echo("echo", 0).path(), source.path());
    let never_ran = ["Compilation Error", "Internal Error"];
    assert!(!never_ran.contains(&verdict.as_str()), "{verdict}");
    watch.assert_clean();
}

const SLEEPER: &str = "import time\ntime.sleep(60)\n";
const SPINNER: &str = "while True: pass\n";

#[rstest]
#[case::asleep(SLEEPER)]
#[case::at_work(SPINNER)]
fn nothing_is_left_when_run_is_killed(#[case] code: &str) {
    let mut watch = Watch::begin();
    let source = Source::new("a.py", code);
    let command = watch.start(&["run", source.arg()]);
    watch.wait_for_program();
    drop(command);
    watch.assert_clean();
}

/// The data folder, which stays, is outside of the folder for temporary files.
#[test]
fn nothing_is_left_when_serve_is_killed_while_it_judges() {
    let mut watch = Watch::begin();
    let data = tempfile::tempdir().unwrap();
    let service = start_service(&watch, data.path());
    for _ in 0..4 {
        service.submit("aplusb", "python", SPINNER);
    }
    watch.wait_for_program();
    service.kill();
    watch.assert_clean();
}

#[test]
fn nothing_is_left_when_serve_ends() {
    let mut watch = Watch::begin();
    let data = tempfile::tempdir().unwrap();
    let service = start_service(&watch, data.path());
    service.submit(
        "aplusb",
        "python",
        "import time\ntime.sleep(0.1)\nprint(3)\n",
    );
    watch.wait_for_program();
    assert_eq!(service.terminate().code(), Some(0));
    watch.assert_clean();
}

/// In a container, processes that outlive the service are killed before they can clean up.
#[test]
fn serve_ends_after_its_cells_during_warm_up() {
    let mut watch = Watch::begin();
    let data = tempfile::tempdir().unwrap();
    let service = start_service(&watch, data.path());
    eventually("cells wait", TIMEOUT, || {
        let living = watch.observe();
        if watch.cells_seen {
            Ok(())
        } else {
            Err(format!("{living:?}"))
        }
    });
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(watch.leftovers(), [""; 0]);
    watch.assert_clean();
}

/// Its cell dies with it; the helper removes the control group when it ends.
#[test]
fn nothing_is_left_when_a_supervisor_is_killed() {
    let mut watch = Watch::begin();
    let source = Source::new("a.py", SPINNER);
    let mut command = watch.start(&["run", source.arg()]);
    watch.wait_for_program();
    let living = watch.observe();
    let inits = living.iter().filter(|process| {
        let parent = living
            .iter()
            .find(|candidate| candidate.pid == process.parent);
        process.is_in_cell() && parent.is_some_and(|parent| !parent.is_in_cell())
    });
    for init in inits {
        let supervisor = Pid::from_raw(init.parent as i32).unwrap();
        kill_process(supervisor, Signal::KILL).unwrap();
    }
    assert_eq!(command.0.wait().unwrap().code(), Some(2));
    watch.assert_clean();
}

/// A killed helper can't clean up, so that the next one does.
#[test]
fn next_jail_helper_cleans_up_after_a_killed_one() {
    let mut watch = Watch::begin();
    let data = tempfile::tempdir().unwrap();
    let service = start_service(&watch, data.path());
    service.submit("aplusb", "python", SPINNER);
    watch.wait_for_program();
    service.kill_helper();
    service.kill();
    eventually("the cells end", GRACE, || match watch.observe() {
        none if none.is_empty() => Ok(()),
        some => Err(format!("{some:?}")),
    });
    // Reaps zombies as init would: for the next helper, a zombie still exists.
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
    watch.judge(&problem("aplusb"), &jury("aplusb/accepted/solution.py"));
    watch.assert_clean();
}

fn start_service(watch: &Watch, data: &Path) -> Service {
    Service::start_in(data, watch.temporary.path())
}
