//! One cell as its supervisor sees it: the init, the launcher, the cgroup and the folders.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use super::blueprint::CellBlueprint;
use super::folders::{FolderState, WritableFolders};
use super::launcher_message::LauncherMessage;
use super::starvation::{StarvationMeter, WINDOW, run_delays};
use super::syscall_counter::EndedCounters;
use crate::cgroup::CellCgroup;
use crate::error::StepContext;
use crate::fd::{borrowed, is_ready, open_null, socket_pair, timespec};
use crate::process_memory::ProcessMemory;
use crate::protocol::{CollectSpec, FileSpec, InitCommand, InitMessage};
use crate::wire::{WireError, receive, receive_bytes, send};
use crate::{Limits, SandboxError, SandboxStep};

/// Runs after which a cell is replaced, so that nothing can pile up unnoticed.
const MAX_RUNS: u32 = 1000;

/// The same for a warm cell. Fewer, because all forks of an interpreter share its layout of memory
/// and its hash seed.
const MAX_WARM_RUNS: u32 = 200;

/// Memory that a cell may hold beyond what it held when new, to be used again.
const MAX_LEFTOVER_BYTES: u64 = 32 << 20;

/// Time in which a launcher must get ready for the next program. Generous, because an interpreter
/// may have to be read from a slow disk first.
const LAUNCHER_TIMEOUT: Duration = Duration::from_secs(30);
/// The same with the time in which it is kept from computing.
const STARVED_LAUNCHER_TIMEOUT: Duration = Duration::from_secs(300);

/// The cell's pid 1. Dropping it kills the cell: no error path can leave one behind.
pub struct InitProcess {
    pub pid: Pid,
    pidfd: OwnedFd,
    ended: bool,
}

impl InitProcess {
    pub fn new(pid: Pid, pidfd: OwnedFd) -> Self {
        InitProcess {
            pid,
            pidfd,
            ended: false,
        }
    }

    /// Kills every process of the cell and waits until all have ended: the kernel lets an init end
    /// only after the rest of its pid namespace has.
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

/// A cell and all that its supervisor holds of it.
pub struct SupervisedCell<'a> {
    pub init: InitProcess,
    /// Socket to the init.
    pub socket: OwnedFd,
    /// Socket to the launcher.
    pub launcher: OwnedFd,
    /// Tells of calls that the waiting or running program is denied. Nobody else has it, and nobody
    /// answers.
    pub listener: Option<OwnedFd>,
    pub group: &'a mut dyn CellCgroup,
    pub blueprint: CellBlueprint<'a>,
    /// Buffer for reading output.
    pub buffer: Vec<u8>,
    /// The cell's own `/dev/null`, as a path descriptor: it can only be opened anew.
    null: OwnedFd,
    pub folders: WritableFolders,
    /// Memory charged to its group before the first run, in bytes.
    pub memory_when_new: Option<u64>,
    /// The init is cleaning the folders.
    is_cleaning: bool,
    warm: bool,
    runs: u32,
    /// Error because of which its warm interpreter did not start, until it is reported.
    pub warm_start_error: Option<SandboxError>,
    workspace_bytes: u64,
    /// Processes that counted system calls and have not been reaped.
    pub counters: &'a mut EndedCounters,
}

