use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::process::{ServerProcess, TIMEOUT, bound_to_parent, eventually, free_port};

/// User that Debian's package makes: PostgreSQL refuses to run as root.
const USER: &str = "postgres";

/// An empty PostgreSQL. It runs without fsync: tests kill the server and not the machine.
pub struct PostgresServer {
    process: ServerProcess,
    folder: tempfile::TempDir,
    port: u16,
    options: Vec<String>,
}

impl PostgresServer {
    pub fn start() -> Self {
        PostgresServer::start_with(&[])
    }

    /// Starts it with settings such as `max_connections=10`.
    pub fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        copy(&template(), &folder.path().join("data"), owner());
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        loop {
            let port = free_port();
            let mut process = spawn(folder.path(), port, &options);
            if is_up(&mut process, folder.path(), port) {
                return PostgresServer {
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

    /// Returns the id of its main process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Returns its log since the first start.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends it with SIGQUIT, which it treats like a crash.
    pub fn crash(&mut self) {
        self.process.signal(Signal::QUIT);
        self.process.wait();
    }

    /// Ends its main process with SIGKILL: its children notice and end.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    /// Restarts it after [`PostgresServer::crash`] or [`PostgresServer::kill`], on the same port and with
    /// its data.
    pub fn start_again(&mut self) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            self.process = spawn(self.folder.path(), self.port, &self.options);
            if is_up(&mut self.process, self.folder.path(), self.port) {
                return;
            }
            // It refuses to start while a child of the killed one is still there.
            assert!(Instant::now() < deadline, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn spawn(folder: &Path, port: u16, options: &[String]) -> ServerProcess {
    let mut log = fs::OpenOptions::new();
    log.create(true).append(true);
    let mut command = bound_to_parent("QUIT");
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
    // Its children end with it at SIGQUIT; at SIGKILL they end when they notice.
    ServerProcess::start(command, Signal::QUIT)
}

/// Waits until it accepts connections. Returns false if it has ended instead because its port was
/// taken.
fn is_up(process: &mut ServerProcess, folder: &Path, port: u16) -> bool {
    let pid_file = folder.join("data/postmaster.pid");
    let pid = process.id().to_string();
    let mut ended = false;
    eventually("PostgreSQL is up", || {
        ended = process.has_ended();
        let text = fs::read_to_string(&pid_file).unwrap_or_default();
        let mut lines = text.lines();
        // A killed server has left its file behind.
        let is_ours = lines.next() == Some(&pid) && lines.nth(2) == Some(&port.to_string());
        ended || is_ours && text.trim_end().ends_with("ready")
    });
    !ended
}

/// Returns the folder of a new cluster. It is made once and copied for every test, which takes a tenth
/// of the time.
fn template() -> PathBuf {
    // Beside the test's binary, so that `cargo clean` removes it.
    let place = std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned();
    let template = place.join(format!("postgres-{}", version()));
    if !template.exists() {
        let cluster = tempfile::tempdir().unwrap();
        change_owner(cluster.path(), owner());
        init_cluster(cluster.path());
        let copied = tempfile::tempdir_in(&place).unwrap();
        copy(
            &cluster.path().join("data"),
            &copied.path().join("data"),
            None,
        );
        // Another test may have been faster; its template is as good.
        let _ = fs::rename(copied.path().join("data"), &template);
    }
    template
}

fn init_cluster(folder: &Path) {
    let mut command = bound_to_parent("KILL");
    as_owner(&mut command);
    command
        .arg(program("initdb"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-U", "letscode", "-A", "trust", "--no-sync"])
        .args(["-E", "UTF8", "--locale=C.UTF-8", "--wal-segsize=1"])
        .current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Makes the server run as another user if this process is root.
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

/// Returns the folder of the newest installed version.
fn program_folder() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let newest = newest.expect("no PostgreSQL; `scripts/install-missing test` installs it");
    Path::new("/usr/lib/postgresql").join(newest.to_string())
}

fn version() -> String {
    let bin = program_folder().join("bin/postgres");
    let changed = fs::metadata(bin).unwrap().mtime();
    format!("template-{changed}")
}

fn program(name: &str) -> PathBuf {
    program_folder().join("bin").join(name)
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
            change_owner(&target, owner);
        }
    }
    change_owner(to, owner);
}

fn change_owner(path: &Path, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner {
        lchown(path, Some(user), Some(group)).unwrap();
    }
}
