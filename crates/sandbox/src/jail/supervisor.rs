//! The life of one cell, seen from outside: makes its cgroup and namespaces, then takes requests,
//! one after another, until its requester is gone or a run has left it unfit for another.

use std::fs::{self, File};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::Shutdown;
use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use super::folders::{FolderState, WritableFolders};
use super::order::LauncherMessage;
use super::watch::{self, FinishedRun};
use super::{CellBlueprint, borrowed, init, is_ready, open_null, socket_pair, timespec};
use crate::cgroup::{CellCgroup, CgroupHierarchy};
use crate::error::StepContext;
use crate::protocol::{
    CollectSpec, FileSpec, InitCommand, InitMessage, ProgramKind, RunMessage, RunReply, StreamKind,
    WireError, receive, send,
};
use crate::sys::{self, Fork};
use crate::{Limits, SandboxError, SandboxStep};

/// A cell is replaced after so many runs, so that nothing can pile up unnoticed.
const MOST_RUNS: u32 = 1000;

/// With an interpreter in it, sooner: all that it forks have its layout of memory and its seed for hashes.
const MOST_RUNS_WARM: u32 = 200;

/// A launcher that takes longer to be ready for the next program is broken. An interpreter may have to be
/// read from a slow disk first.
const LAUNCHER_PATIENCE: Duration = Duration::from_secs(30);

/// A cell that nobody needs for so long goes away.
const LONGEST_IDLE: Duration = Duration::from_secs(300);

/// A request with its descriptors sorted.
pub struct ReceivedRun {
    pub request: RunMessage,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    pub program: Option<OwnedFd>,
    pub files: Vec<OwnedFd>,
}

impl ReceivedRun {
    /// Checks that the limits are reasonable and that the descriptors are as many as the request
    /// says.
    fn check(request: RunMessage, fds: Vec<OwnedFd>) -> Result<Self, SandboxError> {
        if let Some(field) = request.limits.unreasonable() {
            let detail = format!("`{field}` is beyond what a cell may be granted");
            return Err(SandboxError::new(SandboxStep::ReadRequest, detail));
        }
        let mut fds = fds.into_iter();
        let mut next = |wanted: bool| match wanted {
            false => Ok(None),
            true => fds.next().map(Some).ok_or_else(|| {
                SandboxError::new(SandboxStep::ReadRequest, "fewer descriptors than announced")
            }),
        };
        let stdin = next(request.stdin == StreamKind::Given)?;
        let stdout = next(request.stdout == StreamKind::Given)?;
        let stderr = next(request.stderr == StreamKind::Given)?;
        let program = next(request.program == ProgramKind::Given)?;
        let files: Vec<OwnedFd> = fds.collect();
        if files.len() != request.files.len() {
            return Err(SandboxError::new(
                SandboxStep::ReadRequest,
                "the number of files is not the number of descriptors",
            ));
        }
        Ok(ReceivedRun {
            request,
            stdin,
            stdout,
            stderr,
            program,
            files,
        })
    }
}

/// A whole life. `requester` is the socket that requests come from and answers go to; what goes wrong is
/// said there.
pub fn run(
    hierarchy: &dyn CgroupHierarchy,
    name: &str,
    blueprint: CellBlueprint<'_>,
    mut requester: Requester,
) {
    let last = hierarchy
        .create(name, &Limits::default())
        .and_then(|mut group| {
            let lived = live(&mut *group, blueprint, &mut requester);
            end_survivors(&*group);
            // The last answer goes out after the group is gone: whoever has it can count on a clean
            // host.
            group.remove().at(SandboxStep::Supervise)?;
            lived
        });
    match last {
        Ok(None) => {}
        Ok(Some(finished)) => {
            requester.answer(finished, false);
        }
        Err(error) => requester.refuse(error),
    }
}

/// Who sends requests, one after another, and waits for an answer to each.
pub struct Requester {
    pub socket: OwnedFd,
    /// A request has come that has not been answered.
    waits: bool,
}

impl Requester {
    pub fn new(socket: OwnedFd) -> Self {
        Requester {
            socket,
            waits: false,
        }
    }