impl<'a> SupervisedCell<'a> {
    /// Gives the init its identity and cgroup, and makes it build the cell.
    pub fn build(
        init: InitProcess,
        socket: OwnedFd,
        group: &'a mut dyn CellCgroup,
        blueprint: CellBlueprint<'a>,
        counters: &'a mut EndedCounters,
    ) -> Result<Self, SandboxError> {
        blueprint.users.give_to(init.pid)?;
        prefer_as_oom_victim(init.pid)?;
        if group.clone_target().is_none() {
            group.enter(init.pid)?;
        }
        let (launcher, launcher_end) = socket_pair()?;
        send(&socket, &InitCommand::Build, &[launcher_end.as_fd()]).at(SandboxStep::Supervise)?;
        drop(launcher_end);
        let mut fds = match receive(&socket).at(SandboxStep::Supervise)? {
            (InitMessage::Ready, fds) => fds,
            (InitMessage::Failed(error), _) => return Err(error),
            _ => return Err(unexpected_message()),
        };
        let null = fds.pop().ok_or_else(unexpected_message)?;
        Ok(SupervisedCell {
            init,
            socket,
            launcher,
            listener: None,
            group,
            blueprint,
            buffer: vec![0; 64 * 1024],
            null,
            memory_when_new: None,
            folders: WritableFolders::new(fds).at(SandboxStep::Supervise)?,
            is_cleaning: false,
            warm: blueprint.warm,
            runs: 0,
            warm_start_error: None,
            workspace_bytes: Limits::default().workspace_bytes,
            counters,
        })
    }

    /// Opens the cell's `/dev/null`, for a stream that is not connected. Not the host's: flags that
    /// a program sets on an open file are seen by all its holders, and anybody may touch the times
    /// of a device node.
    pub fn open_null(&self) -> Result<OwnedFd, SandboxError> {
        let path = format!("/proc/self/fd/{}", self.null.as_raw_fd());
        open_null(&path)
    }

    /// Starts to clean the folders, if the run changed them.
    pub fn clean(&mut self) -> Result<(), SandboxError> {
        self.is_cleaning = self.folders.state() != FolderState::Untouched;
        if self.is_cleaning {
            send(&self.socket, &InitCommand::Clean, &[]).at(SandboxStep::Supervise)?;
        }
        Ok(())
    }

    /// Counts a run, once the cell is clean and its launcher ready.
    pub fn begin_run(&mut self) -> Result<(), SandboxError> {
        self.await_clean()?;
        self.runs += 1;
        Ok(())
    }

    /// True if programs are forked from the warm interpreter.
    pub fn is_warm(&self) -> bool {
        self.warm
    }

    /// True after the last run for which the cell may be used.
    pub fn is_worn_out(&self) -> bool {
        self.runs >= self.most_runs()
    }

    fn most_runs(&self) -> u32 {
        match (self.blueprint.warm, self.warm) {
            (false, _) => MAX_RUNS,
            (true, true) => MAX_WARM_RUNS,
            // Its interpreter failed: requests for a warm cell should get another.
            (true, false) => 0,
        }
    }

    /// True if little enough was left in its folders to clean them.
    pub fn can_be_cleaned(&self) -> bool {
        self.folders.state() != FolderState::Unusable
    }

    /// Waits until the folders are clean and a process waits for a request. This work is ours and
    /// does not count towards the run.
    fn await_clean(&mut self) -> Result<(), SandboxError> {
        if self.is_cleaning {
            match receive(&self.socket).at(SandboxStep::Supervise)?.0 {
                InitMessage::Cleaned => {}
                InitMessage::Failed(error) => return Err(error),
                _ => return Err(unexpected_message()),
            }
            if !self.folders.are_pristine() {
                return Err(SandboxError::new(
                    SandboxStep::Supervise,
                    "a cell could not be cleaned",
                ));
            }
            self.is_cleaning = false;
        }
        match self.await_launcher() {
            Err(error) if self.warm => self.start_cold(error),
            result => result,
        }
    }

