//! Small helpers for descriptors: polling, socket pairs, device nodes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, Timespec};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// True if a descriptor is readable or its other end is closed.
pub(crate) fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}

/// Converts a timeout for `poll`, bounded to a day.
pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: duration.as_secs().min(86_400) as i64,
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// Makes a connected pair of sockets that keep messages apart.
pub(crate) fn socket_pair() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .at(SandboxStep::Supervise)
}

/// Opens a device node anew: flags set on a shared open file would be seen by all its holders.
pub(crate) fn open_null(path: &str) -> Result<OwnedFd, SandboxError> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).at(SandboxStep::ConnectStreams)
}

/// Borrows each descriptor of a list.
pub(crate) fn borrowed(fds: &[OwnedFd]) -> Vec<BorrowedFd<'_>> {
    fds.iter().map(|fd| fd.as_fd()).collect()
}
