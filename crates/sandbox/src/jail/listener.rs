//! The listener of a program's filter: how its supervisor hears of denied calls.
//!
//! A process installs the filter, sends the listener to its supervisor, and closes its own copy
//! before it executes anything: who holds a listener can answer the calls.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::cell::receive_launcher_message;
use super::launcher_message::READY;
use crate::error::StepContext;
use crate::fd::{is_ready, socket_pair, timespec};
use crate::seccomp::{self, LISTENER_CHANNEL};
use crate::sys::{self, Fork};
use crate::{SandboxError, SandboxStep};

/// Installs a program's filter, and tells the supervisor that the process is ready.
pub fn install_notifying(
    filter: &[seccompiler::sock_filter],
    socket: &OwnedFd,
) -> Result<(), SandboxError> {
    let channel = fcntl_dupfd_cloexec(socket, LISTENER_CHANNEL).at(SandboxStep::InstallFilter)?;
    if channel.as_raw_fd() != LISTENER_CHANNEL {
        let detail = "the descriptor for handing over a listener is in use";
        return Err(SandboxError::new(SandboxStep::InstallFilter, detail));
    }
    let listener = sys::install_notifying_seccomp(filter).at(SandboxStep::InstallFilter)?;
    // From here on, only system calls that every program may make, and this one.
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = [listener.as_fd()];
    control.push(SendAncillaryMessage::ScmRights(&fds));
    sendmsg(
        &channel,
        &[IoSlice::new(READY)],
        &mut control,
        SendFlags::NOSIGNAL,
    )
    .map(drop)
    .at(SandboxStep::InstallFilter)
}

/// Time in which a denied call must be told.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

const NO_LISTENER: &str = "the kernel offers no listener for denied system calls, or another one is \
    in force already, such as a container manager's";

/// Tries all of it once, with a process that makes a denied call.
pub fn probe() -> Result<(), SandboxError> {
    let (ours, theirs) = socket_pair()?;
    match sys::fork().at(SandboxStep::InstallFilter)? {
        Fork::Child => {
            drop(ours);
            let installed = rustix::thread::set_no_new_privs(true)
                .at(SandboxStep::InstallFilter)
                .and_then(|()| install_notifying(&seccomp::denying_getppid(), &theirs));
            if installed.is_ok() {
                let _ = rustix::process::getppid();
            }
            sys::exit_now(1)
        }
        Fork::Parent(child) => {
            drop(theirs);
            let received = receive_launcher_message(&ours);
            let listener = received.map(|message| message.and_then(|(_, listener)| listener));
            let listener = listener.as_ref().map_err(Clone::clone);
            let result = listener.and_then(|listener| await_probe(listener.as_ref()));
            // Before the listener is closed: the call would return then.
            end(child);
            result
        }
    }
}

fn end(child: Pid) {
    let _ = kill_process(child, Signal::KILL);
    while let Err(Errno::INTR) = waitpid(Some(child), WaitOptions::empty()) {}
}

fn await_probe(listener: Option<&OwnedFd>) -> Result<(), SandboxError> {
    let failed = |detail: &str| SandboxError::new(SandboxStep::InstallFilter, detail);
    let listener = listener.ok_or_else(|| failed(NO_LISTENER))?;
    let mut fds = [PollFd::new(listener, PollFlags::IN)];
    let _ = poll(&mut fds, Some(&timespec(PROBE_TIMEOUT)));
    if !is_ready(&fds[0]) {
        return Err(failed("a denied system call was not told"));
    }
    match sys::receive_notification(listener.as_fd()).at(SandboxStep::InstallFilter)? {
        Some(notification) if i64::from(notification.number) == libc::SYS_getppid => Ok(()),
        _ => Err(failed("another system call was told than the denied one")),
    }
}