    fn await_launcher(&mut self) -> Result<(), SandboxError> {
        let mut is_waiting = false;
        let mut deadline = LauncherDeadline::new();
        loop {
            let timeout = if is_waiting {
                Duration::ZERO
            } else {
                deadline.time_left(&*self.group)
            };
            let mut fds = [PollFd::new(&self.launcher, PollFlags::IN)];
            match poll(&mut fds, Some(&timespec(timeout.min(WINDOW)))) {
                Err(Errno::INTR) => continue,
                result => result.map(drop).at(SandboxStep::Supervise)?,
            }
            if !is_ready(&fds[0]) {
                if is_waiting {
                    return Ok(());
                }
                if deadline.time_left(&*self.group).is_zero() {
                    let slow = "it did not get ready in time";
                    return Err(SandboxError::new(SandboxStep::ForkLauncher, slow));
                }
                continue;
            }
            is_waiting = match receive_launcher_message(&self.launcher)? {
                Some((LauncherMessage::Ready, listener)) => {
                    if listener.is_some() != self.blueprint.hands_over_listeners() {
                        return Err(unexpected_message());
                    }
                    self.listener = listener;
                    true
                }
                Some((LauncherMessage::Failed(error), _)) => return Err(error),
                // Killed from outside while it waited; the launcher makes another.
                Some((LauncherMessage::Exited(_), _)) if is_waiting => false,
                Some((LauncherMessage::Exited(_), _)) => {
                    let detail = "a process ended before it had a request";
                    return Err(SandboxError::new(SandboxStep::ForkProgram, detail));
                }
                None => return Err(SandboxError::new(SandboxStep::ForkLauncher, "it has ended")),
            };
        }
    }

    /// Replaces the failed interpreter by the built-in launcher, for one run.
    fn start_cold(&mut self, error: SandboxError) -> Result<(), SandboxError> {
        let (launcher, launcher_end) = socket_pair()?;
        send(
            &self.socket,
            &InitCommand::StartCold,
            &[launcher_end.as_fd()],
        )
        .at(SandboxStep::Supervise)?;
        self.launcher = launcher;
        self.warm = false;
        let profile = &self.blueprint.profile.profile.name;
        eprintln!("letscode jail: the warm interpreter of `{profile}` failed: {error}");
        // An interpreter that worked before was killed from outside: the next cell's will start.
        self.warm_start_error = (self.runs == 0).then_some(error);
        self.await_launcher()
    }

    /// Makes the init write the input files, and resize the writable folders to the run's limit.
    pub fn populate(
        &mut self,
        workspace_bytes: u64,
        files: &[FileSpec],
        contents: &[OwnedFd],
    ) -> Result<(), SandboxError> {
        if files.is_empty() && workspace_bytes == self.workspace_bytes {
            return Ok(());
        }
        self.workspace_bytes = workspace_bytes;
        let command = InitCommand::Populate {
            workspace_bytes,
            files: files.to_vec(),
        };
        send(&self.socket, &command, &borrowed(contents)).at(SandboxStep::Supervise)?;
        match receive(&self.socket).at(SandboxStep::Supervise)?.0 {
            InitMessage::Populated => Ok(()),
            InitMessage::Failed(error) => Err(error),
            _ => Err(unexpected_message()),
        }
    }

    /// Starts a new measurement of the memory peak, and returns it: the memory charged now. 0 if the
    /// kernel can't start a new one.
    pub fn restart_memory_peak(&mut self) -> Result<u64, SandboxError> {
        self.group.reset_memory_peak().at(SandboxStep::ReadCgroup)?;
        if !self.group.can_measure_again() {
            return Ok(0);
        }
        self.group.memory_peak_bytes().at(SandboxStep::ReadCgroup)
    }

    /// True if little memory stays charged after a run. The kernel may keep much, such as looked-up
    /// names; reclaiming it would cost the next run CPU time. Files in the writable folders don't
    /// count: they are about to be removed.
    pub fn leaves_little_memory(&mut self) -> Result<bool, SandboxError> {
        let explained = self.memory_when_new.unwrap_or(0) + self.folders.used_bytes();
        Ok(self.restart_memory_peak()?.saturating_sub(explained) <= MAX_LEFTOVER_BYTES)
    }

    /// Returns the program's living processes.
    pub fn program_processes(&self) -> Vec<(u32, ProcessMemory)> {
        let init = self.init.pid.as_raw_nonzero().get().unsigned_abs();
        let users = self.blueprint.users;
        // The launcher is not the program; it can be told apart if it has a user of its own.
        let is_programs = |process: &ProcessMemory| {
            users.init_outside.is_none() || process.user == users.program_outside
        };
        let pids = self.group.processes().unwrap_or_default();
        let processes = pids.into_iter().filter(|pid| *pid != init);
        let processes = processes.filter_map(|pid| Some((pid, ProcessMemory::read(pid)?)));
        processes
            .filter(|(_, process)| is_programs(process))
            .collect()
    }

