//! The process in a cell that starts one program after another.
//!
//! What all programs of a cell give up (rights over other users, files, system calls), the launcher
//! has given up before, once: a process inherits that for nothing. What is left for each program is to
//! become its user and to lose what only a launcher may do. That is done ahead of time too: a process
//! which shares the launcher's memory, and so costs little to make, gives up the rest and waits to be
//! told what to execute. So none of it is on a run's clock.
//!
//! Programs can't touch it: it is another user, where there is one, and its memory can't be looked
//! into. Where it has the programs' user, one can kill or stop it, and by that ends its own run: its cell
//! is not used again.

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
use super::exec_request::{ExecRequest, MAX_ORDER_BYTES, ResourceLimit};
use super::identity::{CellUsers, die_with_supervisor};
use super::launcher_message::{LauncherMessage, READY};
use super::paths::WORKSPACE;
use super::{landlock, no_cgroup};
use crate::error::StepContext;
use crate::fd::open_null;
use crate::privileges;
use crate::sys::{self, ExecStrings, Executable, Fork, Stack};
use crate::{SandboxError, SandboxStep, WarmInterpreter};

/// Its value is the socket, the filter for programs, and the user that they become.
const TELLS_ZYGOTE: &str = "LETSCODE_LAUNCHER";

/// How often a launcher that is done looks whether the last of its cell is gone.
const UNTIL_KILLED: Duration = Duration::from_millis(100);

/// The one limit at which the kernel starts no program for a dump, where `core_pattern` names one: it does at 0.
/// Where an administrator set 0 the helper raises it, if it may.
pub const NO_DUMP: u64 = 1;

/// Forks the launcher. Returns before it is ready: an error comes out of the other end of its socket.
///
/// With a zygote, it becomes that.
pub fn fork(
    blueprint: CellBlueprint<'_>,
    zygote: Option<&WarmInterpreter>,
    socket: OwnedFd,
) -> Result<(), SandboxError> {
    match sys::fork().at(SandboxStep::ForkLauncher)? {
        Fork::Parent(_) => Ok(()),
        Fork::Child => {
            let lived = match zygote {
                Some(zygote) => become_zygote(blueprint, zygote, &socket),
                None => live(blueprint, &socket),
            };
            let error = match lived {
                Ok(never) => match never {},
                Err(error) => error,
            };
            say_failed(&socket, &error);
            sys::exit_now(1)
        }
    }
}

/// With `write`, which every program may do: a filter is in force.
fn say(socket: &OwnedFd, what: &[u8]) -> Result<(), SandboxError> {
    rustix::io::write(socket, what)
        .map(drop)
        .at(SandboxStep::ForkLauncher)
}

fn say_failed(socket: &OwnedFd, error: &SandboxError) {
    let _ = say(socket, &LauncherMessage::failed(error));
}

