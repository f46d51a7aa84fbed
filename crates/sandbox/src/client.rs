//! The service's side: starts the jail helper and asks it for cells.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::Shutdown;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::error::StepContext;
use crate::fd::{is_ready, socket_pair, timespec};
use crate::protocol::{HelperInfo, HelperSetup, MakeCell, RunReply, StreamKind};
use crate::wire::{WireError, receive, send};
use crate::{
    Artifact, CellProfile, Isolation, Outcome, ResourceUsage, RunRequest, SandboxError,
    SandboxStep, WarmInterpreter,
};

/// How to start a jail helper.
#[derive(Debug, Clone)]
pub struct JailConfig {
    /// The program that calls [`crate::run_helper`], with its arguments: usually this very binary,
    /// `/proc/self/exe`.
    pub helper: PathBuf,
    pub helper_args: Vec<String>,
    pub profiles: Vec<CellProfile>,
    pub isolation: Isolation,
}

/// A running jail helper. Any thread may launch cells; dropping it ends the helper once its cells
/// have ended.
#[derive(Debug)]
pub struct Jail {
    socket: OwnedFd,
    helper: Child,
    /// Open for writing in the helper and its keeper, and nothing is ever written.
    lifeline: OwnedFd,
    info: HelperInfo,
    /// Cells that wait for a run: their sockets.
    idle: Mutex<HashMap<CellKind, Vec<OwnedFd>>>,
    zygotes: HashMap<String, WarmInterpreter>,
    /// Profiles that another run is likely to come of.
    expected: Mutex<HashSet<String>>,
    /// Profiles whose interpreters would not wait: until when they are not asked, and why.
    cold: Mutex<HashMap<String, (Instant, SandboxError)>>,
    /// What a program has said that said nothing.
    nothing: File,
}

/// What sort of cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CellKind {
    profile: String,
    /// With an interpreter waiting in it.
    warm: bool,
}

/// For so long nobody tries again to have an interpreter wait that would not.
const COLD_FOR: Duration = Duration::from_secs(60);

/// More than the helper takes to end its cells and to remove their groups.
const LONGEST_END: Duration = Duration::from_secs(10);

