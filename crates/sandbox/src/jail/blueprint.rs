use std::os::fd::OwnedFd;

use super::identity::CellUsers;
use super::plan::CellPlan;
use crate::CellProfile;
use crate::seccomp::PolicyFilters;

/// A profile with its filters compiled.
pub struct ReadyProfile {
    pub profile: CellProfile,
    pub filters: PolicyFilters,
}

/// What a cell is built after.
#[derive(Clone, Copy)]
pub struct CellBlueprint<'a> {
    pub profile: &'a ReadyProfile,
    pub plan: CellPlan,
    pub users: CellUsers,
    /// To have the profile's interpreter waiting in it.
    pub warm: bool,
    /// [`open_filled`](super::root::open_filled) of the profile.
    pub filled: &'a [Option<OwnedFd>],
}

impl<'a> CellBlueprint<'a> {
    /// What a program loses that its launcher still may.
    pub fn narrowing(self) -> Option<&'a [seccompiler::sock_filter]> {
        let filter = &self.profile.filters.program;
        self.plan.seccomp.then_some(filter)
    }
}
