use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;

use crate::process::{Process, eventually, free_port, mortal};

/// A Redis with nothing in it, which writes down everything before it answers.
pub struct Redis {
    process: Process,
    folder: tempfile::TempDir,
    port: u16,
}

impl Redis {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        loop {
            let port = free_port();
            let mut process = spawn(folder.path(), port);
            if is_up(&mut process, port) {
                return Redis {
                    process,
                    folder,
                    port,
                };
            }
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    /// Starts it again after [`Redis::kill`], where it was and with what it had written down.
    pub fn start_again(&mut self) {
        self.process = spawn(self.folder.path(), self.port);
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

fn spawn(folder: &Path, port: u16) -> Process {
    let mut command = mortal("KILL");
    command
        .args(["--", "redis-server", "--port", &port.to_string()])
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "no"])
        .args(["--dir", folder.to_str().unwrap()])
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
