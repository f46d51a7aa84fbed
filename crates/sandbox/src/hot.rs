//! Entry points for `benches/`: private work that is done for every run or every cell.

use crate::jail::exec_request;
use crate::seccomp;
use crate::{Limits, SandboxError};

/// Encodes an exec request and decodes it again, as each run does. Returns its length in bytes and
/// its number of strings and limits.
pub fn exec_request_round_trip(
    argv: &[String],
    env: &[(String, String)],
    limits: &Limits,
) -> Option<(usize, usize)> {
    let bytes = exec_request::encode(
        &exec_request::resource_limits(limits, true),
        &argv[0],
        argv,
        env,
    )?;
    let request = exec_request::ExecRequest::decode(&bytes)?;
    let items = request.argv().count() + request.env().count() + request.limits().count();
    Some((bytes.len(), items))
}

/// Reads a policy and compiles its filters. Returns their length.
pub fn compile_filters(policy: &str) -> Result<usize, SandboxError> {
    Ok(seccomp::filters(policy, seccomp::Denial::Notify)?
        .launcher
        .len()
        + 1)
}
