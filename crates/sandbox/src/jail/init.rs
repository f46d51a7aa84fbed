//! Pid 1 of a cell. Builds the root, forks the launcher; writes files into the cell, collects files
//! from it, and takes away what a run has left.
//!
//! It never runs a stranger's code, and stays pid 1 so that the program isn't: for pid 1 the kernel
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

/// The init's whole life. `socket` leads to the supervisor.
pub fn run(blueprint: CellBlueprint<'_>, socket: OwnedFd) -> ! {
    let code = match live(blueprint, &socket) {
        Ok(()) => 0,
        Err(error) => {
            let _ = send(&socket, &InitMessage::Failed(error), &[]);
            1
        }
    };
    // No destructors and no exit handlers of the process that we are a copy of.
    sys::exit_now(code)
}

fn live(blueprint: CellBlueprint<'_>, socket: &OwnedFd) -> Result<(), SandboxError> {
    let (InitCommand::Build, mut fds) = next_order(socket)? else {
        return Err(out_of_turn());
    };
    let for_launcher = fds.pop().ok_or_else(out_of_turn)?;
    if blueprint.plan.own_processes {
        cgroup_namespace()?;
        rustix::system::sethostname(b"cell").at(SandboxStep::SetHostname)?;
    }
    let mut workspaces = root::build(blueprint)?;
    let zygote = blueprint.profile.profile.interpreter.as_ref();
    launcher::fork(blueprint, zygote.filter(|_| blueprint.warm), for_launcher)?;
    let fds = workspaces::open_for_outside()?;
    send(socket, &InitMessage::Ready, &borrowed(&fds)).at(SandboxStep::Supervise)?;
    drop(fds);
    loop {
        match next_order(socket)? {
            (InitCommand::Build, _) => return Err(out_of_turn()),
            (
                InitCommand::Furnish {
                    workspace_bytes,
                    files,
                },
                contents,
            ) => {
                workspaces.resize(workspace_bytes)?;
                files::write_files(&files, &contents)?;
                send(socket, &InitMessage::Furnished, &[]).at(SandboxStep::Supervise)?;
            }
            (
                InitCommand::Collect {
                    files,
                    end_everything,
                },
                _,
            ) => {
                if end_everything {
                    end_everything_else();
                }
                let (collected, files) = files::collect_files(&files)?;
                let message = InitMessage::Collected { collected };
                send(socket, &message, &borrowed(&files)).at(SandboxStep::Supervise)?;
            }
            (InitCommand::StartCold, mut fds) => {
                end_everything_else();
                let for_launcher = fds.pop().ok_or_else(out_of_turn)?;
                launcher::fork(blueprint, None, for_launcher)?;
            }
            (InitCommand::Clean, _) => {
                workspaces.clean()?;
                send(socket, &InitMessage::Cleaned, &[]).at(SandboxStep::Supervise)?;
            }
        }
    }
}

fn next_order(socket: &OwnedFd) -> Result<(InitCommand, Vec<OwnedFd>), SandboxError> {
    receive::<InitCommand>(socket).at(SandboxStep::Supervise)
}

fn out_of_turn() -> SandboxError {
    SandboxError::new(SandboxStep::Supervise, "orders out of turn")
}

/// Now, and not at birth: the namespace's root is the group one is in when it is made.
fn cgroup_namespace() -> Result<(), SandboxError> {
    sys::unshare_cgroup().at(SandboxStep::CgroupNamespace)
}

/// After this, nothing runs in the cell but us, and what lies in `/workspace` can't change.
fn end_everything_else() {
    let _ = sys::kill_everything_else_in_cell();
    while sys::wait_with_usage(None).is_ok() {}
}
