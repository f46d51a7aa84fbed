//! The service's side: starts the jail helper and asks it for cells.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::Shutdown;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::error::StepContext;
use crate::fd::{is_ready, socket_pair, timespec};
use crate::protocol::{HelperInfo, HelperSetup, MakeCell, RunReply, StreamKind};
use crate::wire::{WireError, receive, send};
use crate::{
    Artifact, CellProfile, DeniedSyscall, Isolation, Outcome, ResourceUsage, RunActivity,
    RunRequest, SandboxError, SandboxStep, WarmInterpreter,
};

/// Settings for starting a jail helper.
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
    /// Read end of a pipe whose write end only the helper and its monitor hold. Nothing is ever
    /// written to it.
    liveness_pipe: OwnedFd,
    info: HelperInfo,
    /// Number of times that all cells were given up. A cell of an earlier generation takes no further
    /// run.
    generation: AtomicU64,
    /// Sockets of the cells that wait for a run.
    idle_cells: Mutex<HashMap<CellKind, Vec<OwnedFd>>>,
    interpreters: HashMap<String, WarmInterpreter>,
    /// Profiles of which another run is likely.
    expected_profiles: Mutex<HashSet<String>>,
    /// Profiles whose warm interpreter failed to start: when to try again, and the error.
    cold_profiles: Mutex<HashMap<String, (Instant, SandboxError)>>,
    /// `/dev/null`, returned as the captured output of a program that wrote nothing.
    empty_output: File,
}

/// Idle cells of equal kind are interchangeable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CellKind {
    profile: String,
    /// A warm interpreter waits in it.
    warm: bool,
}

/// Time until a warm interpreter that failed to start is tried again.
const WARM_RETRY_AFTER: Duration = Duration::from_secs(60);

/// More than the helper takes to end its cells and to remove their cgroups.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

