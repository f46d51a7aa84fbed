//! The jail helper: reads requests, forks a supervisor for each. One thread, no async runtime.
//!
//! It ends when its socket closes, that is when the service ends, however that happens.

mod capture;
mod folders;
mod identity;
mod idle;
mod init;
mod landlock;
mod launcher;
pub(crate) mod order;
mod plan;
mod root;
mod supervisor;
mod watch;
mod without_group;

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid,
};

use crate::cgroup::CgroupHierarchy;
use crate::error::StepContext;
use crate::protocol::{HelperInfo, HelperSetup, MakeCell, WireError, receive, send};
use crate::seccomp::{self, PolicyFilters};
use crate::sys::{self, Fork};
use crate::{CellProfile, Degradation, SandboxError, SandboxStep};
use identity::{CellUserPool, CellUsers};
use plan::{CellPlan, DetectedPlan};
use supervisor::Requester;

/// A profile with its filters compiled.
pub(crate) struct ReadyProfile {
    pub profile: CellProfile,
    pub filters: PolicyFilters,
}

/// What a cell is built after.
#[derive(Clone, Copy)]
pub(crate) struct CellBlueprint<'a> {
    pub profile: &'a ReadyProfile,
    pub plan: CellPlan,
    pub users: CellUsers,
    /// To have the profile's interpreter waiting in it.
    pub warm: bool,
    /// [`root::open_filled`] of the profile.
    pub filled: &'a [Option<OwnedFd>],
}

impl<'a> CellBlueprint<'a> {
    /// What a program loses that its launcher still may.
    fn narrowing(self) -> Option<&'a [seccompiler::sock_filter]> {
        let filter = &self.profile.filters.program;
        self.plan.seccomp.then_some(filter)
    }
}

/// The helper's `main`. Its standard input is the socket to the service, its standard output the
/// [`crate::Jail::liveness_pipe`].
///
/// Returns when the service has gone and every cell has ended. Two processes do this: the one that
/// serves, and its keeper, which only waits and puts another in its place when it dies. The service
/// itself can't, for it has given up the rights that a helper needs. Cells outlive their helper:
/// each has a supervisor of its own.
pub fn run_helper() -> Result<(), SandboxError> {
    sys::close_inherited().at(SandboxStep::StartHelper)?;
    let socket =
        rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).at(SandboxStep::TalkToHelper)?;
    let setup = HelperSetup::receive(&socket).at(SandboxStep::TalkToHelper)?;
    sys::set_ceiling(Resource::Core as u32, launcher::NO_DUMP)
        .at_path(SandboxStep::SetRlimits, "core")?;
    let mut greets = true;
    loop {
        match sys::fork().at(SandboxStep::StartHelper)? {
            Fork::Child => return serve(setup, &socket, greets),
            Fork::Parent(pid) => match waitpid(Some(pid), WaitOptions::empty()) {
                Ok(Some((_, status))) if status.signaled() => {
                    eprintln!("letscode jail: the helper was killed; another takes its place");
                    std::thread::sleep(RESTART_PAUSE);
                    greets = false;
                }
                // It ended by itself: the service has gone, or it can't work here.
                _ => return Ok(()),
            },
        }
    }
}

/// Between the death of a helper and the next, so that one that dies at once is no busy loop.
const RESTART_PAUSE: Duration = Duration::from_millis(20);

/// What cells get to end by themselves when the service is gone. It takes them milliseconds.
const LONGEST_FAREWELL: Duration = Duration::from_millis(500);

