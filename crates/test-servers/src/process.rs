use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Bound on the start of a server.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// A server's process, which ends when it is dropped.
pub struct ServerProcess {
    child: Child,
    /// Signal that ends it at once, with all its children.
    end_signal: Signal,
}

impl ServerProcess {
    /// Starts a server. `end_signal` ends it with all its children.
    pub fn start(mut command: Command, end_signal: Signal) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{command:?}: {error}; `scripts/install-missing test` installs it")
            });
        ServerProcess { child, end_signal }
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

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = kill_process(Pid::from_child(&self.child), self.end_signal);
        let _ = self.child.wait();
    }
}

/// Returns the beginning of a command that the kernel ends, with a signal, when this thread ends.
pub fn bound_to_parent(end_signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.arg(format!("--pdeathsig={end_signal}"));
    command
}

/// Returns a port that was free a moment ago. Another process may take it before the server does:
/// then the server ends, and the caller tries another.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until a condition holds; panics after [`TIMEOUT`].
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not in {TIMEOUT:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