impl Jail {
    /// Starts the helper and waits until it has read the profiles and found its cgroups.
    pub fn start(config: JailConfig) -> Result<Jail, SandboxError> {
        let (ours, theirs) = socket_pair()?;
        let (liveness_pipe, held_by_helper) =
            pipe_with(PipeFlags::CLOEXEC).at(SandboxStep::StartHelper)?;
        let mut helper = Command::new(&config.helper)
            .args(&config.helper_args)
            .env_clear()
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::from(held_by_helper))
            .stderr(Stdio::inherit())
            .spawn()
            .at_path(SandboxStep::StartHelper, config.helper.display())?;
        let interpreters = config.profiles.iter();
        let interpreters = interpreters.filter_map(|profile| {
            let interpreter = profile.interpreter.clone()?;
            Some((profile.name.clone(), interpreter))
        });
        let interpreters = interpreters.collect();
        let empty_output = File::open("/dev/null").at(SandboxStep::StartHelper)?;
        let setup = HelperSetup {
            profiles: config.profiles,
            isolation: config.isolation,
        };
        match Jail::send_setup(&ours, &setup) {
            Ok(info) => Ok(Jail {
                socket: ours,
                helper,
                liveness_pipe,
                info,
                generation: AtomicU64::new(0),
                idle_cells: Mutex::default(),
                interpreters,
                expected_profiles: Mutex::default(),
                cold_profiles: Mutex::default(),
                empty_output,
            }),
            Err(error) => {
                drop(ours);
                let _ = helper.wait();
                Err(error)
            }
        }
    }

    fn send_setup(socket: &OwnedFd, setup: &HelperSetup) -> Result<HelperInfo, SandboxError> {
        setup.send(socket).at(SandboxStep::TalkToHelper)?;
        receive::<Result<HelperInfo, SandboxError>>(socket)
            .at(SandboxStep::StartHelper)?
            .0
    }

    /// Returns what the helper supports on this machine.
    pub fn info(&self) -> &HelperInfo {
        &self.info
    }

    /// Returns a descriptor that hangs up when the helper and its monitor have both ended, for any
    /// reason. No cell can be made from then on: a service that has dropped root can't start
    /// another helper.
    pub fn liveness_pipe(&self) -> Result<OwnedFd, SandboxError> {
        self.liveness_pipe.try_clone().at(SandboxStep::TalkToHelper)
    }

    /// True if [`Jail::liveness_pipe`] has hung up.
    pub fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(&self.liveness_pipe, PollFlags::IN)];
        let at_once = timespec(Duration::ZERO);
        poll(&mut fds, Some(&at_once)).is_ok() && is_ready(&fds[0])
    }

    /// Starts a run in a clean cell: an idle one, or a new one.
    pub fn launch(&self, launch: RunRequest<'_>) -> Result<RunningCell<'_>, SandboxError> {
        let kind = CellKind {
            profile: launch.profile.to_owned(),
            warm: self.can_be_warm(&launch),
        };
        self.note_expected(&kind.profile);
        let generation = self.generation.load(Ordering::Acquire);
        let (request, fds) = launch.into_request();
        let cell = loop {
            let (cell, is_new) = match self.take_idle(&kind) {
                Some(cell) => (cell, false),
                None => (self.make_cell(&kind)?, true),
            };
            match send(&cell, &request, &fds) {
                Ok(()) => break cell,
                // The idle cell ended by itself, as after a long time without a run.
                Err(WireError::Io(_)) if !is_new => continue,
                Err(error) => return Err(error).at(SandboxStep::TalkToHelper),
            }
        };
        Ok(RunningCell {
            jail: self,
            generation,
            kind,
            cell,
            captured: [request.stdout, request.stderr].map(|kind| kind == StreamKind::Captured),
            abort: RunAbort::default(),
        })
    }

    /// Makes cells until at least `count` of a profile are idle, with its warm interpreter if it
    /// has one. Returns before they are built.
    pub fn prepare(&self, profile: &str, count: usize) -> Result<(), SandboxError> {
        let kind = CellKind {
            profile: profile.to_owned(),
            warm: self.keeps_interpreter(profile),
        };
        self.note_expected(profile);
        // Not in the loop's head: the lock would be held throughout, and making a cell takes it
        // too.
        let waiting = self.idle_cells().get(&kind).map_or(0, Vec::len);
        for _ in waiting..count {
            let generation = self.generation.load(Ordering::Acquire);
            let cell = self.make_cell(&kind)?;
            self.return_idle(&kind, cell, generation);
        }
        Ok(())
    }

    /// Ends all idle cells, so that the next runs get new ones. Returns before they have ended.
    pub fn end_idle_cells(&self) {
        self.idle_cells().clear();
    }

    /// Makes all later runs use new cells: idle cells end, and those with a run end after it. A cell
    /// keeps a file of its root although the host has put another in its place.
    pub fn renew_cells(&self) {
        let mut idle = self.idle_cells();
        self.generation.fetch_add(1, Ordering::AcqRel);
        idle.clear();
    }

    /// Ends all cells, running ones too, and the helper; returns when none of their processes is
    /// left. Later calls of [`Jail::launch`] fail.
    ///
    /// For an exit while other owners still share this value: in a container, processes that
    /// outlive the main one are killed before they can clean up.
    pub fn shut_down(&self) {
        self.end_idle_cells();
        let _ = rustix::net::shutdown(&self.socket, Shutdown::Both);
        let mut fds = [PollFd::new(&self.liveness_pipe, PollFlags::IN)];
        let _ = poll(&mut fds, Some(&timespec(SHUTDOWN_TIMEOUT)));
    }

    /// Pid of the helper's monitor, which restarts the helper: all processes of all cells descend
    /// from it.
    pub fn helper_pid(&self) -> u32 {
        self.helper.id()
    }

    /// Returns the profiles whose warm interpreter failed to start, with the errors.
    pub fn cold_interpreters(&self) -> Vec<(String, SandboxError)> {
        let cold = self
            .cold_profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let each = cold.iter();
        each.map(|(profile, (_, why))| (profile.clone(), why.clone()))
            .collect()
    }

    fn keeps_interpreter(&self, profile: &str) -> bool {
        let cold = self
            .cold_profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.info.supports_warm_interpreters
            && self.interpreters.contains_key(profile)
            && cold
                .get(profile)
                .is_none_or(|(until, _)| *until < Instant::now())
    }

    fn can_be_warm(&self, launch: &RunRequest<'_>) -> bool {
        let profile = launch.profile;
        let interpreter = self.interpreters.get(profile);
        interpreter.is_some_and(|interpreter| {
            interpreter.can_fork_into(launch)
                && (!interpreter.starts_slowly || self.is_expected(profile))
                && self.keeps_interpreter(profile)
        })
    }

    /// True if a run of this profile came before, or was prepared for: an interpreter that starts
    /// slowly is not started for a single run.
    fn is_expected(&self, profile: &str) -> bool {
        self.expected_profiles().contains(profile)
    }

    fn note_expected(&self, profile: &str) {
        let mut expected = self.expected_profiles();
        if !expected.contains(profile) {
            expected.insert(profile.to_owned());
        }
    }

    fn expected_profiles(&self) -> MutexGuard<'_, HashSet<String>> {
        self.expected_profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces a cell that has ended, if it had an interpreter that starts slowly: the next run
    /// should not have to wait for one.
    fn prepare_replacement(&self, kind: &CellKind) {
        let interpreter = self.interpreters.get(&kind.profile);
        let should_replace = interpreter.is_some_and(|interpreter| interpreter.starts_slowly)
            && kind.warm
            && self.keeps_interpreter(&kind.profile);
        if should_replace {
            // If that fails, the next run reports why.
            let _ = self.prepare(&kind.profile, 1);
        }
    }

    /// Records whether the warm interpreter of a cell started.
    fn note_warm_start(&self, profile: &str, error: Option<SandboxError>) {
        let mut cold = self
            .cold_profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(error) => drop(cold.insert(
                profile.to_owned(),
                (Instant::now() + WARM_RETRY_AFTER, error),
            )),
            None => drop(cold.remove(profile)),
        }
    }

    /// Asks the helper for a cell. Requests can be sent at once; they wait in the cell's socket
    /// until it is built.
    fn make_cell(&self, kind: &CellKind) -> Result<OwnedFd, SandboxError> {
        let (ours, theirs) = socket_pair()?;
        let request = MakeCell {
            profile: kind.profile.clone(),
            warm: kind.warm,
        };
        send(&self.socket, &request, &[theirs.as_fd()]).at(SandboxStep::TalkToHelper)?;
        Ok(ours)
    }

    fn idle_cells(&self) -> MutexGuard<'_, HashMap<CellKind, Vec<OwnedFd>>> {
        self.idle_cells
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the cell that was used last: its memory is the warmest, and the others may expire.
    fn take_idle(&self, kind: &CellKind) -> Option<OwnedFd> {
        self.idle_cells().get_mut(kind)?.pop()
    }

    /// Keeps a cell for a later run, or ends it if all cells of its generation were given up.
    fn return_idle(&self, kind: &CellKind, cell: OwnedFd, generation: u64) {
        let mut idle = self.idle_cells();
        if self.generation.load(Ordering::Acquire) == generation {
            idle.entry(kind.clone()).or_default().push(cell);
        }
    }

    /// Runs to the end: [`Jail::launch`] and [`RunningCell::wait`] in one.
    pub fn run(&self, launch: RunRequest<'_>) -> Result<RunResult, SandboxError> {
        self.launch(launch)?.wait()
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        self.shut_down();
        let _ = self.helper.wait();
    }
}

