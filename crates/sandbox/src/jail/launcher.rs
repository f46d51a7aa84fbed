//! The launcher: the process in a cell that starts one program after another.
//!
//! # Theory of operation
//!
//! All programs of a cell give up the same things (rights over other users, files, system calls).
//! The launcher gives them up first, once, and every process that it makes inherits that for
//! nothing. What is left for each program is to become its user and to drop what only a launcher
//! may do. That is done ahead of time too: a process that shares the launcher's memory, and so
//! costs little to make, drops the rest and waits for a request that names the program to execute.
//! So none of this counts towards a run's time.
//!
//! Programs can't touch the launcher: it is another user, if the cell has two, and its memory can't
//! be inspected. If it has the programs' user, a program can kill or stop it, and by that ends its
//! own run: the cell is not used again.

use std::convert::Infallible;
use std::ffi::{CStr, CString, c_char, c_int};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{Mode, Uid};
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg};
use rustix::process::{
    DumpableBehavior, Resource, chdir, set_child_subreaper, set_dumpable_behavior, setsid, umask,
};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::thread::set_thread_res_uid;

use super::blueprint::CellBlueprint;
use super::exec_request::{ExecRequest, MAX_REQUEST_BYTES, ResourceLimit};
use super::identity::{CellUsers, die_with_supervisor};
use super::launcher_message::{LauncherMessage, READY};
use super::paths::WORKSPACE;
use super::{landlock, listener, no_cgroup};
use crate::error::StepContext;
use crate::fd::open_null;
use crate::privileges;
use crate::seccomp::{LISTENER_CHANNEL, replace_kill};
use crate::sys::{self, ExecStrings, Executable, Fork, Stack};
use crate::{SandboxError, SandboxStep, WarmInterpreter};

/// Variable that tells an interpreter to be a launcher. Its value: the socket, the filter for
/// programs, the user that they become, and the number for handing over listeners.
const LAUNCHER_VARIABLE: &str = "LETSCODE_LAUNCHER";

/// Interval at which a launcher that starts nothing more reaps orphans, until the cell is killed.
const REAP_INTERVAL: Duration = Duration::from_millis(100);

/// `RLIMIT_CORE` at which the kernel never starts the program of a `core_pattern` pipe: at 0 it
/// does. If an administrator set 0, the helper raises it, if it may.
pub const NO_CORE_DUMP: u64 = 1;

/// Forks the launcher, which executes the interpreter, if there is one. Returns before it is ready:
/// errors are sent to the other end of its socket.
pub fn fork(
    blueprint: CellBlueprint<'_>,
    interpreter: Option<&WarmInterpreter>,
    socket: OwnedFd,
) -> Result<(), SandboxError> {
    match sys::fork().at(SandboxStep::ForkLauncher)? {
        Fork::Parent(_) => Ok(()),
        Fork::Child => {
            let served = match interpreter {
                Some(interpreter) => execute_interpreter(blueprint, interpreter, &socket),
                None => serve(blueprint, &socket),
            };
            let error = match served {
                Ok(never) => match never {},
                Err(error) => error,
            };
            send_failed(&socket, &error);
            sys::exit_now(1)
        }
    }
}

/// Sends with `write`, which every program may call: a filter is in force.
fn send_message(socket: &OwnedFd, message: &[u8]) -> Result<(), SandboxError> {
    rustix::io::write(socket, message)
        .map(drop)
        .at(SandboxStep::ForkLauncher)
}

fn send_failed(socket: &OwnedFd, error: &SandboxError) {
    let _ = send_message(socket, &LauncherMessage::encode_failed(error));
}