    /// `None` when the requester is gone, has not come for long, or the cell is no longer alive.
    fn next(&mut self, alive: &[&OwnedFd]) -> Result<Option<ReceivedRun>, SandboxError> {
        let mut fds = vec![PollFd::new(&self.socket, PollFlags::IN)];
        fds.extend(alive.iter().map(|fd| PollFd::new(*fd, PollFlags::empty())));
        let patience = timespec(LONGEST_IDLE);
        loop {
            match poll(&mut fds, Some(&patience)) {
                Err(Errno::INTR) => continue,
                other => other.map(drop).at(SandboxStep::Supervise)?,
            }
            if !is_ready(&fds[0]) {
                // Nobody came. Whoever tries from now on is told so at once, and one that has just come is
                // still heard: its request lies in the socket.
                let _ = rustix::net::shutdown(&self.socket, Shutdown::Read);
            }
            let received = receive::<Option<RunMessage>>(&self.socket);
            self.waits = !matches!(received, Err(WireError::Closed));
            return match received {
                // A [`PriorityBoost`](crate::PriorityBoost) that came when the run had ended.
                Ok((None, _)) => continue,
                Ok((Some(request), fds)) => ReceivedRun::check(request, fds).map(Some),
                Err(WireError::Closed) => Ok(None),
                Err(error) => Err(error).at(SandboxStep::ReadRequest),
            };
        }
    }

    /// Says whether it arrived: a requester that has gone away is no fault of the cell.
    fn answer(&mut self, finished: FinishedRun, reusable: bool) -> bool {
        self.waits = false;
        let answer = RunReply {
            result: Ok(finished.report),
            reusable,
            cold_because: finished.cold_because,
        };
        send(&self.socket, &answer, &borrowed(&finished.fds)).is_ok()
    }

    /// An error is the answer to a request: if none has come yet, to the next. (A socket that is
    /// closed while a request lies in it would throw the answer away.)
    pub fn refuse(mut self, error: SandboxError) {
        let asked = self.waits || !matches!(self.next(&[]), Ok(None));
        if asked {
            let _ = send(&self.socket, &RunReply::failed(error), &[]);
        }
    }
}

/// Makes the cell and serves until it ends, with the answer that has not been sent yet.
fn live(
    group: &mut dyn CellCgroup,
    blueprint: CellBlueprint<'_>,
    requester: &mut Requester,
) -> Result<Option<FinishedRun>, SandboxError> {
    let (ours, theirs) = socket_pair()?;
    let (fork, pidfd) = sys::clone_into(blueprint.plan.namespaces(), group.birthplace())
        .at(SandboxStep::CreateNamespaces)?;
    let (pid, pidfd) = match (fork, pidfd) {
        (Fork::Parent(pid), Some(pidfd)) => (pid, pidfd),
        _ => {
            drop(ours);
            init::run(blueprint, theirs)
        }
    };
    drop(theirs);
    let init = InitProcess {
        pid,
        pidfd,
        ended: false,
    };
    let mut cell = SupervisedCell::build(init, ours, group, blueprint)?;
    loop {
        let Some(order) = requester.next(&[&cell.socket, &cell.launcher])? else {
            return Ok(None);
        };
        cell.await_clean()?;
        cell.runs += 1;
        let finished = watch::run(&mut cell, order, &requester.socket)?;
        if !finished.fit_for_another || cell.runs >= cell.most_runs() {
            return Ok(Some(finished));
        }
        if !requester.answer(finished, true) {
            return Ok(None);
        }
        cell.clean()?;
    }
}

/// The init's end is the end of its pid namespace, so nobody is left; unless the cell has none.
fn end_survivors(group: &dyn CellCgroup) {
    let survivors = group.processes().unwrap_or_default();
    for pid in survivors
        .into_iter()
        .filter_map(|pid| Pid::from_raw(pid as i32))
    {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}

/// The cell's pid 1. Dropping it kills the cell: no error path can leave one behind.
pub struct InitProcess {
    pub pid: Pid,
    pidfd: OwnedFd,
    ended: bool,
}

impl InitProcess {
    /// Kills every process of the cell and returns when all of them are gone: the kernel lets an
    /// init end only after the rest of its pid namespace has.
    pub fn kill(&mut self) {
        if !self.ended {
            let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
            while let Err(Errno::INTR) = waitpid(Some(self.pid), WaitOptions::empty()) {}
            self.ended = true;
        }
    }
}

impl Drop for InitProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A cell, seen from outside.
pub struct SupervisedCell<'a> {
    pub init: InitProcess,
    /// Leads to the init.
    pub socket: OwnedFd,
    pub launcher: OwnedFd,
    pub group: &'a mut dyn CellCgroup,
    pub blueprint: CellBlueprint<'a>,
    /// For what programs write.
    pub buffer: Vec<u8>,
    /// The cell's own `/dev/null`, only to be opened again.
    null: OwnedFd,
    pub folders: WritableFolders,
    /// What was charged to its group before the first run.
    pub memory_when_new: Option<u64>,
    /// The init cleans the folders.
    cleaning: bool,
    warm: bool,
    runs: u32,
    /// Why it has no interpreter waiting although it should.
    pub cold_because: Option<SandboxError>,
    workspace_bytes: u64,
}

