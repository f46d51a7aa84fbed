//! Further restrictions for programs without a control group, so that all memory they use can be
//! measured and bounded.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// Device nodes, without `zero`: memory mapped from it is in no process's resident set.
pub const DEVICES: [&str; 4] = ["null", "full", "random", "urandom"];

/// Returns a filter against memory that belongs to no process and no file system: anonymous files,
/// and shared anonymous memory, whose pages stay when they are dropped from the resident set.
/// Runtimes that try it go on without.
pub fn hidden_memory_filter() -> Result<BpfProgram, SandboxError> {
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