/// Drops the same privileges as the built-in launcher, and executes the interpreter in its place.
fn execute_interpreter(
    blueprint: CellBlueprint<'_>,
    interpreter: &WarmInterpreter,
    socket: &OwnedFd,
) -> Result<Infallible, SandboxError> {
    let filter = blueprint.program_filter().map(sys::filter_bytes);
    let filter = filter.map(|bytes| crate::sealed_copy("filter", bytes.as_slice()));
    let filter = filter.transpose().at(SandboxStep::InstallFilter)?;
    let null = open_null("/dev/null")?;
    dup2_stdin(&null).at(SandboxStep::ConnectStreams)?;
    dup2_stdout(&null).at(SandboxStep::ConnectStreams)?;
    dup2_stderr(&null).at(SandboxStep::ConnectStreams)?;
    chdir(WORKSPACE).at(SandboxStep::ForkLauncher)?;
    become_launcher(blueprint, true)?;
    let socket = inheritable_copy(socket)?;
    let filter = filter.as_ref().map(inheritable_copy).transpose()?;
    // The layout of the address space depends on it, and is fixed by exec.
    let stack = Resource::Stack as u32;
    sys::set_rlimit(stack, interpreter.max_stack_bytes)
        .at_path(SandboxStep::SetRlimits, "stack")?;
    let or_none = |value: Option<String>| value.unwrap_or("-".to_owned());
    let channel = blueprint.hands_over_listeners().then_some(LISTENER_CHANNEL);
    let variable = format!(
        "{}:{}:{}:{}",
        socket.as_raw_fd(),
        or_none(filter.as_ref().map(|fd| fd.as_raw_fd().to_string())),
        or_none(blueprint.users.to_become().map(|user| user.to_string())),
        or_none(channel.map(|number| number.to_string())),
    );
    let variable = (LAUNCHER_VARIABLE.to_owned(), variable);
    let text = |text: String| {
        CString::new(text)
            .map_err(|_| SandboxError::new(SandboxStep::Execute, "a NUL in an argument"))
    };
    let texts = |texts: Vec<String>| texts.into_iter().map(text).collect::<Result<Vec<_>, _>>();
    let env = interpreter
        .env
        .iter()
        .chain(&interpreter.extra_env)
        .chain([&variable]);
    let env = texts(env.map(|(name, value)| format!("{name}={value}")).collect())?;
    let argv = texts(interpreter.start_argv.clone())?;
    let program = text(interpreter.program.clone())?;
    let (mut argv_room, mut env_room) = (Vec::new(), Vec::new());
    let argv = ExecStrings::new(argv.iter().map(CString::as_c_str), &mut argv_room);
    let env = ExecStrings::new(env.iter().map(CString::as_c_str), &mut env_room);
    Err(sys::exec(&Executable::Path(&program), &argv, &env))
        .at_path(SandboxStep::Execute, &interpreter.program)
}

/// Duplicates a descriptor to one that survives exec, with a high number: a runtime's own
/// descriptors, and the first that a program opens, then have the same numbers as after a cold
/// start.
fn inheritable_copy(fd: &OwnedFd) -> Result<OwnedFd, SandboxError> {
    const FIRST: i32 = 100;
    let copy = fcntl_dupfd_cloexec(fd, FIRST).at(SandboxStep::ForkLauncher)?;
    fcntl_setfd(&copy, FdFlags::empty()).at(SandboxStep::ForkLauncher)?;
    Ok(copy)
}

fn serve(blueprint: CellBlueprint<'_>, socket: &OwnedFd) -> Result<Infallible, SandboxError> {
    become_launcher(blueprint, false)?;
    let mut stack = Stack::new().at(SandboxStep::ForkLauncher)?;
    let mut waiting = WaitingProcess {
        socket,
        user: blueprint.users.to_become().map(Uid::from_raw),
        program_filter: blueprint.program_filter(),
        hands_over_listener: blueprint.hands_over_listeners(),
        bytes: vec![0; MAX_REQUEST_BYTES],
        argv: Vec::with_capacity(64),
        env: Vec::with_capacity(64),
    };
    let inherited_rss_bytes = sys::own_max_rss_bytes();
    loop {
        let reaped = sys::spawn_and_wait(&mut stack, become_program, &mut waiting)
            .at(SandboxStep::ForkProgram)?;
        let no_orphans = sys::is_childless();
        // A process starts with our own peak as its peak: a value that is no larger is not its own.
        let max_rss_bytes = if reaped.max_rss_bytes > inherited_rss_bytes {
            reaped.max_rss_bytes
        } else {
            0
        };
        let message = LauncherMessage::encode_exited(
            reaped.status,
            max_rss_bytes,
            sys::reaped_cpu_time(),
            no_orphans,
        );
        send_message(socket, &message)?;
        if !no_orphans {
            // The cell is not used again: start nothing more in it.
            while !sys::is_childless() {
                std::thread::sleep(REAP_INTERVAL);
            }
        }
    }
}