impl<'a> SupervisedCell<'a> {
    /// Gives the init its identity and cgroup, and has it build the cell.
    fn build(
        init: InitProcess,
        socket: OwnedFd,
        group: &'a mut dyn CellCgroup,
        blueprint: CellBlueprint<'a>,
    ) -> Result<Self, SandboxError> {
        blueprint.users.give_to(init.pid)?;
        go_first_when_memory_ends(init.pid)?;
        if group.birthplace().is_none() {
            group.enter(init.pid)?;
        }
        let (launcher, theirs) = socket_pair()?;
        send(&socket, &InitCommand::Build, &[theirs.as_fd()]).at(SandboxStep::Supervise)?;
        drop(theirs);
        let mut fds = match receive(&socket).at(SandboxStep::Supervise)? {
            (InitMessage::Ready, fds) => fds,
            (InitMessage::Failed(error), _) => return Err(error),
            _ => return Err(out_of_turn()),
        };
        let null = fds.pop().ok_or_else(out_of_turn)?;
        Ok(SupervisedCell {
            init,
            socket,
            launcher,
            group,
            blueprint,
            buffer: vec![0; 64 * 1024],
            null,
            memory_when_new: None,
            folders: WritableFolders::new(fds).at(SandboxStep::Supervise)?,
            cleaning: false,
            warm: blueprint.warm,
            runs: 0,
            cold_because: None,
            workspace_bytes: Limits::default().workspace_bytes,
        })
    }

    /// For a stream that is nothing. Not the host's: what a program sets of a file, whoever has it sees, and the
    /// times of a device node everybody may set to now.
    pub fn open_null(&self) -> Result<OwnedFd, SandboxError> {
        let path = format!("/proc/self/fd/{}", self.null.as_raw_fd());
        open_null(&path)
    }

    /// Begins to make the cell as if nothing had ever run in it.
    fn clean(&mut self) -> Result<(), SandboxError> {
        self.cleaning = self.folders.condition() != FolderState::Untouched;
        match self.cleaning {
            true => send(&self.socket, &InitCommand::Clean, &[]).at(SandboxStep::Supervise),
            false => Ok(()),
        }
    }

    fn most_runs(&self) -> u32 {
        match (self.blueprint.warm, self.warm) {
            (false, _) => MOST_RUNS,
            (true, true) => MOST_RUNS_WARM,
            // Whoever asks for it wants an interpreter.
            (true, false) => 0,
        }
    }

    /// Little enough was left in its folders for another run.
    pub fn can_be_cleaned(&self) -> bool {
        self.folders.condition() != FolderState::Unusable
    }

    /// Waits until that is done, and until a process has given up everything and waits for an order:
    /// that is our work, not the program's.
    fn await_clean(&mut self) -> Result<(), SandboxError> {
        if self.cleaning {
            match receive(&self.socket).at(SandboxStep::Supervise)?.0 {
                InitMessage::Cleaned => {}
                InitMessage::Failed(error) => return Err(error),
                _ => return Err(out_of_turn()),
            }
            if !self.folders.are_as_new() {
                return Err(SandboxError::new(
                    SandboxStep::Supervise,
                    "a cell did not come clean",
                ));
            }
            self.cleaning = false;
        }
        match self.await_launcher() {
            Err(error) if self.warm => self.start_cold(error),
            other => other,
        }
    }

    fn await_launcher(&mut self) -> Result<(), SandboxError> {
        let mut is_waiting = false;
        loop {
            let patience = match is_waiting {
                true => Duration::ZERO,
                false => LAUNCHER_PATIENCE,
            };
            let mut fds = [PollFd::new(&self.launcher, PollFlags::IN)];
            match poll(&mut fds, Some(&timespec(patience))) {
                Err(Errno::INTR) => continue,
                other => other.map(drop).at(SandboxStep::Supervise)?,
            }
            if !is_ready(&fds[0]) {
                let slow = || SandboxError::new(SandboxStep::ForkLauncher, "it does not get ready");
                return is_waiting.then_some(()).ok_or_else(slow);
            }
            is_waiting = match hear_launcher(&self.launcher)? {
                Some(LauncherMessage::Ready) => true,
                Some(LauncherMessage::Failed(error)) => return Err(error),
                // Killed from outside while it waited; another takes its place.
                Some(LauncherMessage::Exited(_)) if is_waiting => false,
                Some(LauncherMessage::Exited(_)) => {
                    let detail = "a process ended before it was told what to execute";
                    return Err(SandboxError::new(SandboxStep::ForkProgram, detail));
                }
                None => return Err(SandboxError::new(SandboxStep::ForkLauncher, "it has ended")),
            };
        }
    }

