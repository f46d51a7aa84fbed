//! Pid 1 of a cell. Builds the root, forks the launcher; writes files into the cell, collects files
//! from it, and removes what a run has left.
//!
//! It never runs untrusted code, and stays pid 1 so that no program is: for pid 1 the kernel
//! ignores signals without a handler, and `abort()` would read as a segmentation fault.

use std::os::fd::OwnedFd;

use super::blueprint::CellBlueprint;
use super::{files, launcher, root, workspaces};
use crate::error::StepContext;
use crate::fd::borrowed;
use crate::protocol::{InitCommand, InitMessage};
use crate::sys;
use crate::wire::{receive, send};
use crate::{SandboxError, SandboxStep};

/// Runs the init to its end. `socket` leads to the supervisor.
pub fn run(blueprint: CellBlueprint<'_>, socket: OwnedFd) -> ! {
    let code = match serve(blueprint, &socket) {
        Ok(()) => 0,
        Err(error) => {
            let _ = send(&socket, &InitMessage::Failed(error), &[]);
            1
        }
    };
    // Without the destructors and exit handlers of the supervisor, of which this is a copy.
    sys::exit_now(code)
}

fn serve(blueprint: CellBlueprint<'_>, socket: &OwnedFd) -> Result<(), SandboxError> {
    let (InitCommand::Build, mut fds) = next_command(socket)? else {
        return Err(unexpected_command());
    };
    let launcher_socket = fds.pop().ok_or_else(unexpected_command)?;
    if blueprint.plan.own_processes {
        cgroup_namespace()?;
        rustix::system::sethostname(b"cell").at(SandboxStep::SetHostname)?;
    }
    let mut workspaces = root::build(blueprint)?;
    let interpreter = blueprint.profile.profile.interpreter.as_ref();
    launcher::fork(
        blueprint,
        interpreter.filter(|_| blueprint.warm),
        launcher_socket,
    )?;
    let fds = workspaces::open_for_supervisor()?;
    send(socket, &InitMessage::Ready, &borrowed(&fds)).at(SandboxStep::Supervise)?;
    drop(fds);
    loop {
        match next_command(socket)? {
            (InitCommand::Build, _) => return Err(unexpected_command()),
            (
                InitCommand::Populate {
                    workspace_bytes,
                    files,
                },
                contents,
            ) => {
                workspaces.resize(workspace_bytes)?;
                files::write_files(&files, &contents)?;
                send(socket, &InitMessage::Populated, &[]).at(SandboxStep::Supervise)?;
            }
            (InitCommand::Collect { files, kill_all }, _) => {
                if kill_all {
                    kill_everything_else();
                }
                let (collected, files) = files::collect_files(&files)?;
                let message = InitMessage::Collected { collected };
                send(socket, &message, &borrowed(&files)).at(SandboxStep::Supervise)?;
            }
            (InitCommand::StartCold, mut fds) => {
                kill_everything_else();
                let launcher_socket = fds.pop().ok_or_else(unexpected_command)?;
                launcher::fork(blueprint, None, launcher_socket)?;
            }
            (InitCommand::Clean, _) => {
                workspaces.clean()?;
                send(socket, &InitMessage::Cleaned, &[]).at(SandboxStep::Supervise)?;
            }
        }
    }
}

fn next_command(socket: &OwnedFd) -> Result<(InitCommand, Vec<OwnedFd>), SandboxError> {
    receive::<InitCommand>(socket).at(SandboxStep::Supervise)
}

fn unexpected_command() -> SandboxError {
    SandboxError::new(SandboxStep::Supervise, "a command out of order")
}

/// Enters a cgroup namespace. Not at the clone: its root is the group that the process is in at the
/// time, which the supervisor may set only afterwards.
fn cgroup_namespace() -> Result<(), SandboxError> {
    sys::unshare_cgroup().at(SandboxStep::CgroupNamespace)
}

/// Kills and reaps every other process of the cell. `/workspace` can't change afterwards.
fn kill_everything_else() {
    let _ = sys::kill_everything_else_in_cell();
    while sys::wait_with_usage(None).is_ok() {}
}
