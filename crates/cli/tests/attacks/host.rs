//! State of the host before and after the attacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
};
use tempfile::TempDir;

use crate::program::RunObservation;
use crate::resources::Resources;
use crate::{FOLDER, MARK, SECRET};

/// Lock between the tests of this binary, also when each runs in a process of its own.
pub struct Turn {
    pub _lock: File,
    pub _in_this_process: MutexGuard<'static, ()>,
}

impl Turn {
    pub fn with_others() -> Turn {
        Turn::take(File::lock_shared)
    }

    /// Exclusive, for a test that would disturb the timing of others.
    pub fn alone() -> Turn {
        Turn::take(File::lock)
    }

    pub fn take(lock: fn(&File) -> std::io::Result<()>) -> Turn {
        /// One test at a time, because all descendants of this process are checked.
        static ONE: Mutex<()> = Mutex::new(());
        let guard = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attacks.lock");
        let file = File::create(path).unwrap();
        lock(&file).unwrap();
        Turn {
            _lock: file,
            _in_this_process: guard,
        }
    }
}

/// State of the host before the attacks, to find changes.
pub struct Host {
    pub folder: TempDir,
    pub canary: PathBuf,
    /// Open without close-on-exec, like in a careless service.
    pub _leak: File,
    pub mounts: BTreeSet<String>,
    pub resources: Resources,
    /// Processes of all runs: names of control groups have the id of the process that made them.
    pub families: Mutex<Family>,
    /// Changes that every run can see; reported once, for the first program after which they occur.
    pub reported: Mutex<BTreeSet<String>>,
}

/// Processes of a run, with their start times.
pub type Family = BTreeMap<u32, u64>;

pub const CANARY: &str = "nobody has touched this\n";

/// Timeout for processes and files that are about to disappear.
const TIMEOUT: Duration = Duration::from_secs(3);

impl Host {
    pub fn remember() -> Host {
        // Orphans of a run become our children, so that they can be found.
        set_child_subreaper(Some(getpid())).unwrap();
        let folder = TempDir::new().unwrap();
        let canary = folder.path().join("canary");
        fs::write(&canary, CANARY).unwrap();
        let leak = File::open(&canary).unwrap();
        rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
        Host {
            folder,
            canary,
            _leak: leak,
            mounts: mounts(),
            resources: Resources::now(),
            families: Mutex::default(),
            reported: Mutex::default(),
        }
    }