fn serve(setup: HelperSetup, socket: &OwnedFd, greets: bool) -> Result<(), SandboxError> {
    let started = JailHelper::start(setup);
    if greets {
        let info = started.as_ref().map(JailHelper::info).map_err(Clone::clone);
        send(socket, &info, &[]).at(SandboxStep::TalkToHelper)?;
    }
    match started {
        Ok(helper) => helper.serve(socket),
        // Told to the service already, which tells its user.
        Err(_) if greets => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

struct JailHelper {
    profiles: HashMap<String, ReadyProfile>,
    plan: CellPlan,
    hierarchy: Box<dyn CgroupHierarchy>,
    degraded: Vec<Degradation>,
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
        let mut profiles = HashMap::new();
        for profile in setup.profiles {
            let filters = seccomp::filters(&profile.policy)?;
            profiles.insert(profile.name.clone(), ReadyProfile { profile, filters });
        }
        let DetectedPlan {
            plan,
            hierarchy,
            degraded,
        } = plan::find_out(&setup.isolation, &instance_name())?;
        hierarchy.sweep(&is_stale_instance);
        Ok(JailHelper {
            profiles,
            plan,
            hierarchy,
            degraded,
            identities: CellUserPool::of_this_process(),
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
                // One bad message harms nobody else; its answer socket, if any, is closed, and
                // that tells its sender.
                Err(error) => eprintln!("letscode jail: refused a request: {error}"),
            }
        }
        self.end_cells();
        self.hierarchy.remove();
        // And what a killed predecessor of this helper left while its cells were still at work.
        self.hierarchy.sweep(&is_stale_instance);
    }

    /// A cell whose requester is gone ends by itself. One whose requester is still there, or that hangs, dies
    /// with its supervisor.
    fn end_cells(&mut self) {
        let deadline = Instant::now() + LONGEST_FAREWELL;
        while let Some(supervised) = self.running.pop() {
            let mut fds = [PollFd::new(&supervised.pidfd, PollFlags::IN)];
            let left = deadline.saturating_duration_since(Instant::now());
            if !matches!(poll(&mut fds, Some(&timespec(left))), Ok(1)) {
                let _ = pidfd_send_signal(&supervised.pidfd, Signal::KILL);
            }
            let _ = waitpid(Some(supervised.pid), WaitOptions::empty());
        }
    }

    /// Sleeps until a request is there (true) or the service is gone (false); reaps meanwhile.
    fn wait_for_event(&mut self, socket: &OwnedFd) -> bool {
        loop {
            let mut fds = vec![PollFd::new(socket, PollFlags::IN)];
            fds.extend(
                self.running
                    .iter()
                    .map(|one| PollFd::new(&one.pidfd, PollFlags::IN)),
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
        self.running.retain(|one| {
            let ended = matches!(
                waitpid(Some(one.pid), WaitOptions::NOHANG),
                Ok(Some(_)) | Err(_)
            );
            if ended {
                identities.give_back(one.identity);
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

    /// Forks the cell's supervisor. What goes wrong after that, it tells the requester.
    fn make_cell(&mut self, wanted: &MakeCell, requester: OwnedFd) -> Result<(), SandboxError> {
        if self.running.len() >= MOST_CELLS {
            let detail = format!("there are {MOST_CELLS} cells already");
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
                if let Err(error) = release_lifeline() {
                    requester.refuse(error);
                    std::process::exit(0);
                }
                match self.profiles.get(&wanted.profile) {
                    None => {
                        let detail = format!("no profile `{}`", wanted.profile);
                        requester.refuse(SandboxError::new(SandboxStep::ReadRequest, detail));
                    }
                    Some(profile) => {
                        let filled = root::open_filled(&profile.profile.root);
                        let blueprint = CellBlueprint {
                            filled: &filled,
                            profile,
                            plan: self.plan,
                            users: self.identities.users(identity),
                            warm: wanted.warm
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

/// Of one helper at one time: each has users of its own, and those are numbered.
const MOST_CELLS: usize = 4000;
/// Lets go of what tells the service that somebody is there to make cells: a supervisor does not.
fn release_lifeline() -> Result<(), SandboxError> {
    let null = std::fs::File::open("/dev/null").at(SandboxStep::ForkSupervisor)?;
    rustix::stdio::dup2_stdout(null).at(SandboxStep::ForkSupervisor)
}

/// Tells this helper's cgroup folder from those of helpers that are gone, also when the pid has
/// been used again since.
fn instance_name() -> String {
    let pid = std::process::id();
    format!("letscode.{pid}.{}", start_time(pid).unwrap_or(0))
}

fn is_stale_instance(name: &str) -> bool {
    let mut parts = name.split('.');
    let (Some("letscode"), Some(pid), Some(started), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    match (pid.parse(), started.parse::<u64>()) {
        (Ok(pid), Ok(started)) => start_time(pid) != Some(started),
        _ => false,
    }
}

/// When a living process started, in clock ticks since boot: field 22 of `/proc/PID/stat`, counted
/// behind the parenthesised name, which may contain anything. `None` for one that is dead and only
/// waits to be reaped.
fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    let state = fields.next()?;
    match state {
        "Z" | "X" => None,
        _ => fields.nth(18)?.parse().ok(),
    }
}

/// A descriptor is readable or its other end is gone.
pub(crate) fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}

/// For `poll` and timers: rounds up, so that a wait never ends just before its deadline.
pub(crate) fn timespec(duration: Duration) -> rustix::event::Timespec {
    rustix::event::Timespec {
        tv_sec: duration.as_secs().min(86_400) as i64,
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// A connected pair for one supervisor and its init.
pub(crate) fn socket_pair() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .at(SandboxStep::Supervise)
}

/// A file of one's own: what a program sets of an open file, whoever has the same one sees.
pub(crate) fn open_null(path: &str) -> Result<OwnedFd, SandboxError> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).at(SandboxStep::ConnectStreams)
}

/// Borrowed forms of a list of owned descriptors.
pub(crate) fn borrowed(fds: &[OwnedFd]) -> Vec<std::os::fd::BorrowedFd<'_>> {
    fds.iter().map(|fd| fd.as_fd()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_stale_when_its_process_is_another() {
        assert!(!is_stale_instance(&instance_name()));
        let pid = std::process::id();
        assert!(is_stale_instance(&format!("letscode.{pid}.1")));
        for foreign in [
            "system.slice",
            "letscode",
            "letscode.1",
            "letscode.a.b",
            "letscode.1.2.3",
        ] {
            assert!(!is_stale_instance(foreign), "{foreign}");
        }
    }
}
