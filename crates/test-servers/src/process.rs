use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server's process; ended when it is dropped.
pub struct Process {
    child: Child,
    /// What ends it, with whatever it has started, at once.
    end: Signal,
}

impl Process {
    /// `end` names a signal, and is also what the kernel sends when our process is gone.
    pub fn start(mut command: Command, end: Signal) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{command:?}: {error}; `scripts/install-missing test` installs it")
            });
        Process { child, end }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn wait(&mut self) {
        self.child.wait().unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = kill_process(Pid::from_child(&self.child), self.end);
        let _ = self.child.wait();
    }
}

/// The beginning of a command that the kernel ends when we are gone.
pub fn mortal(end: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.arg(format!("--pdeathsig={end}"));
    command
}

/// A port that nobody had a moment ago. Somebody may take it before the server does: then the
/// server says so, and the caller tries another.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Looks until there is something.
pub fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !look() {
        assert!(Instant::now() < deadline, "{what}: not in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
