//! The socket between a cell's supervisor and its requester: run requests come in, replies go out.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::Shutdown;

use crate::error::StepContext;
use crate::fd::{borrowed, is_ready, timespec};
use crate::protocol::{ProgramKind, RunMessage, RunReply, RunReport, StreamKind};
use crate::wire::{WireError, receive, send};
use crate::{SandboxError, SandboxStep};

/// Time without a request after which a cell ends.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// A request with its descriptors assigned to their uses.
pub struct ReceivedRun {
    pub request: RunMessage,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    pub program: Option<OwnedFd>,
    pub files: Vec<OwnedFd>,
}

impl ReceivedRun {
    /// Checks that the limits are in range and that the number of descriptors is right.
    fn check(request: RunMessage, fds: Vec<OwnedFd>) -> Result<Self, SandboxError> {
        if let Some(field) = request.limits.field_out_of_range() {
            let detail = format!("`{field}` is beyond what a cell may be granted");
            return Err(SandboxError::new(SandboxStep::ReadRequest, detail));
        }
        let mut fds = fds.into_iter();
        let mut next = |is_announced: bool| {
            if !is_announced {
                return Ok(None);
            }
            fds.next().map(Some).ok_or_else(|| {
                SandboxError::new(SandboxStep::ReadRequest, "fewer descriptors than announced")
            })
        };
        let stdin = next(request.stdin == StreamKind::Fd)?;
        let stdout = next(request.stdout == StreamKind::Fd)?;
        let stderr = next(request.stderr == StreamKind::Fd)?;
        let program = next(request.program == ProgramKind::Fd)?;
        let files: Vec<OwnedFd> = fds.collect();
        if files.len() != request.files.len() {
            return Err(SandboxError::new(
                SandboxStep::ReadRequest,
                "the number of files is not the number of descriptors",
            ));
        }
        Ok(ReceivedRun {
            request,
            stdin,
            stdout,
            stderr,
            program,
            files,
        })
    }
}

/// The sender of requests, one after another, which waits for a reply to each.
pub struct Requester {
    pub socket: OwnedFd,
    /// A request has been received that has not been answered.
    is_waiting: bool,
}

impl Requester {
    pub fn new(socket: OwnedFd) -> Self {
        Requester {
            socket,
            is_waiting: false,
        }
    }

    /// Receives the next request. `None` if the requester has gone, has sent none for
    /// [`IDLE_TIMEOUT`], or one of the descriptors `alive` has hung up.
    pub fn next(&mut self, alive: &[&OwnedFd]) -> Result<Option<ReceivedRun>, SandboxError> {
        let mut fds = vec![PollFd::new(&self.socket, PollFlags::IN)];
        fds.extend(alive.iter().map(|fd| PollFd::new(*fd, PollFlags::empty())));
        let timeout = timespec(IDLE_TIMEOUT);
        loop {
            match poll(&mut fds, Some(&timeout)) {
                Err(Errno::INTR) => continue,
                result => result.map(drop).at(SandboxStep::Supervise)?,
            }
            if !is_ready(&fds[0]) {
                // Timed out. A later request fails at once, and one that was sent just now is still
                // received: it lies in the socket.
                let _ = rustix::net::shutdown(&self.socket, Shutdown::Read);
            }
            let received = receive::<Option<RunMessage>>(&self.socket);
            self.is_waiting = !matches!(received, Err(WireError::Closed));
            return match received {
                // A [`PriorityBoost`](crate::PriorityBoost) that came after the end of the run.
                Ok((None, _)) => continue,
                Ok((Some(request), fds)) => ReceivedRun::check(request, fds).map(Some),
                Err(WireError::Closed) => Ok(None),
                Err(error) => Err(error).at(SandboxStep::ReadRequest),
            };
        }
    }

    /// Sends the result. False if the requester has gone, which is no error of the cell.
    pub fn reply(&mut self, finished: FinishedRun, reusable: bool) -> bool {
        self.is_waiting = false;
        let reply = RunReply {
            result: Ok(finished.report),
            reusable,
            warm_start_error: finished.warm_start_error,
        };
        send(&self.socket, &reply, &borrowed(&finished.fds)).is_ok()
    }

    /// Replies with an error: to the request at hand, or else to the next. (Closing a socket while
    /// a request lies in it would discard the reply.)
    pub fn refuse(mut self, error: SandboxError) {
        let has_request = self.is_waiting || !matches!(self.next(&[]), Ok(None));
        if has_request {
            let _ = send(&self.socket, &RunReply::failed(error), &[]);
        }
    }
}

/// A run that has ended.
pub struct FinishedRun {
    pub report: RunReport,
    /// Descriptors that are sent with the report.
    pub fds: Vec<OwnedFd>,
    /// True if the program ended by itself and left no process, so that cleaning up is enough.
    pub cell_is_reusable: bool,
    pub warm_start_error: Option<SandboxError>,
}
