//! One cell as its supervisor sees it: the init, the launcher, the cgroup and the folders.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use super::blueprint::CellBlueprint;
use super::folders::{FolderState, WritableFolders};
use super::launcher_message::LauncherMessage;
use crate::cgroup::CellCgroup;
use crate::error::StepContext;
use crate::fd::{borrowed, is_ready, open_null, socket_pair, timespec};
use crate::protocol::{CollectSpec, FileSpec, InitCommand, InitMessage};
use crate::wire::{receive, send};
use crate::{Limits, SandboxError, SandboxStep};

/// A cell is replaced after so many runs, so that nothing can pile up unnoticed.
const MOST_RUNS: u32 = 1000;

/// With an interpreter in it, sooner: all that it forks have its layout of memory and its seed for hashes.
const MOST_RUNS_WARM: u32 = 200;

/// A launcher that takes longer to be ready for the next program is broken. An interpreter may have to be
/// read from a slow disk first.
const LAUNCHER_PATIENCE: Duration = Duration::from_secs(30);

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
    pub fn build(
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
    pub fn clean(&mut self) -> Result<(), SandboxError> {
        self.cleaning = self.folders.condition() != FolderState::Untouched;
        match self.cleaning {
            true => send(&self.socket, &InitCommand::Clean, &[]).at(SandboxStep::Supervise),
            false => Ok(()),
        }
    }

    /// Counts a run, once the cell is clean and its launcher ready.
    pub fn begin_run(&mut self) -> Result<(), SandboxError> {
        self.await_clean()?;
        self.runs += 1;
        Ok(())
    }

    /// True after so many runs that the cell is to be replaced.
    pub fn is_worn_out(&self) -> bool {
        self.runs >= self.most_runs()
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
