//! The start of a run: the order to execute goes to the process that waits in the cell.

use std::os::fd::{AsFd, BorrowedFd};

use super::cell::SupervisedCell;
use super::exec_request;
use super::requester::ReceivedRun;
use crate::error::StepContext;
use crate::protocol::{ProgramKind, RunMessage};
use crate::wire::send_bytes;
use crate::{SandboxError, SandboxStep};

/// Sends the exec request to the process that waits.
pub fn start(run: &ReceivedRun, cell: &SupervisedCell<'_>) -> Result<(), SandboxError> {
    let streams = [&run.stdin, &run.stdout, &run.stderr];
    let null = cell.open_null()?;
    let mut fds: Vec<BorrowedFd<'_>> = streams
        .map(|stream| stream.as_ref().unwrap_or(&null).as_fd())
        .to_vec();
    fds.extend(run.program.as_ref().map(AsFd::as_fd));
    let RunMessage {
        limits,
        program,
        argv,
        env,
        ..
    } = &run.request;
    let path = match program {
        ProgramKind::Path(path) => path.as_str(),
        ProgramKind::Fd => "",
    };
    let cold_start = cell.blueprint.profile.profile.cold_start.as_ref();
    let cold_start = cold_start.filter(|_| !cell.is_warm());
    let argv = exec_request::cold_argv(argv, cold_start, limits.stack_bytes);
    let limits = exec_request::resource_limits(limits, cell.blueprint.plan.group);
    let bytes = exec_request::encode(&limits, path, &argv, env).ok_or_else(|| {
        SandboxError::new(
            SandboxStep::Execute,
            "arguments too long, or with a NUL in them",
        )
    })?;
    send_bytes(&cell.launcher, &bytes, &fds).at(SandboxStep::Execute)
}