impl Jail {
    /// Starts the helper and waits until it knows the profiles and has found its cgroups.
    pub fn start(config: JailConfig) -> Result<Jail, SandboxError> {
        let (ours, theirs) = socket_pair()?;
        let (lifeline, held) = pipe_with(PipeFlags::CLOEXEC).at(SandboxStep::StartHelper)?;
        let mut helper = Command::new(&config.helper)
            .args(&config.helper_args)
            .env_clear()
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::from(held))
            .stderr(Stdio::inherit())
            .spawn()
            .at_path(SandboxStep::StartHelper, config.helper.display())?;
        let zygotes = config.profiles.iter();
        let zygotes = zygotes.filter_map(|profile| {
            let zygote = profile.interpreter.clone()?;
            Some((profile.name.clone(), zygote))
        });
        let zygotes = zygotes.collect();
        let nothing = File::open("/dev/null").at(SandboxStep::StartHelper)?;
        let setup = HelperSetup {
            profiles: config.profiles,
            isolation: config.isolation,
        };
        match Jail::greet(&ours, &setup) {
            Ok(info) => Ok(Jail {
                socket: ours,
                helper,
                lifeline,
                info,
                idle: Mutex::default(),
                zygotes,
                expected: Mutex::default(),
                cold: Mutex::default(),
                nothing,
            }),
            Err(error) => {
                drop(ours);
                let _ = helper.wait();
                Err(error)
            }
        }
    }

    fn greet(socket: &OwnedFd, setup: &HelperSetup) -> Result<HelperInfo, SandboxError> {
        setup.send(socket).at(SandboxStep::TalkToHelper)?;
        receive::<Result<HelperInfo, SandboxError>>(socket)
            .at(SandboxStep::StartHelper)?
            .0
    }

    /// What the helper is able to do on this machine.
    pub fn info(&self) -> &HelperInfo {
        &self.info
    }

    /// A descriptor that hangs up when the helper and its keeper have ended, however that happened.
    /// Nobody can make cells then: whoever has given up root can't start another.
    pub fn liveness_pipe(&self) -> Result<OwnedFd, SandboxError> {
        self.lifeline.try_clone().at(SandboxStep::TalkToHelper)
    }

    /// Whether [`Jail::liveness_pipe`] has hung up.
    pub fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(&self.lifeline, PollFlags::IN)];
        let at_once = timespec(Duration::ZERO);
        poll(&mut fds, Some(&at_once)).is_ok() && is_ready(&fds[0])
    }

    /// Begins a run, in a cell in which nothing of another run is left: one that waits, or a new one.
    pub fn launch(&self, launch: RunRequest<'_>) -> Result<RunningCell<'_>, SandboxError> {
        let kind = CellKind {
            profile: launch.profile.to_owned(),
            warm: self.can_be_warm(&launch),
        };
        self.expect(&kind.profile);
        let (request, fds) = launch.into_request();
        let cell = loop {
            let (cell, is_new) = match self.take_idle(&kind) {
                Some(cell) => (cell, false),
                None => (self.make_cell(&kind)?, true),
            };
            match send(&cell, &request, &fds) {
                Ok(()) => break cell,
                // It went away while nobody needed it.
                Err(WireError::Io(_)) if !is_new => continue,
                Err(error) => return Err(error).at(SandboxStep::TalkToHelper),
            }
        };
        Ok(RunningCell {
            jail: self,
            kind,
            cell,
            captured: [request.stdout, request.stderr].map(|kind| kind == StreamKind::Captured),
        })
    }

    /// Has at least so many cells of a profile wait for a run, with its interpreter where it has one;
    /// returns without waiting for them.
    pub fn prepare(&self, profile: &str, count: usize) -> Result<(), SandboxError> {
        let kind = CellKind {
            profile: profile.to_owned(),
            warm: self.keeps_interpreter(profile),
        };
        self.expect(profile);
        // Not in the loop's head: the lock would be held throughout, and each cell waits for it.
        let waiting = self.idle().get(&kind).map_or(0, Vec::len);
        for _ in waiting..count {
            let cell = self.make_cell(&kind)?;
            self.keep_idle(&kind, cell);
        }
        Ok(())
    }

    /// Ends all cells that wait, so that the next runs get new ones; returns without waiting for their end.
    pub fn end_idle_cells(&self) {
        self.idle().clear();
    }

    /// Ends all cells, those at work too, and the helper; returns when nothing of them is left. What is asked
    /// for afterwards is an error.
    ///
    /// For whoever ends while others still share this: in a container, what the last process leaves is
    /// killed before it can clean up.
    pub fn end(&self) {
        self.end_idle_cells();
        let _ = rustix::net::shutdown(&self.socket, Shutdown::Both);
        let mut fds = [PollFd::new(&self.lifeline, PollFlags::IN)];
        let _ = poll(&mut fds, Some(&timespec(LONGEST_END)));
    }

    /// The process that makes cells, or the keeper that starts it again: all cells' processes descend from it.
    pub fn helper_pid(&self) -> u32 {
        self.helper.id()
    }

    /// The profiles whose interpreters should wait in cells and do not, with the reasons.
    pub fn cold_interpreters(&self) -> Vec<(String, SandboxError)> {
        let cold = self.cold.lock().unwrap_or_else(PoisonError::into_inner);
        let each = cold.iter();
        each.map(|(profile, (_, why))| (profile.clone(), why.clone()))
            .collect()
    }

    fn keeps_interpreter(&self, profile: &str) -> bool {
        let cold = self.cold.lock().unwrap_or_else(PoisonError::into_inner);
        self.info.supports_warm_interpreters
            && self.zygotes.contains_key(profile)
            && cold
                .get(profile)
                .is_none_or(|(until, _)| *until < Instant::now())
    }

    fn can_be_warm(&self, launch: &RunRequest<'_>) -> bool {
        let profile = launch.profile;
        let zygote = self.zygotes.get(profile);
        zygote.is_some_and(|zygote| {
            zygote.could_be(launch)
                && (!zygote.starts_slowly || self.expects(profile))
                && self.keeps_interpreter(profile)
        })
    }

    /// Whether such a run came before, or was prepared for: what starts slowly is not started for one alone.
    fn expects(&self, profile: &str) -> bool {
        self.expected().contains(profile)
    }

    fn expect(&self, profile: &str) {
        let mut expected = self.expected();
        if !expected.contains(profile) {
            expected.insert(profile.to_owned());
        }
    }

    fn expected(&self) -> MutexGuard<'_, HashSet<String>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After the end of a cell: who needs the next one should not have to wait for it.
    fn replace(&self, kind: &CellKind) {
        let zygote = self.zygotes.get(&kind.profile);
        let is_awaited = zygote.is_some_and(|zygote| zygote.starts_slowly)
            && kind.warm
            && self.keeps_interpreter(&kind.profile);
        if is_awaited {
            // Where that is impossible, the next run says why.
            let _ = self.prepare(&kind.profile, 1);
        }
    }

    /// What a cell that should have had an interpreter says of it.
    fn note_cold(&self, profile: &str, because: Option<SandboxError>) {
        let mut cold = self.cold.lock().unwrap_or_else(PoisonError::into_inner);
        match because {
            Some(error) => {
                drop(cold.insert(profile.to_owned(), (Instant::now() + COLD_FOR, error)))
            }
            None => drop(cold.remove(profile)),
        }
    }

    /// The cell takes requests at once; they wait in its socket until it is built.
    fn make_cell(&self, kind: &CellKind) -> Result<OwnedFd, SandboxError> {
        let (ours, theirs) = socket_pair()?;
        let request = MakeCell {
            profile: kind.profile.clone(),
            warm: kind.warm,
        };
        send(&self.socket, &request, &[theirs.as_fd()]).at(SandboxStep::TalkToHelper)?;
        Ok(ours)
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<CellKind, Vec<OwnedFd>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that was used last: its memory is the warmest, and the others may go.
    fn take_idle(&self, kind: &CellKind) -> Option<OwnedFd> {
        self.idle().get_mut(kind)?.pop()
    }

    fn keep_idle(&self, kind: &CellKind, cell: OwnedFd) {
        let mut idle = self.idle();
        idle.entry(kind.clone()).or_default().push(cell);
    }

    /// [`Jail::launch`] and [`RunningCell::wait`] in one.
    pub fn run(&self, launch: RunRequest<'_>) -> Result<RunResult, SandboxError> {
        self.launch(launch)?.wait()
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        self.end();
        let _ = self.helper.wait();
    }
}

/// A cell at work. Dropping it ends the cell.
#[derive(Debug)]
pub struct RunningCell<'a> {
    jail: &'a Jail,
    kind: CellKind,
    cell: OwnedFd,
    captured: [bool; 2],
}

