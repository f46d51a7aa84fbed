//! The host, looked at from outside: what was there before the attacks, and what is there after.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitOptions, getpid, set_child_subreaper, waitpid};
use tempfile::TempDir;

use crate::program::Seen;
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
    pub shared_memory: u64,
    pub helpers: Mutex<BTreeSet<u32>>,
}

pub const CANARY: &str = "nobody has touched this\n";

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
            shared_memory: shared_memory(),
            helpers: Mutex::default(),
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

    /// Runs the command line. Files and no pipes, so that nobody waits for a reader.
    pub fn run(&self, arguments: &[&str], source: &Path, input: &str, within: Duration) -> Seen {
        let mut files = [(); 3].map(|()| tempfile::tempfile().unwrap());
        files[0].write_all(input.as_bytes()).unwrap();
        files[0].rewind().unwrap();
        let [stdin, stdout, stderr] = files.each_ref().map(|file| file.try_clone().unwrap());
        let started = Instant::now();
        let mut child = self
            .command(arguments, source)
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut timed_out = false;
        while child.try_wait().unwrap().is_none() {
            self.note_helper(child.id());
            if started.elapsed() > within {
                timed_out = true;
                child.kill().unwrap();
            }
            thread::sleep(Duration::from_millis(10));
        }
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
            took: started.elapsed(),
        }
    }

    /// Remembers the jail helpers that a run has started: its control groups carry their numbers.
    pub fn note_helper(&self, run: u32) {
        let children = fs::read_to_string(format!("/proc/{run}/task/{run}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().flat_map(str::parse::<u32>);
        self.helpers.lock().unwrap().extend(children);
    }

    /// What is not as it was, after a while for what is on its way out.
    pub fn changes(&mut self) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(3);
        loop {
            let found = self.look();
            if found.is_empty() || Instant::now() > deadline {
                return found;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn look(&self) -> Vec<String> {
        // What became ours and is dead already is only waiting for somebody to notice.
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
        let mut found = Vec::new();
        found.extend(descendants().map(|process| format!("left a process: {process}")));
        let helpers = self.helpers.lock().unwrap();
        let groups = groups_of(Path::new("/sys/fs/cgroup"), &helpers, 6);
        found.extend(groups.map(|group| format!("left a control group: {}", group.display())));
        let new = mounts();
        let new = new.difference(&self.mounts).filter(|mount| ours(mount));
        found.extend(new.map(|mount| format!("left a mount: {mount}")));
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
        // Other cells are at work beside us; what stays this high for seconds is a leak.
        let grown = shared_memory().saturating_sub(self.shared_memory);
        if grown > 2 << 30 {
            found.push(format!("{} MiB of files in memory are left", grown >> 20));
        }
        found
    }
}

/// Live processes that descend from this one, with their command lines.
pub fn descendants() -> impl Iterator<Item = String> {
    let mut family = BTreeSet::from([std::process::id()]);
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let (_, after_name) = stat.rsplit_once(") ")?;
            Some((pid, after_name.split(' ').nth(1)?.parse().ok()?))
        })
        .collect();
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, parent)| family.contains(parent) && !family.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            break;
        }
        family.extend(more);
    }
    family.remove(&std::process::id());
    family
        .into_iter()
        .filter(|pid| Pid::from_raw(*pid as i32).is_some())
        .map(|pid| {
            let read =
                |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
            let state = read("status")
                .lines()
                .take(9)
                .collect::<Vec<_>>()
                .join(", ");
            format!("{pid} {:?} {state}", read("cmdline"))
        })
}

pub fn groups_of(
    folder: &Path,
    helpers: &BTreeSet<u32>,
    depth: u32,
) -> std::vec::IntoIter<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if depth == 0 || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut parts = name.split('.');
        let is_theirs = parts.next() == Some("letscode")
            && parts
                .next()
                .and_then(|pid| pid.parse().ok())
                .is_some_and(|pid| helpers.contains(&pid));
        if is_theirs {
            found.push(entry.path());
        }
        found.extend(groups_of(&entry.path(), helpers, depth - 1));
    }
    found.into_iter()
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

/// Bytes in tmpfs and in anonymous files.
pub fn shared_memory() -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("Shmem:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
