//! Pid 1 of a cell. Builds the root, has a process wait to become the program, reaps, collects
//! files, and cleans up for the next run.
//!
//! It never runs a stranger's code, and stays pid 1 so that the program isn't: for pid 1 the kernel
//! ignores signals without a handler, and `abort()` would read as a segmentation fault.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::process::{Pid, Signal, set_parent_process_death_signal};

use super::program;
use super::root;
use super::supervisor::bounded_copy;
use super::{Blueprint, borrowed};
use crate::error::At;
use crate::outcome::Exit;
use crate::protocol::{CollectSpec, InitMessage, InitOrder, receive, send};
use crate::sys;
use crate::{SandboxError, Step};

/// The init's whole life. `socket` leads to the supervisor.
pub fn run(blueprint: Blueprint<'_>, socket: OwnedFd) -> ! {
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

fn live(blueprint: Blueprint<'_>, socket: &OwnedFd) -> Result<(), SandboxError> {
    if next_order(socket)?.0 != InitOrder::Build {
        return Err(out_of_turn());
    }
    if blueprint.plan.own_processes {
        cgroup_namespace()?;
        rustix::system::sethostname(b"cell").at(Step::SetHostname)?;
    }
    let mut workspaces = root::build(blueprint)?;
    loop {
        let forked = program::fork_waiting(blueprint)?;
        let fds = [forked.socket.as_fd(), forked.pidfd.as_fd()];
        send(socket, &InitMessage::Ready, &fds).at(Step::Supervise)?;
        let main = forked.pid;
        drop(forked);
        let (
            InitOrder::Run {
                workspace_bytes,
                files,
                collect,
            },
            contents,
        ) = next_order(socket)?
        else {
            return Err(out_of_turn());
        };
        workspaces.resize(workspace_bytes)?;
        if !files.is_empty() {
            root::write_files(&files, &contents)?;
            drop(contents);
            send(socket, &InitMessage::Furnished, &[]).at(Step::Supervise)?;
        }
        let (exit, max_rss_bytes) = reap_until(main)?;
        end_everything_else();
        let (collected, files) = collect_files(&collect)?;
        let done = InitMessage::Done {
            exit,
            max_rss_bytes,
            cpu_time: sys::reaped_cpu_time(),
            collected,
        };
        send(socket, &done, &borrowed(&files)).at(Step::Supervise)?;
        drop(files);
        if next_order(socket)?.0 != InitOrder::Reset {
            return Err(out_of_turn());
        }
        workspaces.refresh()?;
    }
}

fn next_order(socket: &OwnedFd) -> Result<(InitOrder, Vec<OwnedFd>), SandboxError> {
    receive::<InitOrder>(socket).at(Step::Supervise)
}

fn out_of_turn() -> SandboxError {
    SandboxError::new(Step::Supervise, "orders out of turn")
}

/// Now, and not at birth: the namespace's root is the group one is in when it is made.
fn cgroup_namespace() -> Result<(), SandboxError> {
    sys::unshare_cgroup().at(Step::CgroupNamespace)
}

/// Dies with the supervisor. To be called after the last change of identity, which resets it.
pub(super) fn die_with_supervisor() -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).at(Step::TakeIdentity)?;
    Ok(())
}

/// Waits for the program's main process and, meanwhile, for the orphans it leaves. Says how it
/// ended, and the largest resident set of all, or 0 where that is not known: a process begins with
/// our own peak as its peak, so a value that is no larger says nothing of the program.
fn reap_until(main: Pid) -> Result<(Exit, u64), SandboxError> {
    let inherited = sys::own_max_rss_bytes();
    let mut largest = 0;
    loop {
        let (pid, status, max_rss_bytes) = sys::wait_with_usage(None).at(Step::Supervise)?;
        if max_rss_bytes > inherited {
            largest = largest.max(max_rss_bytes);
        }
        if pid == main {
            let exit = match libc::WIFSIGNALED(status) {
                true => Exit::Signal(libc::WTERMSIG(status)),
                false => Exit::Code(libc::WEXITSTATUS(status)),
            };
            return Ok((exit, largest));
        }
    }
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
        let file = collect_file(spec).at_path(Step::CollectFile, &spec.name)?;
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
