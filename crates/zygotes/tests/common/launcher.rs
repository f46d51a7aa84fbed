//! The supervisor's side of the launcher's protocol, outside of a cell.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::io::{IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use letscode_zygotes::ModuleFile;
use rustix::io::FdFlags;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
    SocketType,
};
use tempfile::TempDir;

pub const NODE: &str = "/usr/bin/node";
pub const PYTHON: &str = "/usr/bin/python3";

/// An interpreter, and how to start it as a zygote.
pub struct Interpreter {
    pub program: &'static str,
    files: fn() -> Result<Vec<ModuleFile>, &'static str>,
    /// Variable by which it finds them, from their folder and further options.
    variable: fn(&Path, &str) -> Option<(&'static str, String)>,
    /// Options with which a program that is started cold behaves as a forked one.
    pub cold_options: fn() -> Vec<String>,
    /// Script to start it with, from their folder and the programs' script.
    started_with: fn(&Path, &Path) -> PathBuf,
}

impl Interpreter {
    pub const NODE: Interpreter = Interpreter {
        program: NODE,
        files: letscode_zygotes::node,
        variable: |module, options| {
            let preload = module.join(letscode_zygotes::NODE_PRELOAD);
            let options = format!("--require={} --v8-pool-size=1 {options}", preload.display());
            Some(("NODE_OPTIONS", options))
        },
        cold_options: || {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/node/");
            let preloads = letscode_zygotes::NODE_COLD_PRELOADS.iter();
            let preloads = preloads.map(|file| format!("--require={folder}{}", file.path));
            let stack = rustix::process::getrlimit(rustix::process::Resource::Stack);
            // As `stack_kib` in crates/sandbox/src/jail/exec_request.rs.
            let stack_kib = (stack.current.unwrap() - (2 << 20)) / 1024;
            std::iter::once(format!("--stack-size={stack_kib}"))
                .chain(preloads)
                .collect()
        },
        started_with: |_, script| script.to_owned(),
    };

    pub const PYTHON: Interpreter = Interpreter {
        program: PYTHON,
        files: letscode_zygotes::python,
        variable: |_, _| None,
        cold_options: Vec::new,
        started_with: |module, _| module.join(letscode_zygotes::PYTHON_ZYGOTE),
    };

    /// Returns why there is nothing to test, if it or a compiler is missing.
    pub fn missing(&self) -> Option<&'static str> {
        let why = match (self.files)() {
            _ if !Path::new(self.program).exists() => "the interpreter is not installed",
            Err(why) => why,
            Ok(_) => return None,
        };
        eprintln!("skipped: {}: {why}", self.program);
        Some(why)
    }
}

/// Above the numbers of Node's own descriptors, so that a program's first file has its usual one.
const SOCKET_NUMBER: i32 = 100;

/// Only one process may inherit the socket, and no other that a thread of the test starts meanwhile.
static SPAWNING: Mutex<()> = Mutex::new(());

pub fn spawn(command: &mut Command) -> Child {
    let _spawning = SPAWNING.lock().unwrap();
    command.spawn().unwrap()
}

/// Environment of every program here.
pub fn environment(folder: &Path) -> [(&'static str, String); 4] {
    [
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("HOME", folder.display().to_string()),
        ("LANG", "C.UTF-8".to_owned()),
        ("GREETING", "a value with spaces".to_owned()),
    ]
}

pub struct Zygote {
    pub process: Child,
    socket: OwnedFd,
    program: &'static str,
    script: PathBuf,
    /// Folder of the module's files.
    _module: TempDir,
}

/// End of a program, as the zygote reports it.
#[derive(Debug)]
pub struct ExitReport {
    pub status: ExitStatus,
    pub max_rss_kib: u64,
    /// True if no process that it started is still alive.
    pub no_orphans: bool,
}

/// Settings of a zygote in `LETSCODE_LAUNCHER`.
#[derive(Default)]
pub struct ZygoteSettings<'a> {
    /// User that its programs become; its own if `None`.
    pub user: Option<u32>,
    /// System call filter for them.
    pub filter: Option<&'a [libc::sock_filter]>,
}