fn become_launcher(blueprint: CellBlueprint<'_>, executes: bool) -> Result<(), SandboxError> {
    let CellBlueprint {
        profile,
        plan,
        users,
        ..
    } = blueprint;
    // Orphans are reparented to us; report once all are reaped.
    set_child_subreaper(Some(rustix::process::getpid())).at(SandboxStep::ForkLauncher)?;
    umask(Mode::from_raw_mode(0o022));
    sys::close_all_on_exec().at(SandboxStep::ConnectStreams)?;
    match users.init_outside {
        Some(_) => privileges::keep_setuid_only(CellUsers::PROGRAM, executes)?,
        None => privileges::become_user(CellUsers::PROGRAM)?,
    }
    die_with_supervisor()?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).at(SandboxStep::TakeIdentity)?;
    sys::set_rlimit(Resource::Core as u32, NO_CORE_DUMP)
        .at_path(SandboxStep::SetRlimits, "core")?;
    if plan.landlock {
        landlock::restrict(profile.filters.hides_proc)?;
    }
    if plan.seccomp && !plan.group {
        let mut filter = no_cgroup::hidden_memory_filter()?;
        replace_kill(&mut filter, profile.filters.denial.by_launcher());
        sys::install_seccomp(&filter).at(SandboxStep::InstallFilter)?;
    }
    if plan.seccomp {
        let filter = &profile.filters.launcher;
        sys::install_seccomp(filter).at(SandboxStep::InstallFilter)?;
    }
    Ok(())
}

/// Data of the process that waits for a request. It shares memory with the launcher, so all of it
/// is allocated once.
struct WaitingProcess<'a> {
    socket: &'a OwnedFd,
    /// The user to become, if it isn't the launcher's.
    user: Option<Uid>,
    program_filter: Option<&'a [seccompiler::sock_filter]>,
    hands_over_listener: bool,
    bytes: Vec<u8>,
    argv: Vec<*const c_char>,
    env: Vec<*const c_char>,
}

fn become_program(waiting: &mut WaitingProcess<'_>) -> c_int {
    let socket = waiting.socket;
    let error = match waiting.wait_and_execute() {
        Ok(never) => match never {},
        Err(error) => error,
    };
    send_failed(socket, &error);
    127
}

impl WaitingProcess<'_> {
    fn wait_and_execute(&mut self) -> Result<Infallible, SandboxError> {
        setsid().at(SandboxStep::ForkProgram)?;
        if let Some(user) = self.user {
            set_thread_res_uid(user, user, user).at(SandboxStep::TakeIdentity)?;
        }
        match self.program_filter {
            Some(filter) if self.hands_over_listener => {
                listener::install_notifying(filter, self.socket)?;
            }
            filter => {
                let installed = filter.map(sys::install_seccomp).transpose();
                installed.at(SandboxStep::InstallFilter)?;
                send_message(self.socket, READY)?;
            }
        }
        // From here on, only system calls that every program may make.
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let length = receive(self.socket, &mut self.bytes, &mut control)?;
        let request = ExecRequest::decode(&self.bytes[..length])
            .ok_or_else(|| SandboxError::new(SandboxStep::Execute, "malformed exec request"))?;
        let fds = control.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        });
        let mut fds = fds.flatten();
        let mut next = || {
            let missing = || SandboxError::new(SandboxStep::Execute, "a descriptor is missing");
            fds.next().ok_or_else(missing)
        };
        let (stdin, stdout, stderr) = (next()?, next()?, next()?);
        let program;
        let executable = match request.path {
            Some(path) => Executable::Path(path),
            None => {
                program = next()?;
                Executable::Fd(program.as_fd())
            }
        };
        chdir(WORKSPACE).at(SandboxStep::ForkProgram)?;
        dup2_stdin(&stdin).at(SandboxStep::ConnectStreams)?;
        dup2_stdout(&stdout).at(SandboxStep::ConnectStreams)?;
        dup2_stderr(&stderr).at(SandboxStep::ConnectStreams)?;
        for ResourceLimit { resource, value } in request.limits() {
            sys::set_rlimit(resource, value).at_path(SandboxStep::SetRlimits, resource)?;
        }
        let argv = ExecStrings::new(request.argv(), &mut self.argv);
        let env = ExecStrings::new(request.env(), &mut self.env);
        let name = request
            .path
            .map_or("the given file".into(), CStr::to_string_lossy);
        Err(sys::exec(&executable, &argv, &env)).at_path(SandboxStep::Execute, name)
    }
}

fn receive(
    socket: &OwnedFd,
    bytes: &mut [u8],
    control: &mut RecvAncillaryBuffer<'_>,
) -> Result<usize, SandboxError> {
    let mut into = [IoSliceMut::new(bytes)];
    let received =
        recvmsg(socket, &mut into, control, RecvFlags::CMSG_CLOEXEC).at(SandboxStep::Execute)?;
    if received.bytes == 0 {
        // The supervisor has ended, so the init is about to end and kill us.
        sys::exit_now(0);
    }
    if received
        .flags
        .intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC)
    {
        let detail = "the exec request is too long";
        return Err(SandboxError::new(SandboxStep::Execute, detail));
    }
    Ok(received.bytes)
}