    pub fn command(&self, arguments: &[&str], source: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_letscode"));
        command
            .args(arguments)
            .arg("--")
            .arg(source)
            .env(SECRET.0, SECRET.1)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Runs a command and checks for leftovers. Output goes to files, because a pipe could block.
    pub fn run(
        &self,
        arguments: &[&str],
        source: &Path,
        input: &str,
        within: Duration,
    ) -> RunObservation {
        let mut files = [(); 3].map(|()| tempfile::tempfile().unwrap());
        files[0].write_all(input.as_bytes()).unwrap();
        files[0].rewind().unwrap();
        let [stdin, stdout, stderr] = files.each_ref().map(|file| file.try_clone().unwrap());
        let temporary = TempDir::new().unwrap();
        let started = Instant::now();
        let mut child = self
            .command(arguments, source)
            .env("TMPDIR", temporary.path())
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut family = Family::new();
        let mut timed_out = false;
        while child.try_wait().unwrap().is_none() {
            add_family(child.id(), &mut family);
            if started.elapsed() > within {
                timed_out = true;
                child.kill().unwrap();
            }
            thread::sleep(Duration::from_millis(10));
        }
        let took = started.elapsed();
        self.families.lock().unwrap().extend(&family);
        let text = |mut file: &File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        RunObservation {
            stdin: input.to_owned(),
            stdout: text(&files[1]),
            stderr: text(&files[2]),
            timed_out,
            took,
            leftovers: self.left_by(&family, temporary.path()),
        }
    }

    /// Remembers the processes of a run, for [`Host::changes`].
    pub fn remember_family(&self, run: u32) {
        add_family(run, &mut self.families.lock().unwrap());
    }

    /// Returns the leftovers of one run, while other runs may be active.
    fn left_by(&self, family: &Family, temporary: &Path) -> Vec<String> {
        retry_until_empty(|| {
            let mut leftovers = processes_of(family);
            leftovers.extend(groups_of(family));
            for entry in fs::read_dir(temporary).unwrap().flatten() {
                leftovers.push(format!("left a file: {}", entry.path().display()));
            }
            let reported = self.reported.lock().unwrap();
            let of_anybody = self.changed_files().into_iter();
            leftovers.extend(of_anybody.filter(|fault| !reported.contains(fault)));
            leftovers
        })
        .into_iter()
        .inspect(|fault| {
            self.reported.lock().unwrap().insert(fault.clone());
        })
        .collect()
    }

    /// Returns the changes of the host after all runs have ended.
    pub fn changes(&mut self) -> Vec<String> {
        retry_until_empty(|| self.probe())
    }

    fn probe(&self) -> Vec<String> {
        // Reap orphans that have ended already.
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
        let mut leftovers: Vec<String> = descendants();
        leftovers.extend(groups_of(&self.families.lock().unwrap()));
        let new = mounts();
        let new = new
            .difference(&self.mounts)
            .filter(|mount| is_our_mount(mount));
        leftovers.extend(new.map(|mount| format!("left a mount: {mount}")));
        leftovers.extend(self.changed_files());
        leftovers.extend(self.resources.lost());
        leftovers
    }

    fn changed_files(&self) -> Vec<String> {
        let mut leftovers = Vec::new();
        if fs::read_to_string(&self.canary).ok().as_deref() != Some(CANARY) {
            leftovers.push("the canary was changed".to_owned());
        }
        if fs::read_dir(self.folder.path()).unwrap().count() != 1 {
            leftovers.push("something was made beside the canary".to_owned());
        }
        for place in [
            "/",
            "/tmp",
            "/var/tmp",
            "/dev/shm",
            "/run/lock",
            "/run",
            "/etc",
            FOLDER,
            ".",
        ] {
            let entries = fs::read_dir(place).into_iter().flatten().flatten();
            let marks = entries.filter(|entry| entry.file_name().to_string_lossy().contains(MARK));
            leftovers.extend(marks.map(|mark| format!("left a file: {}", mark.path().display())));
        }
        leftovers
    }
}

/// Repeats a check until it finds nothing or the timeout is over.
fn retry_until_empty(probe: impl Fn() -> Vec<String>) -> Vec<String> {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let leftovers = probe();
        if leftovers.is_empty() || Instant::now() > deadline {
            return leftovers;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Adds a run's monitor, its helper, and the supervisors and inits of its cells.
fn add_family(run: u32, family: &mut Family) {
    let mut generation = vec![run];
    for _ in 0..4 {
        let children = |pid: u32| {
            let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
            let pids = text.unwrap_or_default();
            pids.split_whitespace()
                .flat_map(str::parse)
                .collect::<Vec<u32>>()
        };
        generation = generation.into_iter().flat_map(children).collect();
        let living = generation.iter().filter_map(|pid| Process::read(*pid));
        family.extend(living.map(|process| (process.pid, process.started)));
    }
}

/// A live process.
struct Process {
    pid: u32,
    parent: u32,
    /// Start time in clock ticks since boot: distinguishes it from a later process with the same id.
    started: u64,
}

impl Process {
    /// Returns `None` for a zombie.
    fn read(pid: u32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, after_name) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = after_name.split(' ').collect();
        let process = Process {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        };
        (!["Z", "X"].contains(&fields[0])).then_some(process)
    }

    fn all() -> Vec<Process> {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        entries
            .filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?))
            .collect()
    }

    /// Describes a process for a message, with its command line and its control groups.
    fn describe(&self) -> String {
        let pid = self.pid;
        let read =
            |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let state = read("status")
            .lines()
            .take(9)
            .collect::<Vec<_>>()
            .join(", ");
        format!("left a process: {pid} {:?} {state}", read("cmdline"))
    }
}