/// Contents of an exec request.
#[derive(Default)]
pub struct ExecRequest<'a> {
    pub arguments: &'a [&'a str],
    pub limits: &'a [(u32, u64)],
}

impl Zygote {
    /// Starts a Node for the script at this path, with further options, and waits until it is ready.
    /// Returns its message if it fails.
    pub fn start(script: &Path, options: &str) -> Result<Zygote, String> {
        Zygote::start_with(script, options, &ZygoteSettings::default(), |_| {})
    }

    /// The same, with settings and with the module's files changed.
    pub fn start_with(
        script: &Path,
        options: &str,
        settings: &ZygoteSettings<'_>,
        change: impl FnOnce(&Path),
    ) -> Result<Zygote, String> {
        Zygote::start_as(&Interpreter::NODE, script, options, settings, change)
    }

    /// The same for any interpreter.
    pub fn start_as(
        interpreter: &Interpreter,
        script: &Path,
        options: &str,
        settings: &ZygoteSettings<'_>,
        change: impl FnOnce(&Path),
    ) -> Result<Zygote, String> {
        let module = tempfile::tempdir().unwrap();
        for file in (interpreter.files)()? {
            let path = module.path().join(file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.bytes).unwrap();
        }
        change(module.path());
        let (socket, zygote_end) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .unwrap();
        let variable = (interpreter.variable)(module.path(), options);
        let process = {
            let _spawning = SPAWNING.lock().unwrap();
            let zygote_end = inherited(&zygote_end);
            let filter = settings.filter.map(|filter| inherited(&file_of(filter)));
            let number = |fd: &OwnedFd| fd.as_raw_fd().to_string();
            let or_none = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
            let variable_parts = [
                number(&zygote_end),
                or_none(filter.as_ref().map(number)),
                or_none(settings.user.map(|user| user.to_string())),
                or_none(None),
            ];
            Command::new(interpreter.program)
                .arg((interpreter.started_with)(module.path(), script))
                .env_clear()
                .envs(environment(script.parent().unwrap()))
                .env("LETSCODE_LAUNCHER", variable_parts.join(":"))
                .envs(variable)
                .current_dir(script.parent().unwrap())
                .stdin(Stdio::null())
                .spawn()
                .unwrap()
        };
        drop(zygote_end);
        let mut zygote = Zygote {
            process,
            socket,
            program: interpreter.program,
            script: script.to_owned(),
            _module: module,
        };
        match zygote.ready() {
            Ok(()) => Ok(zygote),
            Err(why) if why.starts_with('F') => Err(why),
            Err(why) => Err(format!("{why}; {}", zygote.process.wait().unwrap())),
        }
    }

    /// Waits until a spare is ready for a request.
    pub fn ready(&mut self) -> Result<(), String> {
        match self.receive()? {
            message if message == b"R" => Ok(()),
            message => Err(String::from_utf8_lossy(&message).into_owned()),
        }
    }

    /// Waits until the last program has ended, and the next spare is ready.
    pub fn exit_and_ready(&mut self) -> Result<ExitReport, String> {
        let report = self.exit()?;
        self.ready()?;
        Ok(report)
    }

    /// Waits until the last program has ended.
    pub fn exit(&mut self) -> Result<ExitReport, String> {
        let message = self.receive()?;
        let (kind, fields) = message.split_first().unwrap();
        match (kind, fields.len()) {
            (b'E', 21) => Ok(ExitReport {
                status: ExitStatus::from_raw(i32::from_le_bytes(fields[..4].try_into().unwrap())),
                max_rss_kib: u64::from_le_bytes(fields[4..12].try_into().unwrap()),
                no_orphans: fields[20] == 1,
            }),
            _ => Err(String::from_utf8_lossy(&message).into_owned()),
        }
    }

