use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::process::{PATIENCE, Process, eventually, free_port, mortal};

/// Made by Debian's package. PostgreSQL refuses to run as root.
const USER: &str = "postgres";

/// A PostgreSQL with nothing in it. It promises nothing to the disk (no fsync): what it is killed
/// for in tests is its own death and not the machine's.
pub struct Postgres {
    process: Process,
    folder: tempfile::TempDir,
    port: u16,
    options: Vec<String>,
}

impl Postgres {
    pub fn start() -> Self {
        Postgres::start_with(&[])
    }

    /// With settings such as `max_connections=10`.
    pub fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        copy(&template(), &folder.path().join("data"), owner());
        let options: Vec<String> = options.iter().map(|one| (*one).to_owned()).collect();
        loop {
            let port = free_port();
            let mut process = spawn(folder.path(), port, &options);
            if is_up(&mut process, folder.path(), port) {
                return Postgres {
                    process,
                    folder,
                    port,
                    options,
                };
            }
        }
    }

    pub fn url(&self) -> String {
        format!("postgres://letscode@127.0.0.1:{}/postgres", self.port)
    }

    /// Of its first process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it has logged since it was started first.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends it as a crash does.
    pub fn crash(&mut self) {
        self.process.signal(Signal::QUIT);
        self.process.wait();
    }

    /// `kill -9` of its first process: the others see that and end.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    /// Starts it again after [`Postgres::crash`] or [`Postgres::kill`], where it was and with what it had.
    pub fn start_again(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.process = spawn(self.folder.path(), self.port, &self.options);
            if is_up(&mut self.process, self.folder.path(), self.port) {
                return;
            }
            // It refuses while a process of the killed one is still there.
            assert!(Instant::now() < deadline, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn spawn(folder: &Path, port: u16, options: &[String]) -> Process {
    let mut log = fs::OpenOptions::new();
    log.create(true).append(true);
    let mut command = mortal("QUIT");
    as_owner(&mut command);
    command
        .arg(program("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-F", "-h", "127.0.0.1", "-k", "", "-p", &port.to_string()])
        .args(["-c", "shared_buffers=32MB", "-c", "full_page_writes=off"])
        .args(options.iter().flat_map(|option| ["-c", option.as_str()]))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(log.open(folder.join("log")).unwrap());
    // Its children end with it at SIGQUIT, and at SIGKILL when they notice.
    Process::start(command, Signal::QUIT)
}

/// Waits until it takes connections; `false` when it has ended instead, for its port was taken.
fn is_up(process: &mut Process, folder: &Path, port: u16) -> bool {
    let pid_file = folder.join("data/postmaster.pid");
    let pid = process.id().to_string();
    let mut ended = false;
    eventually("PostgreSQL is up", || {
        ended = process.has_ended();
        let text = fs::read_to_string(&pid_file).unwrap_or_default();
        let mut lines = text.lines();
        // One that was killed has left the file as it was.
        let is_ours = lines.next() == Some(&pid) && lines.nth(2) == Some(&port.to_string());
        ended || is_ours && text.trim_end().ends_with("ready")
    });
    !ended
}

/// A new cluster, made once and copied for every test: copying takes a tenth of the time.
fn template() -> PathBuf {
    // Beside the test's binary: that is ours, and goes with `cargo clean`.
    let place = std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned();
    let template = place.join(format!("postgres-{}", version()));
    if !template.exists() {
        let made = tempfile::tempdir().unwrap();
        let owned = owner();
        if let Some(owner) = owned {
            lchown(made.path(), Some(owner.0), Some(owner.1)).unwrap();
        }
        make(made.path());
        let copied = tempfile::tempdir_in(&place).unwrap();
        copy(&made.path().join("data"), &copied.path().join("data"), None);
        // Another test may have been faster; what it made is as good.
        let _ = fs::rename(copied.path().join("data"), &template);
    }
    template
}

fn make(folder: &Path) {
    let mut command = mortal("KILL");
    as_owner(&mut command);
    command
        .arg(program("initdb"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-U", "letscode", "-A", "trust", "--no-sync"])
        .args(["-E", "UTF8", "--locale=C.UTF-8", "--wal-segsize=1"])
        .current_dir(folder);
    let made = command.output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

/// Started as root, the server is another user.
fn as_owner(command: &mut Command) {
    if let Some((user, group)) = owner() {
        command.args([format!("--reuid={user}"), format!("--regid={group}")]);
        command.arg("--clear-groups");
    }
    command.arg("--");
}

fn owner() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(USER)).then_some(fields)
    });
    let mut fields = user.expect("Debian's package postgresql makes a user `postgres`");
    let mut number = |skip| fields.nth(skip).unwrap().parse().unwrap();
    Some((number(1), number(0)))
}

/// The newest version's folder.
fn folder_of_programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let newest = newest.expect("no PostgreSQL; `scripts/install-missing test` installs it");
    Path::new("/usr/lib/postgresql").join(newest.to_string())
}

fn version() -> String {
    let bin = folder_of_programs().join("bin/postgres");
    let changed = fs::metadata(bin).unwrap().mtime();
    format!("template-{changed}")
}

fn program(name: &str) -> PathBuf {
    folder_of_programs().join("bin").join(name)
}

fn copy(from: &Path, to: &Path, owner: Option<(u32, u32)>) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, owner);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            give(&target, owner);
        }
    }
    give(to, owner);
}

fn give(path: &Path, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner {
        lchown(path, Some(user), Some(group)).unwrap();
    }
}