/// Executes the interpreter, which is a launcher then: it has given up the same.
fn become_zygote(
    blueprint: CellBlueprint<'_>,
    zygote: &WarmInterpreter,
    socket: &OwnedFd,
) -> Result<Infallible, SandboxError> {
    let filter = blueprint.narrowing().map(sys::filter_bytes);
    let filter = filter.map(|bytes| crate::sealed_copy("filter", bytes.as_slice()));
    let filter = filter.transpose().at(SandboxStep::InstallFilter)?;
    let null = open_null("/dev/null")?;
    dup2_stdin(&null).at(SandboxStep::ConnectStreams)?;
    dup2_stdout(&null).at(SandboxStep::ConnectStreams)?;
    dup2_stderr(&null).at(SandboxStep::ConnectStreams)?;
    chdir(WORKSPACE).at(SandboxStep::ForkLauncher)?;
    become_launcher(blueprint, true)?;
    let socket = inherited(socket)?;
    let filter = filter.as_ref().map(inherited).transpose()?;
    // Where memory is mapped depends on it, and is settled at the start.
    let stack = Resource::Stack as u32;
    sys::set_ceiling(stack, zygote.max_stack_bytes).at_path(SandboxStep::SetRlimits, "stack")?;
    let or_none = |said: Option<String>| said.unwrap_or("-".to_owned());
    let told = format!(
        "{}:{}:{}",
        socket.as_raw_fd(),
        or_none(filter.as_ref().map(|fd| fd.as_raw_fd().to_string())),
        or_none(blueprint.users.to_become().map(|user| user.to_string())),
    );
    let told = (TELLS_ZYGOTE.to_owned(), told);
    let text = |text: String| {
        CString::new(text)
            .map_err(|_| SandboxError::new(SandboxStep::Execute, "a NUL in an argument"))
    };
    let texts = |texts: Vec<String>| texts.into_iter().map(text).collect::<Result<Vec<_>, _>>();
    let env = zygote.env.iter().chain(&zygote.extra_env).chain([&told]);
    let env = texts(env.map(|(name, value)| format!("{name}={value}")).collect())?;
    let argv = texts(zygote.start_argv.clone())?;
    let program = text(zygote.program.clone())?;
    let (mut argv_room, mut env_room) = (Vec::new(), Vec::new());
    let argv = ExecStrings::new(argv.iter().map(CString::as_c_str), &mut argv_room);
    let env = ExecStrings::new(env.iter().map(CString::as_c_str), &mut env_room);
    Err(sys::exec(&Executable::Path(&program), &argv, &env))
        .at_path(SandboxStep::Execute, &zygote.program)
}

/// A copy that outlives an exec, where it is in nobody's way: a runtime's own descriptors, and a
/// program's first, have the numbers that they would have in a program which is executed.
fn inherited(fd: &OwnedFd) -> Result<OwnedFd, SandboxError> {
    const FIRST: i32 = 100;
    let copy = fcntl_dupfd_cloexec(fd, FIRST).at(SandboxStep::ForkLauncher)?;
    fcntl_setfd(&copy, FdFlags::empty()).at(SandboxStep::ForkLauncher)?;
    Ok(copy)
}

