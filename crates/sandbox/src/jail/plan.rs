//! Detects which layers of isolation this machine offers, by trying, once when the helper starts.

use libc::c_int;
use rustix::process::{WaitOptions, waitpid};

use super::landlock;
use crate::cgroup::{self, CgroupHierarchy, PolledHierarchy};
use crate::error::StepContext;
use crate::layer::{Degradation, Isolation, Layer};
use crate::sys::{self, Fork};
use crate::{SandboxError, SandboxStep};

/// The layers that every cell of this helper has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellPlan {
    /// Own process ids, IPC, host name and view of the control groups.
    pub own_processes: bool,
    pub own_network: bool,
    /// A root without anything of the host that the profile does not name.
    pub private_root: bool,
    pub landlock: bool,
    pub seccomp: bool,
    /// A control group holds the cell; otherwise only rlimits bound its processes.
    pub group: bool,
}

impl CellPlan {
    pub fn namespaces(self) -> c_int {
        let mut flags = libc::CLONE_NEWUSER | libc::CLONE_NEWNS;
        if self.own_processes {
            flags |= libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        }
        if self.own_network {
            flags |= libc::CLONE_NEWNET;
        }
        flags
    }
}

/// Result of [`detect`].
pub struct DetectedPlan {
    pub plan: CellPlan,
    pub hierarchy: Box<dyn CgroupHierarchy>,
    pub degraded: Vec<Degradation>,
}

/// Tries every layer that may be missing on a machine. A missing layer whose absence is not
/// accepted is an error that says how to fix it.
pub fn detect(isolation: &Isolation, instance: &str) -> Result<DetectedPlan, SandboxError> {
    let mut degraded = Vec::new();
    let mut degrade = |layer: Layer, error: SandboxError, remains: &str| {
        if !isolation.tolerates(layer) {
            let detail = format!(
                "{}; to go on without (weaker: {remains}), say --allow-degraded {layer}",
                error.detail
            );
            return Err(SandboxError { detail, ..error });
        }
        let detail = format!("{error}; {remains}");
        degraded.push(Degradation { layer, detail });
        Ok(())
    };
    let switched_off = |step| Err(SandboxError::new(step, "switched off"));

    let mut plan = CellPlan {
        own_processes: isolation.has(Layer::Namespaces),
        own_network: isolation.has(Layer::Network),
        private_root: isolation.has(Layer::Filesystem),
        landlock: isolation.has(Layer::Filesystem),
        seccomp: isolation.has(Layer::Seccomp),
        group: true,
    };
    if plan.landlock
        && let Err(error) = landlock::probe()
    {
        degrade(Layer::Filesystem, error, WITHOUT_LANDLOCK)?;
        plan.landlock = false;
    }
    if let Err(error) = try_namespaces(plan) {
        let without_network = CellPlan {
            own_network: false,
            ..plan
        };
        if try_namespaces(without_network).is_err() {
            return Err(error);
        }
        degrade(Layer::Network, error, WITHOUT_NETWORK)?;
        plan = without_network;
    }
    // Last: it leaves a folder on the machine, and an error before has no remedy.
    let discovered = if isolation.has(Layer::Cgroups) {
        cgroup::discover(instance)
    } else {
        switched_off(SandboxStep::FindCgroup)
    };
    let hierarchy = match discovered {
        Ok(hierarchy) => hierarchy,
        Err(error) => {
            degrade(Layer::Cgroups, with_cgroup_fix(error), WITHOUT_GROUPS)?;
            plan.group = false;
            Box::new(PolledHierarchy)
        }
    };
    for layer in &isolation.switched_off {
        if !degraded
            .iter()
            .any(|degradation| degradation.layer == *layer)
        {
            let detail = "switched off".to_owned();
            degraded.push(Degradation {
                layer: *layer,
                detail,
            });
        }
    }
    Ok(DetectedPlan {
        plan,
        hierarchy,
        degraded,
    })
}

const WITHOUT_GROUPS: &str = "memory is then watched every 5 ms instead of capped, processes are \
    counted per user, and CPU quota and I/O are not limited";
const WITHOUT_LANDLOCK: &str = "the private read-only root still holds, but programs can execute \
    what they wrote";
const WITHOUT_NETWORK: &str = "socket calls are still refused by seccomp";

fn with_cgroup_fix(error: SandboxError) -> SandboxError {
    if error.detail == "switched off" {
        return error;
    }
    let fix = "start letscode as root, or give it a control group of its own: \
        `systemd-run --user --scope -p Delegate=yes letscode …`, a unit with `Delegate=yes`, or \
        a folder in /sys/fs/cgroup that belongs to its user (also for a container: \
        docs/DEPLOYMENT.md)";
    SandboxError {
        detail: format!("{}; {fix}", error.detail),
        ..error
    }
}

/// Makes a process in the plan's namespaces, which exits at once.
fn try_namespaces(plan: CellPlan) -> Result<(), SandboxError> {
    let (fork, _pidfd) = sys::clone_into(plan.namespaces(), None).map_err(no_namespaces)?;
    match fork {
        Fork::Child => sys::exit_now(0),
        Fork::Parent(pid) => waitpid(Some(pid), WaitOptions::empty())
            .at(SandboxStep::CreateNamespaces)
            .map(drop),
    }
}

fn no_namespaces(error: rustix::io::Errno) -> SandboxError {
    let fix = "user namespaces must be allowed: `sysctl user.max_user_namespaces=15000`, on Debian \
        also `kernel.unprivileged_userns_clone=1`; where AppArmor restricts them (Ubuntu 24.04), a \
        profile for letscode with `userns,`; in a container: `docker run --user 1000:1000 --security-opt \
        seccomp=deploy/seccomp.json --security-opt systempaths=unconfined`, see docs/DEPLOYMENT.md";
    SandboxError::new(SandboxStep::CreateNamespaces, format!("{error}; {fix}"))
}