    /// Collects files from the workspace after the end of the program. `None` if the init has ended
    /// too, because the kernel killed it for memory.
    pub fn collect(
        &mut self,
        files: &[CollectSpec],
        no_orphans: bool,
    ) -> Result<Option<CollectedFiles>, SandboxError> {
        if no_orphans && files.is_empty() {
            return Ok(Some(Default::default()));
        }
        let command = InitCommand::Collect {
            files: files.to_vec(),
            kill_all: !no_orphans,
        };
        if send(&self.socket, &command, &[]).is_err() {
            return Ok(None);
        }
        match receive(&self.socket) {
            Ok((InitMessage::Collected { collected }, fds)) => Ok(Some((collected, fds))),
            Ok((InitMessage::Failed(error), _)) => Err(error),
            Ok(_) => Err(unexpected_message()),
            Err(_) => Ok(None),
        }
    }
}

/// Time until which a launcher has to be ready, without the time in which it was kept from computing.
struct LauncherDeadline {
    started: Instant,
    /// Made when it takes longer than usual, with the group's CPU time at that moment.
    starvation: Option<(StarvationMeter, Duration)>,
}

impl LauncherDeadline {
    fn new() -> Self {
        LauncherDeadline {
            started: Instant::now(),
            starvation: None,
        }
    }

    fn time_left(&mut self, group: &dyn CellCgroup) -> Duration {
        let elapsed = self.started.elapsed();
        let starved = if elapsed < WINDOW {
            Duration::ZERO
        } else {
            self.starved(group)
        };
        let limit = (LAUNCHER_TIMEOUT + starved).min(STARVED_LAUNCHER_TIMEOUT);
        limit.saturating_sub(elapsed)
    }

    fn starved(&mut self, group: &dyn CellCgroup) -> Duration {
        let cpu_time = group.cpu_time().unwrap_or_default();
        let start = || (StarvationMeter::new(Instant::now(), 1.0), cpu_time);
        let (meter, cpu_before) = self.starvation.get_or_insert_with(start);
        if meter.is_due() {
            let delays = run_delays(&group.processes().unwrap_or_default());
            let cpu_time = cpu_time.saturating_sub(*cpu_before);
            meter.measure(Instant::now(), cpu_time, delays);
        }
        meter.starved()
    }
}

/// A flag for each requested file, and descriptors of those that exist.
pub type CollectedFiles = (Vec<bool>, Vec<OwnedFd>);

/// Receives a message of the launcher, and the listener that comes with it. `None` if it has ended.
pub fn receive_launcher_message(
    launcher: &OwnedFd,
) -> Result<Option<(LauncherMessage, Option<OwnedFd>)>, SandboxError> {
    let mut bytes = [0; 1024];
    let (length, mut fds) = match receive_bytes(launcher, &mut bytes) {
        Ok(received) => received,
        Err(WireError::Io(Errno::CONNRESET) | WireError::Closed) => return Ok(None),
        Err(error) => return Err(error).at(SandboxStep::Supervise),
    };
    let message = LauncherMessage::decode(&bytes[..length]).ok_or_else(unexpected_message)?;
    Ok(Some((message, fds.pop())))
}

/// Error for a message that the protocol does not allow at this point.
pub fn unexpected_message() -> SandboxError {
    SandboxError::new(
        SandboxStep::Supervise,
        "an unexpected message of the cell's init or launcher",
    )
}

/// Makes the cell the OOM killer's first choice when the whole machine runs out of memory, before
/// the service. All processes of the cell inherit that, and only root could undo it.
fn prefer_as_oom_victim(init: Pid) -> Result<(), SandboxError> {
    let path = format!("/proc/{}/oom_score_adj", init.as_raw_nonzero());
    fs::write(&path, "1000").at_path(SandboxStep::Supervise, path)
}