    /// Goes on with an ordinary launcher, for one run.
    fn start_cold(&mut self, because: SandboxError) -> Result<(), SandboxError> {
        let (launcher, theirs) = socket_pair()?;
        let order = InitCommand::StartCold;
        send(&self.socket, &order, &[theirs.as_fd()]).at(SandboxStep::Supervise)?;
        self.launcher = launcher;
        self.warm = false;
        let profile = &self.blueprint.profile.profile.name;
        eprintln!("letscode jail: no interpreter waits for `{profile}`: {because}");
        // One that has worked before was killed from outside: the next will do.
        self.cold_because = (self.runs == 0).then_some(because);
        self.await_launcher()
    }

    /// Has the init write files into the workspace, of the size that the run may have.
    pub fn furnish(
        &mut self,
        workspace_bytes: u64,
        files: &[FileSpec],
        contents: &[OwnedFd],
    ) -> Result<(), SandboxError> {
        if files.is_empty() && workspace_bytes == self.workspace_bytes {
            return Ok(());
        }
        self.workspace_bytes = workspace_bytes;
        let order = InitCommand::Furnish {
            workspace_bytes,
            files: files.to_vec(),
        };
        send(&self.socket, &order, &borrowed(contents)).at(SandboxStep::Supervise)?;
        match receive(&self.socket).at(SandboxStep::Supervise)?.0 {
            InitMessage::Furnished => Ok(()),
            InitMessage::Failed(error) => Err(error),
            _ => Err(out_of_turn()),
        }
    }

    /// Takes files out of the workspace when the program has ended. `None` when the init has, too:
    /// the kernel killed it for memory.
    pub fn collect(
        &mut self,
        files: &[CollectSpec],
        alone: bool,
    ) -> Result<Option<CollectedFiles>, SandboxError> {
        if alone && files.is_empty() {
            return Ok(Some(Default::default()));
        }
        let order = InitCommand::Collect {
            files: files.to_vec(),
            end_everything: !alone,
        };
        if send(&self.socket, &order, &[]).is_err() {
            return Ok(None);
        }
        match receive(&self.socket) {
            Ok((InitMessage::Collected { collected }, fds)) => Ok(Some((collected, fds))),
            Ok((InitMessage::Failed(error), _)) => Err(error),
            Ok(_) => Err(out_of_turn()),
            Err(_) => Ok(None),
        }
    }
}

/// Which of the files are there, and those that are.
pub type CollectedFiles = (Vec<bool>, Vec<OwnedFd>);

/// `None` when the launcher has ended.
pub fn hear_launcher(launcher: &OwnedFd) -> Result<Option<LauncherMessage>, SandboxError> {
    let mut bytes = [0; 1024];
    match rustix::io::read(launcher, &mut bytes) {
        Ok(0) | Err(Errno::CONNRESET) => Ok(None),
        Ok(length) => LauncherMessage::read(&bytes[..length])
            .map(Some)
            .ok_or_else(out_of_turn),
        Err(error) => Err(error).at(SandboxStep::Supervise),
    }
}

pub fn out_of_turn() -> SandboxError {
    SandboxError::new(
        SandboxStep::Supervise,
        "a process of the cell's own spoke out of turn",
    )
}

/// When the machine itself runs out of memory the kernel takes a cell, and nothing of the service.
/// Handed down to all of the cell, and only root could take it back.
fn go_first_when_memory_ends(init: Pid) -> Result<(), SandboxError> {
    let path = format!("/proc/{}/oom_score_adj", init.as_raw_nonzero());
    fs::write(&path, "1000").at_path(SandboxStep::Supervise, path)
}

/// Copies a collected file into an anonymous file, bounded.
pub fn bounded_copy(source: File, max_bytes: u64) -> std::io::Result<Option<OwnedFd>> {
    use std::io::Read;
    if source.metadata()?.len() > max_bytes {
        return Ok(None);
    }
    crate::sealed_copy("collected", source.take(max_bytes)).map(Some)
}