/// A cell with a run in it. Dropping it ends the cell.
#[derive(Debug)]
pub struct RunningCell<'a> {
    jail: &'a Jail,
    generation: u64,
    kind: CellKind,
    cell: OwnedFd,
    captured: [bool; 2],
    abort: RunAbort,
}

/// Raises a run of low priority to ordinary priority. Holding this longer than the run lasts keeps
/// its cell from being ended.
#[derive(Debug)]
pub struct PriorityBoost(OwnedFd);

impl PriorityBoost {
    pub fn apply(&self) {
        // An error means that the cell has ended, and so has its run.
        let _ = send(&self.0, &(), &[]);
    }
}

/// Ends a run from another thread. Does nothing once the run has ended: its cell may have another
/// one by then.
#[derive(Debug, Clone, Default)]
pub struct RunAbort(Arc<Mutex<Option<OwnedFd>>>);

impl RunAbort {
    /// Ends the run's cell: [`RunningCell::wait`] then returns an error.
    pub fn apply(&self) {
        if let Some(cell) = &*self.lock() {
            let _ = rustix::net::shutdown(cell, Shutdown::Both);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<OwnedFd>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningCell<'_> {
    /// Returns a handle that ends the run.
    pub fn abort_handle(&self) -> Result<RunAbort, SandboxError> {
        let cell = self.cell.try_clone().at(SandboxStep::TalkToHelper)?;
        *self.abort.lock() = Some(cell);
        Ok(self.abort.clone())
    }

    pub fn priority_boost(&self) -> Result<PriorityBoost, SandboxError> {
        self.cell
            .try_clone()
            .map(PriorityBoost)
            .at(SandboxStep::TalkToHelper)
    }

    /// Blocks until every process of the run has ended; if the cell can't take another run, also
    /// until its cgroup is removed.
    pub fn wait(self) -> Result<RunResult, SandboxError> {
        let received = receive::<RunReply>(&self.cell).at(SandboxStep::TalkToHelper);
        // Before the cell can take another run, and before it should end.
        drop(self.abort.lock().take());
        let (reply, fds) = received?;
        if self.kind.warm && (reply.warm_start_error.is_some() || reply.result.is_ok()) {
            self.jail
                .note_warm_start(&self.kind.profile, reply.warm_start_error);
        }
        if reply.reusable {
            self.jail
                .return_idle(&self.kind, self.cell, self.generation);
        } else {
            self.jail.prepare_replacement(&self.kind);
        }
        let report = reply.result?;
        let mut fds = fds.into_iter();
        let mut next = |present: bool| {
            if !present {
                return Ok(None);
            }
            fds.next().map(Some).ok_or_else(|| {
                SandboxError::new(SandboxStep::TalkToHelper, "the reply lacks a descriptor")
            })
        };
        let mut stream = |captured: bool, has_output: bool| match (captured, next(has_output)?) {
            (false, _) => Ok(None),
            (true, Some(fd)) => Ok(Some(File::from(fd))),
            (true, None) => self
                .jail
                .empty_output
                .try_clone()
                .map(Some)
                .at(SandboxStep::TalkToHelper),
        };
        let stdout = stream(self.captured[0], report.has_output[0])?;
        let stderr = stream(self.captured[1], report.has_output[1])?;
        let collected = report
            .collected
            .into_iter()
            .map(|present| Ok(next(present)?.map(Artifact::from)))
            .collect::<Result<_, SandboxError>>()?;
        Ok(RunResult {
            outcome: report.outcome,
            denied_call: report.denied_call,
            usage: report.usage,
            activity: report.activity,
            stdout,
            stderr,
            collected,
        })
    }
}

/// Result of a run.
#[derive(Debug)]
pub struct RunResult {
    pub outcome: Outcome,
    /// Known for [`Outcome::SyscallDenied`], unless [`HelperInfo::unnamed_calls`] says why not.
    pub denied_call: Option<DeniedSyscall>,
    pub usage: ResourceUsage,
    pub activity: RunActivity,
    /// Sealed and rewound; present if the stream was [`StdStream::Captured`](crate::StdStream::Captured).
    pub stdout: Option<File>,
    pub stderr: Option<File>,
    /// In the order of [`RunRequest::collect`]; `None` if there was no such regular file.
    pub collected: Vec<Option<Artifact>>,
}
