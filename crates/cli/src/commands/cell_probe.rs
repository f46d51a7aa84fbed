//! Probe that doctor runs inside a cell: looks around, or misbehaves on purpose.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::print_json;
use crate::error::CliError;

#[derive(Args)]
pub struct CellProbeArgs {
    pub action: ProbeAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProbeAction {
    /// Report what can be seen.
    Look,
    /// Take memory without end.
    Hog,
    /// Burn CPU time without end.
    Spin,
    /// Start threads until one is refused, and print how many there were.
    Crowd,
    /// Make a socket.
    Connect,
}

/// Everything that a program can see from inside a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellVisibility {
    /// Identities of the namespaces by name, from `/proc/self/ns`.
    pub namespaces: BTreeMap<String, String>,
    /// Lines of `/proc/self/status` about user ids and capabilities.
    pub status: BTreeMap<String, String>,
    pub interfaces: Vec<String>,
    /// Host paths that exist although they should be hidden.
    pub visible: Vec<String>,
    pub can_write_root: bool,
    pub can_write_workspace: bool,
    /// True if a file that the probe wrote can be executed. Landlock refuses it before the kernel
    /// looks at the file's format.
    pub can_execute_written: bool,
}

impl CellProbeArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self.action {
            ProbeAction::Look => print_json(&look()),
            ProbeAction::Hog => take_memory(),
            ProbeAction::Spin => loop {
                std::hint::spin_loop();
            },
            ProbeAction::Crowd => println!("{}", count_threads()),
            ProbeAction::Connect => drop(std::net::TcpStream::connect("127.0.0.1:1")),
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub fn namespaces() -> BTreeMap<String, String> {
    let names = ["user", "pid", "net", "mnt", "ipc", "uts", "cgroup"];
    let identity = |name: &str| fs::read_link(format!("/proc/self/ns/{name}"));
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), identity(name).ok()?.display().to_string())))
        .collect()
}

fn look() -> CellVisibility {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_relevant =
        |name: &str| name.starts_with("Cap") || ["NoNewPrivs", "Seccomp", "Uid"].contains(&name);
    let fields = status.lines().filter_map(|line| line.split_once(":\t"));
    let network = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    let interfaces = network
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once(':'));
    let forbidden = [
        "/etc/shadow",
        "/home",
        "/root",
        "/var",
        "/sys",
        "/proc/kcore",
        "/proc/sys",
        "/dev/sda",
        "/dev/mem",
    ];
    CellVisibility {
        namespaces: namespaces(),
        status: fields
            .filter(|(name, _)| is_relevant(name))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
        interfaces: interfaces.map(|(name, _)| name.trim().to_owned()).collect(),
        visible: forbidden
            .iter()
            .filter(|path| Path::new(path).exists())
            .map(|path| path.to_string())
            .collect(),
        can_write_root: fs::write("/probe", "x").is_ok(),
        can_write_workspace: fs::write(WRITTEN, "no program at all").is_ok(),
        can_execute_written: can_execute_written(),
    }
}

const WRITTEN: &str = "/workspace/probe";

fn can_execute_written() -> bool {
    let _ = fs::set_permissions(WRITTEN, fs::Permissions::from_mode(0o755));
    // Always returns: the file is not a program.
    Command::new(WRITTEN).exec().kind() != ErrorKind::PermissionDenied
}

fn take_memory() {
    let mut blocks = Vec::new();
    loop {
        // Written to, or the kernel would only reserve it.
        blocks.push(vec![1_u8; 1 << 20]);
    }
}

fn count_threads() -> usize {
    let nap = || std::thread::sleep(Duration::from_secs(2));
    let threads: Vec<_> =
        std::iter::repeat_with(|| std::thread::Builder::new().stack_size(64 << 10).spawn(nap))
            .take(1000)
            .take_while(Result::is_ok)
            .collect();
    threads.len()
}
