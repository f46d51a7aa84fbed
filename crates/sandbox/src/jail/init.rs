//! Pid 1 of a cell. Builds the root, forks the launcher; writes files into the cell, collects files
//! from it, and takes away what a run has left.
//!
//! It never runs a stranger's code, and stays pid 1 so that the program isn't: for pid 1 the kernel
//! ignores signals without a handler, and `abort()` would read as a segmentation fault.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::launcher;
use super::root;
use super::supervisor::bounded_copy;
use super::{CellBlueprint, borrowed};
use crate::error::StepContext;
use crate::protocol::{CollectSpec, InitCommand, InitMessage, receive, send};
use crate::sys;
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
    let fds = root::open_for_outside()?;
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
                root::write_files(&files, &contents)?;
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
                let (collected, files) = collect_files(&files)?;
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

/// Dies with the supervisor. To be called after the last change of identity, which resets it.
pub(super) fn die_with_supervisor() -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).at(SandboxStep::TakeIdentity)?;
    Ok(())
}

/// After this, nothing runs in the cell but us, and what lies in `/workspace` can't change.
fn end_everything_else() {
    let _ = sys::kill_everything_else_in_cell();
    while sys::wait_with_usage(None).is_ok() {}
}

fn collect_files(wanted: &[CollectSpec]) -> Result<(Vec<bool>, Vec<OwnedFd>), SandboxError> {
    let mut collected = Vec::new();
    let mut files = Vec::new();
    for spec in wanted {
        let file = collect_file(spec).at_path(SandboxStep::CollectFile, &spec.name)?;
        collected.push(file.is_some());
        files.extend(file);
    }
    Ok((collected, files))
}

/// A regular file beneath `/workspace`, reached through no link and no mount, and not too large.
/// Anything else counts as absent: the program wrote it, so it is not our fault.
fn collect_file(spec: &CollectSpec) -> std::io::Result<Option<OwnedFd>> {
    let workspace = rustix::fs::openat(
        CWD,
        root::WORKSPACE,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let opened = openat2(
        workspace.as_fd(),
        spec.name.as_str(),
        // Not blocking: it may be a pipe without a writer.
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV,
    );
    let Ok(fd) = opened else {
        return Ok(None);
    };
    let file = File::from(fd);
    match file.metadata()?.is_file() {
        true => bounded_copy(file, spec.max_bytes),
        false => Ok(None),
    }
}
