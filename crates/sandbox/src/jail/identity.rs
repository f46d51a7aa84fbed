//! User ids of a cell's processes on the host.

use std::{fs, io};

use rustix::process::{Pid, Signal, set_parent_process_death_signal};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// First of the host's user ids for cells, far above those of people, services and the ranges that
/// distributions give to `subuid`.
const FIRST_UID: u32 = 1_500_000_000;
/// Size of a helper's range of user ids, and number of ranges: several helpers may run at one time,
/// such as a service's and that of a `letscode run`.
const USERS_PER_HELPER: u32 = 10_000;
const HELPERS: u32 = 100_000;

/// A cell's user and group ids, inside and outside its user namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellUsers {
    /// The init's id outside, if it has one of its own; it is 0 inside.
    pub init_outside: Option<u32>,
    /// The program's id outside; it is [`CellUsers::PROGRAM`] inside.
    pub program_outside: u32,
    /// The program's group id outside; also [`CellUsers::PROGRAM`] inside. Differs from the user's
    /// id only if it is the group that the helper was started with.
    pub group_outside: u32,
}

impl CellUsers {
    /// The program's user and group id inside every cell.
    pub const PROGRAM: u32 = 1000;

    /// Returns the user that a program's process must become inside, if the launcher's is another.
    pub fn to_become(self) -> Option<u32> {
        self.init_outside.map(|_| Self::PROGRAM)
    }

    /// Writes the id maps of a new user namespace. From outside: inside, a process can map only its
    /// own id.
    pub fn give_to(&self, init: Pid) -> Result<(), SandboxError> {
        let folder = format!("/proc/{}", init.as_raw_nonzero());
        let write = |file: &str, text: &str| {
            let path = format!("{folder}/{file}");
            fs::write(&path, text).map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied if self.init_outside.is_some() => {
                    let detail = format!("{path}: {error}; {ROOT_WITHOUT_RIGHTS}");
                    SandboxError::new(SandboxStep::MapUsers, detail)
                }
                _ => SandboxError::new(SandboxStep::MapUsers, format!("{path}: {error}")),
            })
        };
        if self.init_outside.is_none() {
            write("setgroups", "deny")?;
        }
        write("uid_map", &self.uid_map())?;
        write("gid_map", &self.gid_map())
    }

    /// Text for `uid_map`.
    fn uid_map(&self) -> String {
        self.map(self.program_outside)
    }

    /// Text for `gid_map`.
    fn gid_map(&self) -> String {
        self.map(self.group_outside)
    }

    fn map(&self, program_outside: u32) -> String {
        let program = format!("{} {program_outside} 1\n", Self::PROGRAM);
        match self.init_outside {
            Some(init) => format!("0 {init} 1\n{program}"),
            None => program,
        }
    }
}

const ROOT_WITHOUT_RIGHTS: &str = "root without its capabilities can't make cells, any other user \
    can: `docker run --user 1000:1000`";

/// Allocates numbers so that no two live cells share a user: a user can signal and trace only its
/// own processes, and shares limits with no other cell.
pub struct CellUserPool {
    /// User and group id of a helper without root, which can map only those.
    unprivileged: Option<(u32, u32)>,
    first_uid: u32,
    in_use: std::collections::BTreeSet<u32>,
}

impl CellUserPool {
    pub fn of_this_process() -> Self {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        CellUserPool {
            unprivileged: (!uid.is_root()).then(|| (uid.as_raw(), gid.as_raw())),
            first_uid: FIRST_UID + std::process::id() % HELPERS * USERS_PER_HELPER,
            in_use: Default::default(),
        }
    }

    pub fn privileged(&self) -> bool {
        self.unprivileged.is_none()
    }

    /// Allocates the lowest free number.
    pub fn take(&mut self) -> u32 {
        let free = (0..).find(|number| !self.in_use.contains(number));
        let number = free.unwrap_or_default();
        self.in_use.insert(number);
        number
    }

    /// Frees a number.
    pub fn release(&mut self, number: u32) {
        self.in_use.remove(&number);
    }

    /// Returns the user ids that belong to a number.
    pub fn users(&self, number: u32) -> CellUsers {
        match self.unprivileged {
            Some((uid, gid)) => CellUsers {
                init_outside: None,
                program_outside: uid,
                group_outside: gid,
            },
            None => CellUsers {
                init_outside: Some(self.first_uid + 2 * number),
                program_outside: self.first_uid + 2 * number + 1,
                group_outside: self.first_uid + 2 * number + 1,
            },
        }
    }
}

/// Makes this process die with its parent. Must be called after the last change of identity, which
/// resets it.
pub fn die_with_supervisor() -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).at(SandboxStep::TakeIdentity)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_cells_never_share_a_user() {
        let mut identities = CellUserPool {
            unprivileged: None,
            first_uid: FIRST_UID,
            in_use: Default::default(),
        };
        let (a, b) = (identities.take(), identities.take());
        let (first, second) = (identities.users(a), identities.users(b));
        let all = [
            first.init_outside.unwrap(),
            first.program_outside,
            second.init_outside.unwrap(),
            second.program_outside,
        ];
        let distinct: std::collections::BTreeSet<_> = all.into_iter().collect();
        assert_eq!(distinct.len(), 4);
        identities.release(a);
        assert_eq!(identities.take(), a, "numbers are used again once free");
    }

    #[test]
    fn the_maps_have_one_line_per_user() {
        let root = CellUsers {
            init_outside: Some(10),
            program_outside: 11,
            group_outside: 11,
        };
        assert_eq!(root.uid_map(), "0 10 1\n1000 11 1\n");
        assert_eq!(root.gid_map(), root.uid_map());
    }

    /// As in a container that was started with `--user 1000`, whose group is 0.
    #[test]
    fn an_unprivileged_user_keeps_its_own_group() {
        let identities = CellUserPool {
            unprivileged: Some((65534, 0)),
            first_uid: FIRST_UID,
            in_use: Default::default(),
        };
        let alone = identities.users(0);
        assert_eq!(alone.uid_map(), "1000 65534 1\n");
        assert_eq!(alone.gid_map(), "1000 0 1\n");
    }
}