    pub fn message(&self, request: &ExecRequest<'_>) -> Vec<u8> {
        let script = self.script.to_str().unwrap();
        let mut argv = vec![self.program, script];
        argv.extend(request.arguments);
        let variables = sorted(environment(self.script.parent().unwrap()));
        let mut message = Vec::new();
        let head = [argv.len(), variables.len(), request.limits.len()];
        for number in head.map(|number| number as u32) {
            message.extend(number.to_le_bytes());
        }
        for (resource, value) in request.limits {
            message.extend(resource.to_le_bytes());
            message.extend([0; 4]);
            message.extend(value.to_le_bytes());
        }
        let strings = [self.program].into_iter().chain(argv).map(str::to_owned);
        for text in strings.chain(variables) {
            message.extend(text.as_bytes());
            message.push(0);
        }
        message
    }

    pub fn send(&self, message: &[u8], fds: &[BorrowedFd<'_>]) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() {
            assert!(control.push(SendAncillaryMessage::ScmRights(fds)));
        }
        let parts = [IoSlice::new(message)];
        rustix::net::sendmsg(&self.socket, &parts, &mut control, SendFlags::NOSIGNAL).unwrap();
    }

    /// Receives the next datagram.
    pub fn receive(&mut self) -> Result<Vec<u8>, String> {
        let timeout = Duration::from_secs(60);
        let mut ready = [rustix::event::PollFd::new(
            &self.socket,
            rustix::event::PollFlags::IN,
        )];
        let limit = timeout.try_into().unwrap();
        if rustix::event::poll(&mut ready, Some(&limit)).unwrap() == 0 {
            return Err("no message in time".to_owned());
        }
        let mut bytes = vec![0; 64 * 1024];
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let mut control = rustix::net::RecvAncillaryBuffer::default();
        let received =
            rustix::net::recvmsg(&self.socket, &mut parts, &mut control, RecvFlags::empty());
        match received.map_err(|error| error.to_string())?.bytes {
            0 => Err("the socket was closed".to_owned()),
            length => Ok(bytes[..length].to_vec()),
        }
    }

    /// Closes the socket and returns how the zygote ended.
    pub fn close(self) -> ExitStatus {
        let Zygote {
            mut process,
            socket,
            ..
        } = self;
        drop(socket);
        process.wait().unwrap()
    }
}

/// Duplicates a descriptor to one that survives exec, above the numbers of Node's own.
fn inherited(fd: &OwnedFd) -> OwnedFd {
    let copy = rustix::io::fcntl_dupfd_cloexec(fd, SOCKET_NUMBER).unwrap();
    rustix::io::fcntl_setfd(&copy, FdFlags::empty()).unwrap();
    copy
}

fn file_of(filter: &[libc::sock_filter]) -> OwnedFd {
    let mut file = tempfile::tempfile().unwrap();
    for instruction in filter {
        let libc::sock_filter { code, jt, jf, k } = *instruction;
        file.write_all(&code.to_le_bytes()).unwrap();
        file.write_all(&[jt, jf]).unwrap();
        file.write_all(&k.to_le_bytes()).unwrap();
    }
    file.into()
}

/// Sorts variables as `Command` does.
fn sorted(variables: [(&str, String); 4]) -> Vec<String> {
    let mut all = variables.map(|(name, value)| format!("{name}={value}"));
    all.sort();
    all.to_vec()
}

pub fn null() -> fs::File {
    let both = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null");
    both.unwrap()
}

pub fn borrow(streams: &[OwnedFd; 3]) -> [BorrowedFd<'_>; 3] {
    streams.each_ref().map(|fd| fd.as_fd())
}

/// Waits until a process has a child, and returns it.
pub fn only_child(parent: u32) -> rustix::process::Pid {
    for _ in 0..1000 {
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
        if let Some(child) = children.unwrap().split_whitespace().next() {
            return rustix::process::Pid::from_raw(child.parse().unwrap()).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{parent} has no child");
}
