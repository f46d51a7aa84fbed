//! The listener of a program's filter: how its supervisor hears of denied calls.
//!
//! A process installs the filter, sends the listener to its supervisor, and closes its own copy
//! before it executes anything: who holds a listener can answer the calls.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

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

/// Time that each step of the probe may take. Far more than on a machine that is merely busy.
const PROBE_TIMEOUT: Duration = Duration::from_secs(60);

const NO_LISTENER: &str = "the kernel offers no listener for denied system calls, or another one is \
    in force already, such as a container manager's";

/// Tries all of it once, with a process that makes a denied call. Returns the reason why it can't be
/// had here. An error means that this is not known, as when the machine is too busy: what is weaker
/// must not be chosen for that.
pub fn probe() -> Result<Option<SandboxError>, SandboxError> {
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
            let listener = await_listener(&ours, PROBE_TIMEOUT);
            let result = match &listener {
                Ok(Some(listener)) => await_call(listener, PROBE_TIMEOUT),
                Ok(None) => Ok(Some(SandboxError::new(
                    SandboxStep::InstallFilter,
                    NO_LISTENER,
                ))),
                Err(error) => Err(error.clone()),
            };
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

/// Waits for the listener of a process; `None` if it can't install one.
fn await_listener(socket: &OwnedFd, timeout: Duration) -> Result<Option<OwnedFd>, SandboxError> {
    await_readable(socket, timeout)?;
    Ok(receive_launcher_message(socket)?.and_then(|(_, listener)| listener))
}

/// Waits for the denied call. Returns what is wrong with it, if anything is.
fn await_call(listener: &OwnedFd, timeout: Duration) -> Result<Option<SandboxError>, SandboxError> {
    await_readable(listener, timeout)?;
    let notification =
        sys::receive_notification(listener.as_fd()).at(SandboxStep::InstallFilter)?;
    let is_it = |call: sys::SyscallNotification| i64::from(call.number) == libc::SYS_getppid;
    let detail = "another system call was told than the denied one";
    Ok((!notification.is_some_and(is_it))
        .then(|| SandboxError::new(SandboxStep::InstallFilter, detail)))
}

fn await_readable(fd: &OwnedFd, timeout: Duration) -> Result<(), SandboxError> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(fd, PollFlags::IN)];
        match poll(&mut fds, Some(&timespec(left))) {
            Err(Errno::INTR) => continue,
            result => result.map(drop).at(SandboxStep::InstallFilter)?,
        }
        if is_ready(&fds[0]) {
            return Ok(());
        }
        if left.is_zero() {
            let detail = format!("no answer for {timeout:?}: the machine is too busy");
            return Err(SandboxError::new(SandboxStep::InstallFilter, detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_an_error_and_no_answer() {
        let (ours, theirs) = socket_pair().unwrap();
        let moment = Duration::from_millis(20);
        let silent = await_listener(&ours, moment).unwrap_err();
        assert!(silent.detail.contains("too busy"), "{silent}");
        // A process that can't install one ends, or says why.
        drop(theirs);
        assert!(await_listener(&ours, moment).unwrap().is_none());
    }
}
