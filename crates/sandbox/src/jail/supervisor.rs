//! The supervisor of one cell: makes its cgroup and namespaces, then takes requests, one after
//! another, until its requester is gone or a run has left the cell unfit for another.
//!
//! One process of one thread for each cell, outside of it. It is a child of the helper; the cell's
//! init is its child, and dies with it.

use rustix::process::{Pid, Signal};

use super::blueprint::CellBlueprint;
use super::cell::{InitProcess, SupervisedCell};
use super::init;
use super::requester::{FinishedRun, Requester};
use super::syscall_counter::EndedCounters;
use super::watch;
use crate::cgroup::{CellCgroup, CgroupHierarchy};
use crate::error::StepContext;
use crate::fd::socket_pair;
use crate::sys::{self, Fork};
use crate::{Limits, SandboxError, SandboxStep};

/// Runs a cell from its making to its end. Errors are sent to the requester.
pub fn run(
    hierarchy: &dyn CgroupHierarchy,
    name: &str,
    blueprint: CellBlueprint<'_>,
    mut requester: Requester,
) {
    let mut counters = EndedCounters::default();
    let last = hierarchy
        .create(name, &Limits::default())
        .and_then(|mut group| {
            let served = serve(&mut *group, blueprint, &mut requester, &mut counters);
            kill_survivors(&*group);
            // The last reply is sent after the group is removed: its receiver can rely on a clean
            // host.
            group.remove().at(SandboxStep::Supervise)?;
            served
        });
    match last {
        Ok(None) => {}
        Ok(Some(finished)) => {
            requester.reply(finished, false);
        }
        Err(error) => requester.refuse(error),
    }
    counters.wait();
}

/// Makes the cell and serves requests until it ends. Returns the last result, which has not been
/// sent.
fn serve(
    group: &mut dyn CellCgroup,
    blueprint: CellBlueprint<'_>,
    requester: &mut Requester,
    counters: &mut EndedCounters,
) -> Result<Option<FinishedRun>, SandboxError> {
    let (socket, init_end) = socket_pair()?;
    let (fork, pidfd) = sys::clone_into(blueprint.plan.namespaces(), group.clone_target())
        .at(SandboxStep::CreateNamespaces)?;
    let (pid, pidfd) = match (fork, pidfd) {
        (Fork::Parent(pid), Some(pidfd)) => (pid, pidfd),
        _ => {
            drop(socket);
            init::run(blueprint, init_end)
        }
    };
    drop(init_end);
    let init = InitProcess::new(pid, pidfd);
    let mut cell = SupervisedCell::build(init, socket, group, blueprint, counters)?;
    loop {
        let Some(run) = requester.next(&[&cell.socket, &cell.launcher])? else {
            return Ok(None);
        };
        cell.begin_run()?;
        let finished = watch::run(&mut cell, run, &requester.socket)?;
        if !finished.cell_is_reusable || cell.is_worn_out() {
            return Ok(Some(finished));
        }
        if !requester.reply(finished, true) {
            return Ok(None);
        }
        cell.clean()?;
    }
}

/// Kills what is left in the group. The end of the init ends its pid namespace, so this matters
/// only for a cell without one.
fn kill_survivors(group: &dyn CellCgroup) {
    let survivors = group.processes().unwrap_or_default();
    for pid in survivors
        .into_iter()
        .filter_map(|pid| Pid::from_raw(pid as i32))
    {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}
