//! What is taken from a program where no control group holds it, so that what it uses can be seen
//! and bounded all the same.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// No device from which memory can be mapped that is in nobody's resident set.
pub const DEVICES: [&str; 4] = ["null", "full", "random", "urandom"];

/// Refuses memory that belongs to no process and no file system: anonymous files, and anonymous
/// memory that is shared, whose pages stay when they are dropped from the resident set. Programs
/// that can do without it do.
pub fn no_hidden_memory() -> Result<BpfProgram, SandboxError> {
    let (flags, kind_and_anonymous) = (3, (libc::MAP_TYPE | libc::MAP_ANONYMOUS) as u64);
    let shared = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64;
    let compiled = SeccompCondition::new(
        flags,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(kind_and_anonymous),
        shared,
    )
    .and_then(|condition| SeccompRule::new(vec![condition]))
    .and_then(|rule| {
        SeccompFilter::new(
            BTreeMap::from([
                (libc::SYS_mmap, vec![rule]),
                (libc::SYS_memfd_create, Vec::new()),
            ]),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENOSYS as u32),
            std::env::consts::ARCH.try_into()?,
        )
    })
    .and_then(BpfProgram::try_from);
    compiled.at(SandboxStep::InstallFilter)
}
