//! Small helpers for descriptors: polling, socket pairs, device nodes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, Timespec};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// A descriptor is readable or its other end is gone.
pub(crate) fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}

/// For `poll` and timers: rounds up, so that a wait never ends just before its deadline.
pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: duration.as_secs().min(86_400) as i64,
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// A connected pair for one supervisor and its init.
pub(crate) fn socket_pair() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .at(SandboxStep::Supervise)
}

/// A file of one's own: what a program sets of an open file, whoever has the same one sees.
pub(crate) fn open_null(path: &str) -> Result<OwnedFd, SandboxError> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).at(SandboxStep::ConnectStreams)
}

/// Borrowed forms of a list of owned descriptors.
pub(crate) fn borrowed(fds: &[OwnedFd]) -> Vec<BorrowedFd<'_>> {
    fds.iter().map(|fd| fd.as_fd()).collect()
}
