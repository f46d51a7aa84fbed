//! The jail helper: reads requests for cells and forks a supervisor for each. One thread, no async
//! runtime.
//!
//! # Theory of operation
//!
//! Two processes run this code: the helper that serves, and its *monitor*, which only waits and
//! starts another helper when the first is killed. The service itself can't do that, because it has
//! dropped the privileges that a helper needs. Cells outlive their helper: each has a supervisor of
//! its own.
//!
//! The helper's standard output is the write end of the *liveness pipe*, which only helper and
//! monitor hold: the service sees by its end that both are gone. The helper ends when its socket
//! closes, that is when the service ends, for any reason.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid,
};

use super::blueprint::{CellBlueprint, ReadyProfile};
use super::identity::CellUserPool;
use super::instance::{instance_name, is_stale_instance};
use super::plan::{self, CellPlan, DetectedPlan};
use super::requester::Requester;
use super::syscall_counter::SyscallTracepoint;
use super::{launcher, listener, root, supervisor};
use crate::cgroup::CgroupHierarchy;
use crate::error::StepContext;
use crate::fd::timespec;
use crate::protocol::{HelperInfo, HelperSetup, MakeCell};
use crate::seccomp::{self, Denial};
use crate::sys::{self, Fork};
use crate::wire::{WireError, receive, send};
use crate::{Degradation, SandboxError, SandboxStep};

/// The helper's `main`. Its standard input is the socket to the service, its standard output the
/// [`crate::Jail::liveness_pipe`].
///
/// Returns when the service has ended and every cell with it, in the helper and in its monitor.
pub fn run_helper() -> Result<(), SandboxError> {
    sys::close_inherited().at(SandboxStep::StartHelper)?;
    let socket =
        rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).at(SandboxStep::TalkToHelper)?;
    let setup = HelperSetup::receive(&socket).at(SandboxStep::TalkToHelper)?;
    sys::set_rlimit(Resource::Core as u32, launcher::NO_CORE_DUMP)
        .at_path(SandboxStep::SetRlimits, "core")?;
    let mut announce_ready = true;
    loop {
        match sys::fork().at(SandboxStep::StartHelper)? {
            Fork::Child => return serve(setup, &socket, announce_ready),
            Fork::Parent(pid) => match waitpid(Some(pid), WaitOptions::empty()) {
                Ok(Some((_, status))) if status.signaled() => {
                    eprintln!("letscode jail: the helper was killed; another takes its place");
                    std::thread::sleep(RESTART_PAUSE);
                    announce_ready = false;
                }
                // It ended by itself: the service has ended, or no cell can be made here.
                _ => return Ok(()),
            },
        }
    }
}

/// Pause before a restart, so that a helper that dies at once is no busy loop.
const RESTART_PAUSE: Duration = Duration::from_millis(20);

/// Time that cells get to end by themselves when the service has ended. They take milliseconds.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