/// Says of a run of low priority that somebody waits for it now: it goes on with an ordinary one. Holding
/// this longer than the run lasts keeps its cell from being ended.
#[derive(Debug)]
pub struct PriorityBoost(OwnedFd);

impl PriorityBoost {
    pub fn apply(&self) {
        // Who has gone away is done.
        let _ = send(&self.0, &(), &[]);
    }
}

impl RunningCell<'_> {
    pub fn priority_boost(&self) -> Result<PriorityBoost, SandboxError> {
        self.cell
            .try_clone()
            .map(PriorityBoost)
            .at(SandboxStep::TalkToHelper)
    }

    /// Blocks until every process of the run has ended; if the cell is not fit for another run, also
    /// until its cgroup is gone.
    pub fn wait(self) -> Result<RunResult, SandboxError> {
        let (answer, fds) = receive::<RunReply>(&self.cell).at(SandboxStep::TalkToHelper)?;
        if self.kind.warm && (answer.cold_because.is_some() || answer.result.is_ok()) {
            self.jail.note_cold(&self.kind.profile, answer.cold_because);
        }
        match answer.reusable {
            true => self.jail.keep_idle(&self.kind, self.cell),
            false => self.jail.replace(&self.kind),
        }
        let report = answer.result?;
        let mut fds = fds.into_iter();
        let mut next = |present: bool| match present {
            true => fds.next().map(Some).ok_or_else(|| {
                SandboxError::new(SandboxStep::TalkToHelper, "the answer lacks a descriptor")
            }),
            false => Ok(None),
        };
        let mut stream = |captured: bool, said: bool| match (captured, next(said)?) {
            (false, _) => Ok(None),
            (true, Some(fd)) => Ok(Some(File::from(fd))),
            (true, None) => self
                .jail
                .nothing
                .try_clone()
                .map(Some)
                .at(SandboxStep::TalkToHelper),
        };
        let stdout = stream(self.captured[0], report.said[0])?;
        let stderr = stream(self.captured[1], report.said[1])?;
        let collected = report
            .collected
            .into_iter()
            .map(|present| Ok(next(present)?.map(Artifact::from)))
            .collect::<Result<_, SandboxError>>()?;
        Ok(RunResult {
            outcome: report.outcome,
            usage: report.usage,
            stdout,
            stderr,
            collected,
        })
    }
}

/// What became of a run.
#[derive(Debug)]
pub struct RunResult {
    pub outcome: Outcome,
    pub usage: ResourceUsage,
    /// Sealed and rewound; present where the stream was [`StdStream::Captured`].
    pub stdout: Option<File>,
    pub stderr: Option<File>,
    /// In the order of [`RunRequest::collect`]; `None` where there was no such regular file.
    pub collected: Vec<Option<Artifact>>,
}
