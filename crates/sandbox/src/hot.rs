//! For `benches/`: what is done for every run, or for every cell, and is nobody's business otherwise.

use crate::jail::exec_request;
use crate::seccomp;
use crate::{Limits, SandboxError};

/// Writes an order and takes it apart again, as each run does; answers its length and its number of words.
pub fn order_there_and_back(
    argv: &[String],
    env: &[(String, String)],
    limits: &Limits,
) -> Option<(usize, usize)> {
    let bytes = exec_request::write(&exec_request::ceilings(limits, true), &argv[0], argv, env)?;
    let order = exec_request::ExecRequest::read(&bytes)?;
    let words = order.argv().count() + order.env().count() + order.ceilings().count();
    Some((bytes.len(), words))
}

/// Reads a policy and compiles its filters; answers how many there are.
pub fn compile_filters(policy: &str) -> Result<usize, SandboxError> {
    Ok(seccomp::filters(policy)?.launcher.len() + 1)
}