fn serve(setup: HelperSetup, socket: &OwnedFd, announce_ready: bool) -> Result<(), SandboxError> {
    let started = JailHelper::start(setup);
    if announce_ready {
        let info = started.as_ref().map(JailHelper::info).map_err(Clone::clone);
        send(socket, &info, &[]).at(SandboxStep::TalkToHelper)?;
    }
    match started {
        Ok(helper) => helper.serve(socket),
        // Already sent to the service, which reports it.
        Err(_) if announce_ready => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

struct JailHelper {
    profiles: HashMap<String, ReadyProfile>,
    plan: CellPlan,
    hierarchy: Box<dyn CgroupHierarchy>,
    degraded: Vec<Degradation>,
    unnamed_calls: Option<SandboxError>,
    tracepoint: Result<SyscallTracepoint, SandboxError>,
    identities: CellUserPool,
    running: Vec<SupervisorProcess>,
    cells_made: u64,
}

struct SupervisorProcess {
    pid: Pid,
    pidfd: OwnedFd,
    identity: u32,
}

impl JailHelper {
    fn start(setup: HelperSetup) -> Result<Self, SandboxError> {
        let unnamed_calls = listener::probe()?;
        let denial = match unnamed_calls {
            None => Denial::Notify,
            Some(_) => Denial::Kill,
        };
        let mut profiles = HashMap::new();
        for profile in setup.profiles {
            let filters = seccomp::filters(&profile.policy, denial)?;
            profiles.insert(profile.name.clone(), ReadyProfile { profile, filters });
        }
        let DetectedPlan {
            plan,
            hierarchy,
            degraded,
        } = plan::detect(&setup.isolation, &instance_name())?;
        hierarchy.sweep(&is_stale_instance);
        Ok(JailHelper {
            profiles,
            plan,
            hierarchy,
            degraded,
            identities: CellUserPool::of_this_process(),
            unnamed_calls,
            tracepoint: SyscallTracepoint::find(),
            running: Vec::new(),
            cells_made: 0,
        })
    }

    fn info(&self) -> HelperInfo {
        HelperInfo {
            cgroup_version: self.hierarchy.version(),
            limits_io: self.hierarchy.limits_io(),
            privileged: self.identities.privileged(),
            supports_warm_interpreters: self.supports_warm_interpreters(),
            degraded: self.degraded.clone(),
            unnamed_calls: self.unnamed_calls.clone(),
            uncounted_calls: self.tracepoint.clone().err(),
        }
    }

    fn supports_warm_interpreters(&self) -> bool {
        self.identities.privileged() && self.plan.group && self.plan.own_processes
    }

    fn serve(mut self, socket: &OwnedFd) {
        while self.wait_for_event(socket) {
            match receive::<MakeCell>(socket) {
                Ok((request, fds)) => self.handle(request, fds),
                Err(WireError::Closed) => break,
                // One bad message affects no other cell; its reply socket, if any, is closed, which
                // its sender sees.
                Err(error) => eprintln!("letscode jail: refused a request: {error}"),
            }
        }
        self.end_cells();
        self.hierarchy.remove();
        // Also what a killed predecessor of this helper left while its cells were still running.
        self.hierarchy.sweep(&is_stale_instance);
    }

    /// Waits for the cells: one whose requester has gone ends by itself. One whose requester is
    /// still there, or that hangs, is killed with its supervisor.
    fn end_cells(&mut self) {
        let deadline = Instant::now() + SHUTDOWN_GRACE;
        while let Some(supervised) = self.running.pop() {
            let mut fds = [PollFd::new(&supervised.pidfd, PollFlags::IN)];
            let left = deadline.saturating_duration_since(Instant::now());
            if !matches!(poll(&mut fds, Some(&timespec(left))), Ok(1)) {
                let _ = pidfd_send_signal(&supervised.pidfd, Signal::KILL);
            }
            let _ = waitpid(Some(supervised.pid), WaitOptions::empty());
        }
    }

    /// Waits for a request (true) or the end of the service (false); reaps meanwhile.
    fn wait_for_event(&mut self, socket: &OwnedFd) -> bool {
        loop {
            let mut fds = vec![PollFd::new(socket, PollFlags::IN)];
            fds.extend(
                self.running
                    .iter()
                    .map(|supervised| PollFd::new(&supervised.pidfd, PollFlags::IN)),
            );
            match poll(&mut fds, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    eprintln!("letscode jail: poll failed: {error}");
                    return false;
                }
            }
            let events = fds[0].revents();
            self.reap();
            if events.contains(PollFlags::IN) {
                return true;
            }
            if events.intersects(PollFlags::HUP | PollFlags::ERR) {
                return false;
            }
        }
    }

    fn reap(&mut self) {
        let identities = &mut self.identities;
        self.running.retain(|supervised| {
            let ended = matches!(
                waitpid(Some(supervised.pid), WaitOptions::NOHANG),
                Ok(Some(_)) | Err(_)
            );
            if ended {
                identities.release(supervised.identity);
            }
            !ended
        });
    }

    fn handle(&mut self, request: MakeCell, mut fds: Vec<OwnedFd>) {
        let Some(requester) = fds.pop() else {
            eprintln!("letscode jail: refused a request without a socket");
            return;
        };
        if let Err(error) = self.make_cell(&request, requester) {
            eprintln!("letscode jail: {error}");
        }
    }

    /// Forks the cell's supervisor, which sends later errors to the requester itself.
    fn make_cell(&mut self, request: &MakeCell, requester: OwnedFd) -> Result<(), SandboxError> {
        if self.running.len() >= MAX_CELLS {
            let detail = format!("there are {MAX_CELLS} cells already");
            return Err(SandboxError::new(SandboxStep::ForkSupervisor, detail));
        }
        let identity = self.identities.take();
        self.cells_made += 1;
        let name = format!("cell-{}", self.cells_made);
        match sys::fork().at(SandboxStep::ForkSupervisor)? {
            Fork::Parent(pid) => {
                let pidfd = pidfd_open(pid, PidfdFlags::empty()).at(SandboxStep::ForkSupervisor)?;
                self.running.push(SupervisorProcess {
                    pid,
                    pidfd,
                    identity,
                });
                Ok(())
            }
            Fork::Child => {
                let requester = Requester::new(requester);
                // Of other cells: they would take the numbers that a program's process needs.
                self.running.clear();
                if let Err(error) = release_liveness_pipe() {
                    requester.refuse(error);
                    std::process::exit(0);
                }
                match self.profiles.get(&request.profile) {
                    None => {
                        let detail = format!("no profile `{}`", request.profile);
                        requester.refuse(SandboxError::new(SandboxStep::ReadRequest, detail));
                    }
                    Some(profile) => {
                        let filled = root::open_filled(&profile.profile.root);
                        let blueprint = CellBlueprint {
                            filled: &filled,
                            profile,
                            plan: self.plan,
                            users: self.identities.users(identity),
                            tracepoint: self.tracepoint.as_ref().ok(),
                            warm: request.warm
                                && profile.profile.interpreter.is_some()
                                && self.supports_warm_interpreters(),
                        };
                        supervisor::run(&*self.hierarchy, &name, blueprint, requester);
                    }
                }
                std::process::exit(0);
            }
        }
    }
}

/// Largest number of cells of one helper at one time: each has two user ids of the helper's range.
const MAX_CELLS: usize = 4000;

/// Closes the liveness pipe in a supervisor, which makes no cells.
fn release_liveness_pipe() -> Result<(), SandboxError> {
    let null = std::fs::File::open("/dev/null").at(SandboxStep::ForkSupervisor)?;
    rustix::stdio::dup2_stdout(null).at(SandboxStep::ForkSupervisor)
}
