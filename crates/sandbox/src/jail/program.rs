//! The last steps before a stranger's code: everything the program may not have is taken away, in
//! the one order in which each step is still allowed.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource, Rlimit, chdir, setrlimit, setsid, umask};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::Blueprint;
use super::identity::Users;
use super::landlock;
use super::root::WORKSPACE;
use super::supervisor::Order;
use super::without_group;
use crate::error::At;
use crate::privileges;
use crate::protocol::ProgramKind;
use crate::sys::{self, ExecStrings, Executable, Fork};
use crate::{Limits, SandboxError, Step};

/// A process that has given up everything and waits for the word to execute the program. So what
/// is measured after the word is the program's own doing, and not ours.
pub struct Prepared {
    pub pid: Pid,
    word: File,
    /// Brings [`PREPARED`] and then, closed by a successful exec, nothing more; or an error.
    report: File,
}

/// Told when nothing is left to do but to execute the program.
const PREPARED: u8 = b'.';

impl Prepared {
    /// Gives the word, and returns when the program has been executed.
    pub fn start(mut self) -> Result<Pid, SandboxError> {
        // If it is dead already it has said why.
        let _ = self.word.write_all(b"!");
        match self.fault(Vec::new())? {
            None => Ok(self.pid),
            Some(error) => Err(error),
        }
    }

    /// Waits until the process is prepared.
    fn await_prepared(mut self) -> Result<Self, SandboxError> {
        let mut first = [0];
        self.report.read_exact(&mut first).at(Step::ForkProgram)?;
        match first == [PREPARED] {
            true => Ok(self),
            false => match self.fault(first.to_vec())? {
                Some(error) => Err(error),
                None => Err(SandboxError::new(Step::ForkProgram, "a malformed report")),
            },
        }
    }

    /// Reads to the end: the error, if one was reported.
    fn fault(&mut self, mut text: Vec<u8>) -> Result<Option<SandboxError>, SandboxError> {
        self.report.read_to_end(&mut text).at(Step::ForkProgram)?;
        match text.is_empty() {
            true => Ok(None),
            false => serde_json::from_slice(&text)
                .map(Some)
                .at(Step::ForkProgram),
        }
    }
}

/// Forks the process that will be the program, and returns when it is prepared.
pub fn prepare(blueprint: Blueprint<'_>, order: Order) -> Result<Prepared, SandboxError> {
    let (word_reader, word) = pipe()?;
    let (report, report_writer) = pipe()?;
    match sys::fork().at(Step::ForkProgram)? {
        Fork::Parent(pid) => {
            // Held open here, it would never end.
            drop((word_reader, report_writer, order));
            Prepared { pid, word, report }.await_prepared()
        }
        Fork::Child => {
            drop((word, report));
            let error = match become_program(blueprint, order, word_reader, &report_writer) {
                Ok(never) => match never {},
                Err(error) => error,
            };
            // With `write` and nothing else: the filter may be in force.
            let text = serde_json::to_vec(&error).unwrap_or_default();
            let _ = (&report_writer).write_all(&text);
            sys::exit_now(127)
        }
    }
}

/// Pipes and not sockets, because the filter lets every program read and write.
fn pipe() -> Result<(File, File), SandboxError> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).at(Step::ForkProgram)?;
    Ok((File::from(reader), File::from(writer)))
}

fn become_program(
    blueprint: Blueprint<'_>,
    order: Order,
    mut word: File,
    mut report: &File,
) -> Result<Infallible, SandboxError> {
    // Prepared first: after the filter is in force, even allocation is the program's business.
    let request = &order.request;
    let argv = ExecStrings::new(c_strings(request.argv.iter().cloned())?);
    let variables = request
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let env = ExecStrings::new(c_strings(variables)?);
    let executable = match (&request.program, &order.program) {
        (ProgramKind::Given, Some(fd)) => Executable::Fd(fd.as_fd()),
        (ProgramKind::Path(path), _) => Executable::Path(c_string(path.clone())?),
        (ProgramKind::Given, None) => {
            return Err(SandboxError::new(Step::Execute, "no program was given"));
        }
    };
    setsid().at(Step::ForkProgram)?;
    chdir(WORKSPACE).at(Step::ForkProgram)?;
    umask(Mode::from_raw_mode(0o022));
    connect_streams(&order)?;
    sys::close_all_on_exec().at(Step::ConnectStreams)?;
    let plan = blueprint.plan;
    set_rlimits(&request.limits)?;
    if !plan.group {
        without_group::limit_processes(&request.limits)?;
    }
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
    report.write_all(&[PREPARED]).at(Step::Execute)?;
    word.read_exact(&mut [0]).at(Step::Execute)?;
    let what = match &request.program {
        ProgramKind::Path(path) => path.as_str(),
        ProgramKind::Given => "the given file",
    };
    Err(sys::exec(&executable, &argv, &env)).at_path(Step::Execute, what)
}

fn c_string(text: String) -> Result<CString, SandboxError> {
    CString::new(text).map_err(|_| SandboxError::new(Step::Execute, "NUL in an argument"))
}

fn c_strings(texts: impl Iterator<Item = String>) -> Result<Vec<CString>, SandboxError> {
    texts.map(c_string).collect()
}

fn connect_streams(order: &Order) -> Result<(), SandboxError> {
    let null = openat(
        CWD,
        "/dev/null",
        OFlags::RDWR | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .at(Step::ConnectStreams)?;
    fn given<'a>(stream: &'a Option<OwnedFd>, null: &'a OwnedFd) -> BorrowedFd<'a> {
        stream.as_ref().unwrap_or(null).as_fd()
    }
    dup2_stdin(given(&order.stdin, &null)).at(Step::ConnectStreams)?;
    dup2_stdout(given(&order.stdout, &null)).at(Step::ConnectStreams)?;
    dup2_stderr(given(&order.stderr, &null)).at(Step::ConnectStreams)
}

fn set_rlimits(limits: &Limits) -> Result<(), SandboxError> {
    // One second above what the supervisor enforces: this is for the case that it can't.
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
    set_each(&table)
}

fn set_each(table: &[(Resource, u64)]) -> Result<(), SandboxError> {
    table.iter().try_for_each(|(resource, value)| {
        let limit = Rlimit {
            current: Some(*value),
            maximum: Some(*value),
        };
        setrlimit(*resource, limit).at_path(Step::SetRlimits, format!("{resource:?}"))
    })
}
