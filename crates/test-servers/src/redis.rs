use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::Signal;

use crate::FakeClock;
use crate::process::{ServerProcess, bound_to_parent, eventually, free_port};

/// An empty Redis, which writes every change to its log before it answers.
pub struct RedisServer {
    process: ServerProcess,
    folder: tempfile::TempDir,
    port: u16,
    options: RedisOptions,
}

/// Options of the first start and of each restart.
#[derive(Default)]
struct RedisOptions {
    arguments: Vec<String>,
    variables: Vec<(&'static str, PathBuf)>,
}

impl RedisServer {
    pub fn start() -> Self {
        RedisServer::start_with(&[])
    }

    /// With options such as `--appendfsync`, `everysec`.
    pub fn start_with(options: &[&str]) -> Self {
        RedisServer::start_as(RedisOptions {
            arguments: options.iter().map(|option| (*option).to_owned()).collect(),
            ..RedisOptions::default()
        })
    }

    /// Uses a clock that the test sets.
    pub fn start_with_clock(clock: &FakeClock) -> Self {
        RedisServer::start_as(RedisOptions {
            variables: clock.variables().to_vec(),
            ..RedisOptions::default()
        })
    }

    fn start_as(options: RedisOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        loop {
            let port = free_port();
            let mut process = spawn(folder.path(), port, &options);
            if is_up(&mut process, port) {
                return RedisServer {
                    process,
                    folder,
                    port,
                    options,
                };
            }
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Stops the process until [`RedisServer::resume`].
    pub fn pause(&self) {
        self.process.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.process.signal(Signal::CONT);
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    /// Restarts it after [`RedisServer::kill`], on the same port and with the data in its log.
    pub fn start_again(&mut self) {
        self.process = spawn(self.folder.path(), self.port, &self.options);
        assert!(is_up(&mut self.process, self.port), "it ended");
    }

    /// Restarts it without its data.
    pub fn start_again_empty(&mut self) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                std::fs::remove_dir_all(path).unwrap();
            } else {
                std::fs::remove_file(path).unwrap();
            }
        }
        self.start_again();
    }
}

fn spawn(folder: &Path, port: u16, options: &RedisOptions) -> ServerProcess {
    let mut command = bound_to_parent("KILL");
    command
        .args(["--", "redis-server", "--port", &port.to_string()])
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "no"])
        .args(["--dir", folder.to_str().unwrap()])
        .args(&options.arguments)
        .envs(options.variables.iter().cloned())
        .stdout(Stdio::null());
    ServerProcess::start(command, Signal::KILL)
}

/// Waits until it answers. Returns false if it has ended instead because its port was taken.
fn is_up(process: &mut ServerProcess, port: u16) -> bool {
    let pid = process.id();
    let mut ended = false;
    eventually("Redis is up", || {
        ended = process.has_ended();
        ended || answers(port, pid)
    });
    !ended
}

/// Returns true if this process answers, and not another one on the same port.
fn answers(port: u16, pid: u32) -> bool {
    let is_process = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.write_all(b"INFO server\r\nQUIT\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer.contains(&format!("\r\nprocess_id:{pid}\r\n")))
    };
    is_process().unwrap_or(false)
}