/// Returns the living processes of a run, and those in a control group that it made.
fn processes_of(family: &Family) -> Vec<String> {
    let is_in_its_group = |pid: u32| {
        let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        groups.split(['/', '\n']).any(|name| is_of(name, family))
    };
    Process::all()
        .iter()
        .filter(|process| {
            family.get(&process.pid) == Some(&process.started) || is_in_its_group(process.pid)
        })
        .map(Process::describe)
        .collect()
}

/// Returns the living descendants of this process, with their command lines.
fn descendants() -> Vec<String> {
    let mut family = BTreeSet::from([std::process::id()]);
    let mut candidates = Process::all();
    let mut leftovers = Vec::new();
    loop {
        let (children, rest): (Vec<Process>, Vec<Process>) = candidates
            .into_iter()
            .partition(|process| family.contains(&process.parent));
        if children.is_empty() {
            return leftovers;
        }
        family.extend(children.iter().map(|child| child.pid));
        leftovers.extend(children.iter().map(Process::describe));
        candidates = rest;
    }
}

/// True if the name is that of a control group that one of these processes made.
fn is_of(name: &str, family: &Family) -> bool {
    let mut parts = name.split('.');
    let is_letscode = parts.next() == Some("letscode");
    let pid = parts.next().map(str::parse);
    let started = parts.next().map(str::parse);
    match (pid, started) {
        (Some(Ok(pid)), Some(Ok(started))) => is_letscode && family.get(&pid) == Some(&started),
        _ => false,
    }
}

fn groups_of(family: &Family) -> Vec<String> {
    let mut leftovers = Vec::new();
    find_groups(Path::new("/sys/fs/cgroup"), family, 6, &mut leftovers);
    leftovers
}

fn find_groups(folder: &Path, family: &Family, depth: u32, leftovers: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if depth == 0 || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if is_of(&entry.file_name().to_string_lossy(), family) {
            leftovers.push(format!("left a control group: {}", entry.path().display()));
        }
        find_groups(&entry.path(), family, depth - 1, leftovers);
    }
}

/// Returns the mount points of the host.
pub fn mounts() -> BTreeSet<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let points = table.lines().filter_map(|line| line.split(' ').nth(4));
    points.map(str::to_owned).collect()
}

/// True unless containers or other tests may mount there at the same time.
pub fn is_our_mount(mount: &str) -> bool {
    !["/var/lib/", "/run/", "/tmp/"]
        .iter()
        .any(|prefix| mount.starts_with(prefix))
}

/// The checks find leftovers, and report changes that every run can see only once.
#[test]
fn leftovers_of_a_run_are_found() {
    let _turn = Turn::with_others();
    let host = Host::remember();
    let temporary = TempDir::new().unwrap();
    let mut run = Command::new("sh")
        .args(["-c", "sleep 60 & echo > canary; echo > $0/file; sleep 0.5"])
        .arg(temporary.path())
        .current_dir(host.folder.path())
        .spawn()
        .unwrap();
    let mut family = Family::new();
    while run.try_wait().unwrap().is_none() {
        add_family(run.id(), &mut family);
        thread::sleep(Duration::from_millis(10));
    }
    let leftovers = host.left_by(&family, temporary.path());
    let expected = ["left a process", "left a file", "the canary was changed"];
    assert_eq!(leftovers.len(), expected.len(), "{leftovers:#?}");
    for (leftover, beginning) in leftovers.iter().zip(expected) {
        assert!(leftover.starts_with(beginning), "{leftovers:#?}");
    }
    for process in Process::all() {
        if family.get(&process.pid) == Some(&process.started) {
            let pid = Pid::from_raw(process.pid.try_into().unwrap()).unwrap();
            kill_process(pid, Signal::KILL).unwrap();
        }
    }
    fs::remove_file(temporary.path().join("file")).unwrap();
    let again = host.left_by(&family, temporary.path());
    assert!(again.is_empty(), "{again:#?}");
}
