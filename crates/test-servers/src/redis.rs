use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::Signal;

use crate::Clock;
use crate::process::{Process, eventually, free_port, mortal};

/// A Redis with nothing in it, which writes down everything before it answers.
pub struct Redis {
    process: Process,
    folder: tempfile::TempDir,
    port: u16,
    options: Options,
}

/// How it was started, and is again.
#[derive(Default)]
struct Options {
    arguments: Vec<String>,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Redis {
    pub fn start() -> Self {
        Redis::start_with(&[])
    }

    /// With options such as `--appendfsync`, `everysec`.
    pub fn start_with(options: &[&str]) -> Self {
        Redis::start_as(Options {
            arguments: options.iter().map(|one| (*one).to_owned()).collect(),
            ..Options::default()
        })
    }

    /// By another clock than everybody else's.
    pub fn start_by(clock: &Clock) -> Self {
        Redis::start_as(Options {
            variables: clock.variables().to_vec(),
            ..Options::default()
        })
    }

    fn start_as(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        loop {
            let port = free_port();
            let mut process = spawn(folder.path(), port, &options);
            if is_up(&mut process, port) {
                return Redis {
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

    /// It hangs until [`Redis::resume`].
    pub fn pause(&self) {
        self.process.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.process.signal(Signal::CONT);
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    /// Starts it again after [`Redis::kill`], where it was and with what it had written down.
    pub fn start_again(&mut self) {
        self.process = spawn(self.folder.path(), self.port, &self.options);
        assert!(is_up(&mut self.process, self.port), "it ended");
    }

    /// As [`Redis::start_again`], with nothing.
    pub fn start_again_empty(&mut self) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => std::fs::remove_dir_all(path).unwrap(),
                false => std::fs::remove_file(path).unwrap(),
            }
        }
        self.start_again();
    }
}

fn spawn(folder: &Path, port: u16, options: &Options) -> Process {
    let mut command = mortal("KILL");
    command
        .args(["--", "redis-server", "--port", &port.to_string()])
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "no"])
        .args(["--dir", folder.to_str().unwrap()])
        .args(&options.arguments)
        .envs(options.variables.iter().cloned())
        .stdout(Stdio::null());
    Process::start(command, Signal::KILL)
}

/// Waits until it answers; `false` when it has ended instead, for its port was taken.
fn is_up(process: &mut Process, port: u16) -> bool {
    let pid = process.id();
    let mut ended = false;
    eventually("Redis is up", || {
        ended = process.has_ended();
        ended || answers(port, pid)
    });
    !ended
}

/// It, and not somebody else on the same port.
fn answers(port: u16, pid: u32) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.write_all(b"INFO server\r\nQUIT\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer.contains(&format!("\r\nprocess_id:{pid}\r\n")))
    };
    ask().unwrap_or(false)
}
