//! The requester's side of a cell: run requests come in, replies go out.

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

/// A cell that nobody needs for so long goes away.
const LONGEST_IDLE: Duration = Duration::from_secs(300);

/// A request with its descriptors sorted.
pub struct ReceivedRun {
    pub request: RunMessage,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    pub program: Option<OwnedFd>,
    pub files: Vec<OwnedFd>,
}

impl ReceivedRun {
    /// Checks that the limits are reasonable and that the descriptors are as many as the request
    /// says.
    fn check(request: RunMessage, fds: Vec<OwnedFd>) -> Result<Self, SandboxError> {
        if let Some(field) = request.limits.unreasonable() {
            let detail = format!("`{field}` is beyond what a cell may be granted");
            return Err(SandboxError::new(SandboxStep::ReadRequest, detail));
        }
        let mut fds = fds.into_iter();
        let mut next = |wanted: bool| match wanted {
            false => Ok(None),
            true => fds.next().map(Some).ok_or_else(|| {
                SandboxError::new(SandboxStep::ReadRequest, "fewer descriptors than announced")
            }),
        };
        let stdin = next(request.stdin == StreamKind::Given)?;
        let stdout = next(request.stdout == StreamKind::Given)?;
        let stderr = next(request.stderr == StreamKind::Given)?;
        let program = next(request.program == ProgramKind::Given)?;
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

/// Who sends requests, one after another, and waits for an answer to each.
pub struct Requester {
    pub socket: OwnedFd,
    /// A request has come that has not been answered.
    waits: bool,
}

impl Requester {
    pub fn new(socket: OwnedFd) -> Self {
        Requester {
            socket,
            waits: false,
        }
    }

    /// `None` when the requester is gone, has not come for long, or the cell is no longer alive.
    pub fn next(&mut self, alive: &[&OwnedFd]) -> Result<Option<ReceivedRun>, SandboxError> {
        let mut fds = vec![PollFd::new(&self.socket, PollFlags::IN)];
        fds.extend(alive.iter().map(|fd| PollFd::new(*fd, PollFlags::empty())));
        let patience = timespec(LONGEST_IDLE);
        loop {
            match poll(&mut fds, Some(&patience)) {
                Err(Errno::INTR) => continue,
                other => other.map(drop).at(SandboxStep::Supervise)?,
            }
            if !is_ready(&fds[0]) {
                // Nobody came. Whoever tries from now on is told so at once, and one that has just come is
                // still heard: its request lies in the socket.
                let _ = rustix::net::shutdown(&self.socket, Shutdown::Read);
            }
            let received = receive::<Option<RunMessage>>(&self.socket);
            self.waits = !matches!(received, Err(WireError::Closed));
            return match received {
                // A [`PriorityBoost`](crate::PriorityBoost) that came when the run had ended.
                Ok((None, _)) => continue,
                Ok((Some(request), fds)) => ReceivedRun::check(request, fds).map(Some),
                Err(WireError::Closed) => Ok(None),
                Err(error) => Err(error).at(SandboxStep::ReadRequest),
            };
        }
    }

    /// Says whether it arrived: a requester that has gone away is no fault of the cell.
    pub fn answer(&mut self, finished: FinishedRun, reusable: bool) -> bool {
        self.waits = false;
        let answer = RunReply {
            result: Ok(finished.report),
            reusable,
            cold_because: finished.cold_because,
        };
        send(&self.socket, &answer, &borrowed(&finished.fds)).is_ok()
    }

    /// An error is the answer to a request: if none has come yet, to the next. (A socket that is
    /// closed while a request lies in it would throw the answer away.)
    pub fn refuse(mut self, error: SandboxError) {
        let asked = self.waits || !matches!(self.next(&[]), Ok(None));
        if asked {
            let _ = send(&self.socket, &RunReply::failed(error), &[]);
        }
    }
}

/// A run that has ended.
pub struct FinishedRun {
    pub report: RunReport,
    /// What the report's reader gets along.
    pub fds: Vec<OwnedFd>,
    /// The program ended by itself and alone, so that cleaning up is enough.
    pub fit_for_another: bool,
    pub cold_because: Option<SandboxError>,
}
