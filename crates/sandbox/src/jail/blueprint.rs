//! Instructions for building a cell.

use std::os::fd::OwnedFd;

use super::identity::CellUsers;
use super::plan::CellPlan;
use super::syscall_counter::SyscallTracepoint;
use crate::CellProfile;
use crate::seccomp::{Denial, PolicyFilters};

/// A profile with its filters compiled.
pub struct ReadyProfile {
    pub profile: CellProfile,
    pub filters: PolicyFilters,
}

/// Everything that determines how a cell is built.
#[derive(Clone, Copy)]
pub struct CellBlueprint<'a> {
    pub profile: &'a ReadyProfile,
    pub plan: CellPlan,
    pub users: CellUsers,
    /// Start the profile's warm interpreter in it.
    pub warm: bool,
    /// [`open_filled`](super::root::open_filled) of the profile.
    pub filled: &'a [Option<OwnedFd>],
    /// For counting the system calls of runs; absent where that isn't allowed.
    pub tracepoint: Option<&'a SyscallTracepoint>,
}

impl<'a> CellBlueprint<'a> {
    /// Returns the filter that takes away the system calls that only a launcher may make.
    pub fn program_filter(self) -> Option<&'a [seccompiler::sock_filter]> {
        let filter = &self.profile.filters.program;
        self.plan.seccomp.then_some(filter)
    }

    /// True if a program's process sends its supervisor the listener for denied calls.
    pub fn hands_over_listeners(self) -> bool {
        self.plan.seccomp && self.profile.filters.denial == Denial::Notify
    }
}
