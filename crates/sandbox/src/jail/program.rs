//! The last steps before a stranger's code: everything the program may not have is taken away, in
//! the one order in which each step is still allowed.
//!
//! All of that is done ahead of time: a process that has given up everything waits, and when a run
//! comes it is told what to execute. So none of it is on a run's clock.

use std::convert::Infallible;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::Mode;
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, chdir, pidfd_open, setsid, umask};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::identity::Users;
use super::root::WORKSPACE;
use super::{Blueprint, landlock, socket_pair, without_group};
use crate::error::At;
use crate::privileges;
use crate::protocol::{ExecOrder, ProgramKind, Waiting, receive};
use crate::sys::{self, ExecStrings, Executable, Fork};
use crate::{Limits, SandboxError, Step};

/// A process that waits for its [`ExecOrder`].
pub struct Forked {
    pub pid: Pid,
    pub pidfd: OwnedFd,
    /// Leads to it.
    pub socket: OwnedFd,
}

/// Forks a process that becomes nobody and waits. Returns before it is done with that: an error
/// comes out of its socket.
pub fn fork_waiting(blueprint: Blueprint<'_>) -> Result<Forked, SandboxError> {
    let (ours, theirs) = socket_pair()?;
    match sys::fork().at(Step::ForkProgram)? {
        Fork::Parent(pid) => Ok(Forked {
            pid,
            pidfd: pidfd_open(pid, PidfdFlags::empty()).at(Step::ForkProgram)?,
            socket: ours,
        }),
        Fork::Child => {
            drop(ours);
            let error = match become_program(blueprint, &theirs) {
                Ok(never) => match never {},
                Err(error) => error,
            };
            let _ = say(&theirs, &Waiting::Failed(error));
            sys::exit_now(127)
        }
    }
}

/// With `write`, which every program may do: the filter may be in force.
fn say(socket: &OwnedFd, message: &Waiting) -> Result<(), SandboxError> {
    let text = serde_json::to_vec(message).at(Step::ForkProgram)?;
    rustix::io::write(socket, &text)
        .map(drop)
        .at(Step::ForkProgram)
}

fn become_program(blueprint: Blueprint<'_>, socket: &OwnedFd) -> Result<Infallible, SandboxError> {
    let plan = blueprint.plan;
    setsid().at(Step::ForkProgram)?;
    chdir(WORKSPACE).at(Step::ForkProgram)?;
    umask(Mode::from_raw_mode(0o022));
    sys::close_all_on_exec().at(Step::ConnectStreams)?;
    privileges::become_user(Users::PROGRAM)?;
    if plan.landlock {
        landlock::restrict()?;
    }
    if plan.seccomp && !plan.group {
        let filter = without_group::no_hidden_memory()?;
        sys::install_seccomp(&filter).at(Step::InstallFilter)?;
    }
    if plan.seccomp {
        for filter in &blueprint.profile.filters {
            sys::install_seccomp(filter).at(Step::InstallFilter)?;
        }
    }
    // From here on, only what every program may do as well.
    say(socket, &Waiting::Prepared)?;
    let (order, fds) = receive::<ExecOrder>(socket).at(Step::Execute)?;
    execute(order, fds)
}

fn execute(order: ExecOrder, fds: Vec<OwnedFd>) -> Result<Infallible, SandboxError> {
    let argv = ExecStrings::new(c_strings(order.argv.into_iter())?);
    let variables = order
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let env = ExecStrings::new(c_strings(variables)?);
    let missing = || SandboxError::new(Step::Execute, "a descriptor is missing");
    let mut fds = fds.into_iter();
    let streams = [(); 3].map(|()| fds.next());
    let [Some(stdin), Some(stdout), Some(stderr)] = streams else {
        return Err(missing());
    };
    let given = match order.program {
        ProgramKind::Given => Some(fds.next().ok_or_else(missing)?),
        ProgramKind::Path(_) => None,
    };
    let (executable, what) = match (&order.program, &given) {
        (ProgramKind::Path(path), _) => (Executable::Path(c_string(path.clone())?), path.as_str()),
        (_, Some(fd)) => (Executable::Fd(fd.as_fd()), "the given file"),
        (ProgramKind::Given, None) => return Err(missing()),
    };
    dup2_stdin(&stdin).at(Step::ConnectStreams)?;
    dup2_stdout(&stdout).at(Step::ConnectStreams)?;
    dup2_stderr(&stderr).at(Step::ConnectStreams)?;
    Err(sys::exec(&executable, &argv, &env)).at_path(Step::Execute, what)
}

fn c_string(text: String) -> Result<CString, SandboxError> {
    CString::new(text).map_err(|_| SandboxError::new(Step::Execute, "NUL in an argument"))
}

fn c_strings(texts: impl Iterator<Item = String>) -> Result<Vec<CString>, SandboxError> {
    texts.map(c_string).collect()
}

/// Sets the limits of the process that waits, from outside: it can't raise them again.
pub fn set_rlimits(pid: Pid, limits: &Limits) -> Result<(), SandboxError> {
    // Above what the supervisor enforces: this is for the case that it can't.
    let cpu_seconds = limits.cpu_time.as_secs().saturating_add(2);
    let table = [
        (Resource::Core, 0),
        (Resource::Cpu, cpu_seconds),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Nofile, u64::from(limits.open_files)),
        (Resource::Stack, limits.stack_bytes),
        (Resource::Memlock, 64 * 1024),
        (Resource::Msgqueue, 0),
        (Resource::Nice, 0),
        (Resource::Rtprio, 0),
        (Resource::Sigpending, 256),
    ];
    table.into_iter().try_for_each(|(resource, value)| {
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        rustix::process::prlimit(Some(pid), resource, limit)
            .map(drop)
            .at_path(Step::SetRlimits, format!("{resource:?}"))
    })
}
