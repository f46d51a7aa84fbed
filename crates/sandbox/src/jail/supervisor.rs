//! The life of one cell, seen from outside: makes its cgroup and namespaces, then takes requests,
//! one after another, until its requester is gone or a run has left it unfit for another.

use rustix::process::{Pid, Signal};

use super::blueprint::CellBlueprint;
use super::cell::{InitProcess, SupervisedCell};
use super::init;
use super::requester::{FinishedRun, Requester};
use super::watch;
use crate::cgroup::{CellCgroup, CgroupHierarchy};
use crate::error::StepContext;
use crate::fd::socket_pair;
use crate::sys::{self, Fork};
use crate::{Limits, SandboxError, SandboxStep};

/// A whole life. `requester` is the socket that requests come from and answers go to; what goes wrong is
/// said there.
pub fn run(
    hierarchy: &dyn CgroupHierarchy,
    name: &str,
    blueprint: CellBlueprint<'_>,
    mut requester: Requester,
) {
    let last = hierarchy
        .create(name, &Limits::default())
        .and_then(|mut group| {
            let lived = live(&mut *group, blueprint, &mut requester);
            end_survivors(&*group);
            // The last answer goes out after the group is gone: whoever has it can count on a clean
            // host.
            group.remove().at(SandboxStep::Supervise)?;
            lived
        });
    match last {
        Ok(None) => {}
        Ok(Some(finished)) => {
            requester.answer(finished, false);
        }
        Err(error) => requester.refuse(error),
    }
}

/// Makes the cell and serves until it ends, with the answer that has not been sent yet.
fn live(
    group: &mut dyn CellCgroup,
    blueprint: CellBlueprint<'_>,
    requester: &mut Requester,
) -> Result<Option<FinishedRun>, SandboxError> {
    let (ours, theirs) = socket_pair()?;
    let (fork, pidfd) = sys::clone_into(blueprint.plan.namespaces(), group.birthplace())
        .at(SandboxStep::CreateNamespaces)?;
    let (pid, pidfd) = match (fork, pidfd) {
        (Fork::Parent(pid), Some(pidfd)) => (pid, pidfd),
        _ => {
            drop(ours);
            init::run(blueprint, theirs)
        }
    };
    drop(theirs);
    let init = InitProcess::new(pid, pidfd);
    let mut cell = SupervisedCell::build(init, ours, group, blueprint)?;
    loop {
        let Some(order) = requester.next(&[&cell.socket, &cell.launcher])? else {
            return Ok(None);
        };
        cell.begin_run()?;
        let finished = watch::run(&mut cell, order, &requester.socket)?;
        if !finished.fit_for_another || cell.is_worn_out() {
            return Ok(Some(finished));
        }
        if !requester.answer(finished, true) {
            return Ok(None);
        }
        cell.clean()?;
    }
}

/// The init's end is the end of its pid namespace, so nobody is left; unless the cell has none.
fn end_survivors(group: &dyn CellCgroup) {
    let survivors = group.processes().unwrap_or_default();
    for pid in survivors
        .into_iter()
        .filter_map(|pid| Pid::from_raw(pid as i32))
    {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}