fn live(blueprint: CellBlueprint<'_>, socket: &OwnedFd) -> Result<Infallible, SandboxError> {
    become_launcher(blueprint, false)?;
    let mut stack = Stack::new().at(SandboxStep::ForkLauncher)?;
    let mut next = WaitingProcess {
        socket,
        user: blueprint.users.to_become().map(Uid::from_raw),
        narrowing: blueprint.narrowing(),
        bytes: vec![0; MAX_ORDER_BYTES],
        argv: Vec::with_capacity(64),
        env: Vec::with_capacity(64),
    };
    let inherited = sys::own_max_rss_bytes();
    loop {
        let reaped = sys::spawn_and_wait(&mut stack, become_program, &mut next)
            .at(SandboxStep::ForkProgram)?;
        let alone = sys::is_childless();
        // A process begins with our own peak as its peak: a value that is no larger says nothing.
        let max_rss_bytes = match reaped.max_rss_bytes > inherited {
            true => reaped.max_rss_bytes,
            false => 0,
        };
        let ended =
            LauncherMessage::ended(reaped.status, max_rss_bytes, sys::reaped_cpu_time(), alone);
        say(socket, &ended)?;
        if !alone {
            // The cell is not used again: nothing more is to be started in it.
            while !sys::is_childless() {
                std::thread::sleep(UNTIL_KILLED);
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
    // Who has been left alone by his parent is ours: we say when nobody is left.
    set_child_subreaper(Some(rustix::process::getpid())).at(SandboxStep::ForkLauncher)?;
    umask(Mode::from_raw_mode(0o022));
    sys::close_all_on_exec().at(SandboxStep::ConnectStreams)?;
    match users.init_outside {
        Some(_) => privileges::keep_change_of_user(CellUsers::PROGRAM, executes)?,
        None => privileges::become_user(CellUsers::PROGRAM)?,
    }
    die_with_supervisor()?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).at(SandboxStep::TakeIdentity)?;
    sys::set_ceiling(Resource::Core as u32, NO_DUMP).at_path(SandboxStep::SetRlimits, "core")?;
    if plan.landlock {
        landlock::restrict()?;
    }
    if plan.seccomp && !plan.group {
        let filter = no_cgroup::no_hidden_memory()?;
        sys::install_seccomp(&filter).at(SandboxStep::InstallFilter)?;
    }
    if plan.seccomp {
        for filter in &profile.filters.launcher {
            sys::install_seccomp(filter).at(SandboxStep::InstallFilter)?;
        }
    }
    Ok(())
}

/// What the process that waits works with. It shares it with the launcher, so all of it is made once.
struct WaitingProcess<'a> {
    socket: &'a OwnedFd,
    /// Whom to become, where that is not who we are.
    user: Option<Uid>,
    narrowing: Option<&'a [seccompiler::sock_filter]>,
    bytes: Vec<u8>,
    argv: Vec<*const c_char>,
    env: Vec<*const c_char>,
}

fn become_program(next: &mut WaitingProcess<'_>) -> c_int {
    let socket = next.socket;
    let error = match next.wait_and_execute() {
        Ok(never) => match never {},
        Err(error) => error,
    };
    say_failed(socket, &error);
    127
}

impl WaitingProcess<'_> {
    fn wait_and_execute(&mut self) -> Result<Infallible, SandboxError> {
        setsid().at(SandboxStep::ForkProgram)?;
        if let Some(user) = self.user {
            set_thread_res_uid(user, user, user).at(SandboxStep::TakeIdentity)?;
        }
        if let Some(filter) = self.narrowing {
            sys::install_seccomp(filter).at(SandboxStep::InstallFilter)?;
        }
        // From here on, only what every program may do as well.
        say(self.socket, READY)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let length = receive(self.socket, &mut self.bytes, &mut control)?;
        let order = ExecRequest::read(&self.bytes[..length])
            .ok_or_else(|| SandboxError::new(SandboxStep::Execute, "malformed order"))?;
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
        let given;
        let executable = match order.path {
            Some(path) => Executable::Path(path),
            None => {
                given = next()?;
                Executable::Fd(given.as_fd())
            }
        };
        chdir(WORKSPACE).at(SandboxStep::ForkProgram)?;
        dup2_stdin(&stdin).at(SandboxStep::ConnectStreams)?;
        dup2_stdout(&stdout).at(SandboxStep::ConnectStreams)?;
        dup2_stderr(&stderr).at(SandboxStep::ConnectStreams)?;
        for ResourceLimit { resource, value } in order.ceilings() {
            sys::set_ceiling(resource, value).at_path(SandboxStep::SetRlimits, resource)?;
        }
        let argv = ExecStrings::new(order.argv(), &mut self.argv);
        let env = ExecStrings::new(order.env(), &mut self.env);
        let what = order
            .path
            .map_or("the given file".into(), CStr::to_string_lossy);
        Err(sys::exec(&executable, &argv, &env)).at_path(SandboxStep::Execute, what)
    }
}

fn receive(
    socket: &OwnedFd,
    bytes: &mut [u8],
    control: &mut RecvAncillaryBuffer<'_>,
) -> Result<usize, SandboxError> {
    let mut into = [IoSliceMut::new(bytes)];
    let got =
        recvmsg(socket, &mut into, control, RecvFlags::CMSG_CLOEXEC).at(SandboxStep::Execute)?;
    if got.bytes == 0 {
        // The supervisor is gone, and so are we as soon as its init is.
        sys::exit_now(0);
    }
    match got
        .flags
        .intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC)
    {
        false => Ok(got.bytes),
        true => Err(SandboxError::new(SandboxStep::Execute, "an order too long")),
    }
}
