//! The host, looked at from outside: what was there before the attacks, and what is there after.

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

use crate::program::Seen;
use crate::resources::Resources;
use crate::{FOLDER, MARK, SECRET};

/// Keeps tests of this file apart where that is needed, also when each is a process of its own.
pub struct Turn {
    pub _lock: File,
    pub _in_this_process: MutexGuard<'static, ()>,
}

impl Turn {
    pub fn with_others() -> Turn {
        Turn::take(File::lock_shared)
    }

    /// For a test that would disturb the others' clocks.
    pub fn alone() -> Turn {
        Turn::take(File::lock)
    }

    pub fn take(lock: fn(&File) -> std::io::Result<()>) -> Turn {
        /// The descendants of this process are looked at, so one test at a time.
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

/// The host, as it was, to tell what has changed.
pub struct Host {
    pub folder: TempDir,
    pub canary: PathBuf,
    /// Open without close-on-exec, as a careless service would have it.
    pub _leak: File,
    pub mounts: BTreeSet<String>,
    pub resources: Resources,
    /// The processes of all runs: control groups carry the number of the one that made them.
    pub families: Mutex<Family>,
    /// What every run can see is told once, with the first program after which it was seen.
    pub told: Mutex<BTreeSet<String>>,
}

/// The processes that a run was seen to consist of, with the time at which each began.
pub type Family = BTreeMap<u32, u64>;

pub const CANARY: &str = "nobody has touched this\n";

/// How long that which is on its way out may take.
const PATIENCE: Duration = Duration::from_secs(3);

impl Host {
    pub fn remember() -> Host {
        // Whatever a run leaves behind becomes our child, and can be seen.
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
            told: Mutex::default(),
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

    /// Runs the command line, and looks at what it has left. Files and no pipes, so that nobody
    /// waits for a reader.
    pub fn run(&self, arguments: &[&str], source: &Path, input: &str, within: Duration) -> Seen {
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
            note_family(child.id(), &mut family);
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
        Seen {
            stdin: input.to_owned(),
            stdout: text(&files[1]),
            stderr: text(&files[2]),
            timed_out,
            took,
            left: self.left_by(&family, temporary.path()),
        }
    }

    /// Remembers the processes of a run, for [`Host::changes`].
    pub fn note(&self, run: u32) {
        note_family(run, &mut self.families.lock().unwrap());
    }

    /// What one run has left, while others may be at work.
    fn left_by(&self, family: &Family, temporary: &Path) -> Vec<String> {
        patiently(|| {
            let mut found = processes_of(family);
            found.extend(groups_of(family));
            for entry in fs::read_dir(temporary).unwrap().flatten() {
                found.push(format!("left a file: {}", entry.path().display()));
            }
            let told = self.told.lock().unwrap();
            let of_anybody = self.changed_files().into_iter();
            found.extend(of_anybody.filter(|fault| !told.contains(fault)));
            found
        })
        .into_iter()
        .inspect(|fault| {
            self.told.lock().unwrap().insert(fault.clone());
        })
        .collect()
    }

    /// What is not as it was, once every run has ended.
    pub fn changes(&mut self) -> Vec<String> {
        patiently(|| self.look())
    }

    fn look(&self) -> Vec<String> {
        // What became ours and is dead already is only waiting for somebody to notice.
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
        let mut found: Vec<String> = descendants();
        found.extend(groups_of(&self.families.lock().unwrap()));
        let new = mounts();
        let new = new.difference(&self.mounts).filter(|mount| ours(mount));
        found.extend(new.map(|mount| format!("left a mount: {mount}")));
        found.extend(self.changed_files());
        found.extend(self.resources.lost());
        found
    }

    fn changed_files(&self) -> Vec<String> {
        let mut found = Vec::new();
        if fs::read_to_string(&self.canary).ok().as_deref() != Some(CANARY) {
            found.push("the canary was changed".to_owned());
        }
        if fs::read_dir(self.folder.path()).unwrap().count() != 1 {
            found.push("something was made beside the canary".to_owned());
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
            found.extend(marks.map(|mark| format!("left a file: {}", mark.path().display())));
        }
        found
    }
}

/// Looks again for a while as long as something is found.
fn patiently(look: impl Fn() -> Vec<String>) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = look();
        if found.is_empty() || Instant::now() > deadline {
            return found;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Adds a run's keeper, its helper, and the supervisors and inits of its cells.
fn note_family(run: u32, family: &mut Family) {
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
    /// In clock ticks since boot: tells it from another that has the number later.
    started: u64,
}

impl Process {
    /// `None` for one that is dead and only waits to be reaped.
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

    /// For a message: with its command line and where it belongs.
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

/// Those of a run that still live, and those in a control group that it made.
fn processes_of(family: &Family) -> Vec<String> {
    let is_in_its_group = |pid: u32| {
        let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        groups.split(['/', '\n']).any(|name| is_of(name, family))
    };
    Process::all()
        .iter()
        .filter(|one| family.get(&one.pid) == Some(&one.started) || is_in_its_group(one.pid))
        .map(Process::describe)
        .collect()
}

/// Live processes that descend from this one, with their command lines.
fn descendants() -> Vec<String> {
    let mut family = BTreeSet::from([std::process::id()]);
    let mut others = Process::all();
    let mut found = Vec::new();
    loop {
        let (children, rest): (Vec<Process>, Vec<Process>) = others
            .into_iter()
            .partition(|one| family.contains(&one.parent));
        if children.is_empty() {
            return found;
        }
        family.extend(children.iter().map(|child| child.pid));
        found.extend(children.iter().map(Process::describe));
        others = rest;
    }
}

/// The name of a control group that one of these processes made.
fn is_of(name: &str, family: &Family) -> bool {
    let mut parts = name.split('.');
    let mine = parts.next() == Some("letscode");
    let pid = parts.next().map(str::parse);
    let started = parts.next().map(str::parse);
    match (pid, started) {
        (Some(Ok(pid)), Some(Ok(started))) => mine && family.get(&pid) == Some(&started),
        _ => false,
    }
}

fn groups_of(family: &Family) -> Vec<String> {
    let mut found = Vec::new();
    find_groups(Path::new("/sys/fs/cgroup"), family, 6, &mut found);
    found
}

fn find_groups(folder: &Path, family: &Family, depth: u32, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if depth == 0 || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if is_of(&entry.file_name().to_string_lossy(), family) {
            found.push(format!("left a control group: {}", entry.path().display()));
        }
        find_groups(&entry.path(), family, depth - 1, found);
    }
}

/// The mount points of the host.
pub fn mounts() -> BTreeSet<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let points = table.lines().filter_map(|line| line.split(' ').nth(4));
    points.map(str::to_owned).collect()
}

/// Where somebody else on the machine (containers, other tests) may mount at the same time.
pub fn ours(mount: &str) -> bool {
    !["/var/lib/", "/run/", "/tmp/"]
        .iter()
        .any(|other| mount.starts_with(other))
}

/// The look at the host finds what a run leaves, and tells of what everybody can see only once.
#[test]
fn what_a_run_leaves_is_noticed() {
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
        note_family(run.id(), &mut family);
        thread::sleep(Duration::from_millis(10));
    }
    let found = host.left_by(&family, temporary.path());
    let expected = ["left a process", "left a file", "the canary was changed"];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (one, beginning) in found.iter().zip(expected) {
        assert!(one.starts_with(beginning), "{found:#?}");
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
