//! Watches one cell from outside: makes its cgroup and namespaces, keeps the clock, reads the
//! counters, drains the output, kills, and answers.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use super::capture::Capture;
use super::identity::Users;
use super::init;
use super::{Blueprint, borrowed, is_ready, socket_pair, timespec};
use crate::cgroup::{Group, Hierarchy};
use crate::error::At;
use crate::outcome::{Ended, Evidence, Exit};
use crate::protocol::{
    Answer, InitMessage, InitOrder, ProgramKind, Report, Request, StreamKind, receive, send,
};
use crate::sys::{self, Fork};
use crate::{SandboxError, Step, Usage};

/// The shortest time between two looks at the counters, so that a program just under its CPU limit is not watched in a busy loop.
const SHORTEST_NAP: Duration = Duration::from_millis(1);

/// A request with its descriptors sorted.
pub struct Order {
    pub request: Request,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    pub program: Option<OwnedFd>,
    pub files: Vec<OwnedFd>,
}

impl Order {
    /// Checks that the descriptors are as many as the request says.
    pub fn check(request: Request, fds: Vec<OwnedFd>) -> Result<Self, SandboxError> {
        if let Some(field) = request.limits.unreasonable() {
            let detail = format!("`{field}` is beyond what a cell may be granted");
            return Err(SandboxError::new(Step::ReadRequest, detail));
        }
        let mut fds = fds.into_iter();
        let mut next = |wanted: bool| match wanted {
            false => Ok(None),
            true => fds.next().map(Some).ok_or_else(|| {
                SandboxError::new(Step::ReadRequest, "fewer descriptors than announced")
            }),
        };
        let stdin = next(request.stdin == StreamKind::Given)?;
        let stdout = next(request.stdout == StreamKind::Given)?;
        let stderr = next(request.stderr == StreamKind::Given)?;
        let program = next(request.program == ProgramKind::Given)?;
        let files: Vec<OwnedFd> = fds.collect();
        if files.len() != request.files.len() {
            return Err(SandboxError::new(
                Step::ReadRequest,
                "the number of files is not the number of descriptors",
            ));
        }
        Ok(Order {
            request,
            stdin,
            stdout,
            stderr,
            program,
            files,
        })
    }
}

/// Runs one cell from beginning to end and sends the answer, unless making the cell failed.
pub fn run(
    hierarchy: &dyn Hierarchy,
    name: &str,
    blueprint: Blueprint<'_>,
    order: Order,
    answer: &OwnedFd,
) -> Result<(), SandboxError> {
    let limits = &order.request.limits;
    let mut group = hierarchy.create(name, limits)?;
    let finished = supervise(&mut *group, blueprint, order, answer);
    end_survivors(&*group);
    // The answer goes out after the group is gone: whoever has it can count on a clean host.
    group.remove().at(Step::Supervise)?;
    let (report, fds) = finished?;
    let answered = send(answer, &Answer { result: Ok(report) }, &borrowed(&fds));
    // A requester that has gone away is no fault of the cell.
    let _ = answered;
    Ok(())
}

fn supervise(
    group: &mut dyn Group,
    blueprint: Blueprint<'_>,
    mut order: Order,
    answer: &OwnedFd,
) -> Result<(Report, Vec<OwnedFd>), SandboxError> {
    let captures = connect_streams(&mut order, blueprint.users)?;
    let (ours, theirs) = socket_pair()?;
    let (fork, pidfd) = sys::clone_into(blueprint.plan.namespaces(), group.birthplace())
        .at(Step::CreateNamespaces)?;
    let (pid, pidfd) = match (fork, pidfd) {
        (Fork::Parent(pid), Some(pidfd)) => (pid, pidfd),
        _ => {
            drop(ours);
            init::run(blueprint, order, theirs)
        }
    };
    drop(theirs);
    let limits = order.request.limits.clone();
    let cell = Cell {
        init: Init {
            pid,
            pidfd,
            ended: false,
        },
        socket: ours,
        group,
        captures,
        limits,
    };
    // The program's ends of the streams and the files now belong to the cell alone.
    drop(order);
    cell.watch(blueprint.users, answer)
}

/// The init's end is the end of its pid namespace, so nobody is left; unless the cell has none.
fn end_survivors(group: &dyn Group) {
    let survivors = group.processes().unwrap_or_default();
    for pid in survivors
        .into_iter()
        .filter_map(|pid| Pid::from_raw(pid as i32))
    {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}

/// Makes the pipes for captured streams and puts the program's ends into the order.
fn connect_streams(order: &mut Order, users: Users) -> Result<Captures, SandboxError> {
    let limit = order.request.limits.output_bytes;
    let capture = |kind: StreamKind, slot: &mut Option<OwnedFd>, name: &str| {
        if kind != StreamKind::Captured {
            return Ok(None);
        }
        let (capture, writer) = Capture::new(name, limit)?;
        if users.init_outside.is_some() {
            // So that the program can open /dev/stdout, which checks the pipe's owner again.
            let uid = rustix::fs::Uid::from_raw(users.program_outside);
            rustix::fs::fchown(&writer, Some(uid), None).map_err(root_without_rights)?;
        }
        // For writing only: who reads from it (`#include "/dev/stderr"`) would wait for itself.
        rustix::fs::fchmod(&writer, rustix::fs::Mode::WUSR).at(Step::MakePipes)?;
        *slot = Some(writer);
        Ok(Some(capture))
    };
    Ok(Captures {
        stdout: capture(order.request.stdout, &mut order.stdout, "stdout")?,
        stderr: capture(order.request.stderr, &mut order.stderr, "stderr")?,
    })
}

fn root_without_rights(error: rustix::io::Errno) -> SandboxError {
    let mend = "root without its capabilities can't make cells, any other user can: `docker run \
        --user 1000:1000`";
    SandboxError::new(Step::MakePipes, format!("{error}; {mend}"))
}

#[derive(Default)]
struct Captures {
    stdout: Option<Capture>,
    stderr: Option<Capture>,
}

impl Captures {
    fn each(&mut self) -> impl Iterator<Item = &mut Capture> {
        self.stdout.iter_mut().chain(self.stderr.iter_mut())
    }
}

/// The cell's pid 1. Dropping it kills the cell: no error path can leave one behind.
struct Init {
    pid: Pid,
    pidfd: OwnedFd,
    ended: bool,
}

impl Init {
    /// Kills every process of the cell and returns when all of them are gone: the kernel lets an
    /// init end only after the rest of its pid namespace has.
    fn kill(&mut self) {
        if !self.ended {
            let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
            self.wait();
        }
    }

    fn wait(&mut self) {
        while let Err(rustix::io::Errno::INTR) = waitpid(Some(self.pid), WaitOptions::empty()) {}
        self.ended = true;
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the init said at the end.
struct Done {
    exit: Exit,
    max_rss_bytes: u64,
    cpu_time: Duration,
    collected: Vec<bool>,
    files: Vec<OwnedFd>,
}

/// How and when it ended.
struct End {
    ended: Option<Ended>,
    /// `None` when the init did not live to tell.
    done: Option<Done>,
    max_rss_bytes: u64,
    wall_time: Duration,
    cpu_time: Duration,
}

struct Cell<'a> {
    init: Init,
    socket: OwnedFd,
    group: &'a mut dyn Group,
    captures: Captures,
    limits: crate::Limits,
}

impl Cell<'_> {
    fn watch(
        mut self,
        users: Users,
        answer: &OwnedFd,
    ) -> Result<(Report, Vec<OwnedFd>), SandboxError> {
        self.build(users)?;
        self.group.reset_memory_peak().at(Step::ReadCgroup)?;
        let cpu_before = self.group.cpu_time().at(Step::ReadCgroup)?;
        let started = Instant::now();
        send(&self.socket, &InitOrder::Start, &[]).at(Step::Supervise)?;
        let mut end = self.wait_for_end(answer, started, cpu_before)?;
        self.init.kill();
        let mut buffer = vec![0; 64 * 1024];
        for capture in self.captures.each() {
            capture.drain(&mut buffer)?;
        }
        end.ended = end.ended.or(self.overflow());
        self.report(end)
    }

    /// Gives the init its identity and cgroup, and waits until it has built the cell.
    fn build(&mut self, users: Users) -> Result<(), SandboxError> {
        users.give_to(self.init.pid)?;
        go_first_when_memory_ends(self.init.pid)?;
        if self.group.birthplace().is_none() {
            self.group.enter(self.init.pid)?;
        }
        send(&self.socket, &InitOrder::Build, &[]).at(Step::Supervise)?;
        match receive(&self.socket).at(Step::Supervise)?.0 {
            InitMessage::Ready => Ok(()),
            InitMessage::Failed(error) => Err(error),
            InitMessage::Done { .. } => Err(out_of_turn()),
        }
    }

    fn wait_for_end(
        &mut self,
        answer: &OwnedFd,
        started: Instant,
        cpu_before: Duration,
    ) -> Result<End, SandboxError> {
        let mut buffer = vec![0; 64 * 1024];
        let (ended, done) = loop {
            let nap = self.next_look(started, cpu_before)?;
            match self.nap(answer, nap, &mut buffer)? {
                Some(Event::Done(done)) => break (None, Some(done)),
                // The init was killed: only the kernel's memory limit does that.
                Some(Event::InitGone) => break (None, None),
                Some(Event::Overflow) => break (Some(Ended::Output), None),
                Some(Event::RequesterGone) => {
                    let detail = "the requester went away";
                    return Err(SandboxError::new(Step::Supervise, detail));
                }
                None => match self.broken_limit(started, cpu_before)? {
                    Some(ended) => break (Some(ended), None),
                    None => continue,
                },
            }
        };
        // Taken here, before the cell is torn down: that is our work, done in the cell's group.
        let max_rss_bytes = match &done {
            Some(done) => {
                self.group.all_reaped(done.cpu_time);
                done.max_rss_bytes
            }
            None => self.resident_now(),
        };
        Ok(End {
            max_rss_bytes,
            ended,
            done,
            wall_time: started.elapsed(),
            cpu_time: self.cpu_used(cpu_before)?,
        })
    }

    /// The largest resident set that a process which is still alive ever had. For a cell that is
    /// about to be killed, whose init will not live to tell. 0 where that can't be read.
    fn resident_now(&self) -> u64 {
        let init = self.init.pid.as_raw_nonzero().get().unsigned_abs();
        let pids = self.group.processes().unwrap_or_default();
        let peaks = pids
            .into_iter()
            .filter(|pid| *pid != init)
            .filter_map(peak_resident);
        peaks.max().unwrap_or(0)
    }

    fn cpu_used(&self, before: Duration) -> Result<Duration, SandboxError> {
        let now = self.group.cpu_time().at(Step::ReadCgroup)?;
        Ok(now.saturating_sub(before))
    }

    fn overflow(&mut self) -> Option<Ended> {
        let exceeded = self.captures.each().any(|capture| capture.exceeded());
        exceeded.then_some(Ended::Output)
    }

    /// How long nothing can have happened that must be acted on.
    fn next_look(&self, started: Instant, cpu_before: Duration) -> Result<Duration, SandboxError> {
        let cpu_used = self.cpu_used(cpu_before)?;
        let cpu_left = self.limits.cpu_time.saturating_sub(cpu_used);
        let cores = self.limits.cpu_cores.max(1.0);
        let wall_left = self.limits.wall_time.saturating_sub(started.elapsed());
        Ok(cpu_left
            .div_f64(cores)
            .min(wall_left)
            .clamp(SHORTEST_NAP, self.group.longest_nap()))
    }

    fn broken_limit(
        &self,
        started: Instant,
        cpu_before: Duration,
    ) -> Result<Option<Ended>, SandboxError> {
        let cpu_used = self.cpu_used(cpu_before)?;
        Ok(if self.group.oom_kills().at(Step::ReadCgroup)? > 0 {
            Some(Ended::Memory)
        } else if cpu_used > self.limits.cpu_time {
            Some(Ended::CpuTime)
        } else if started.elapsed() > self.limits.wall_time {
            Some(Ended::WallTime)
        } else {
            None
        })
    }

    /// Sleeps until something happens or the nap is over; drains output meanwhile.
    fn nap(
        &mut self,
        answer: &OwnedFd,
        nap: Duration,
        buffer: &mut [u8],
    ) -> Result<Option<Event>, SandboxError> {
        // Only errors and hang-up: the requester never writes, it only goes away.
        let mut fds = vec![
            PollFd::new(&self.socket, PollFlags::IN),
            PollFd::new(answer, PollFlags::empty()),
        ];
        let captures = [&self.captures.stdout, &self.captures.stderr];
        let pipes = captures.into_iter().flatten().filter_map(Capture::pipe);
        fds.extend(pipes.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        match poll(&mut fds, Some(&timespec(nap))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).at(Step::Supervise),
        }
        let (from_init, from_requester) = (is_ready(&fds[0]), is_ready(&fds[1]));
        let from_pipes = fds[2..].iter().any(is_ready);
        if from_pipes {
            for capture in self.captures.each() {
                capture.take(buffer)?;
            }
            if self.overflow().is_some() {
                return Ok(Some(Event::Overflow));
            }
        }
        if from_requester {
            return Ok(Some(Event::RequesterGone));
        }
        match from_init {
            true => self.hear_init().map(Some),
            false => Ok(None),
        }
    }

    fn hear_init(&mut self) -> Result<Event, SandboxError> {
        match receive(&self.socket) {
            Ok((
                InitMessage::Done {
                    exit,
                    max_rss_bytes,
                    cpu_time,
                    collected,
                },
                files,
            )) => Ok(Event::Done(Done {
                exit,
                max_rss_bytes,
                cpu_time,
                collected,
                files,
            })),
            Ok((InitMessage::Failed(error), _)) => Err(error),
            Ok((InitMessage::Ready, _)) => Err(out_of_turn()),
            Err(_) => Ok(Event::InitGone),
        }
    }

    fn report(self, end: End) -> Result<(Report, Vec<OwnedFd>), SandboxError> {
        let End {
            ended,
            done,
            max_rss_bytes,
            wall_time,
            cpu_time,
        } = end;
        let peak = self.group.memory_peak_bytes().at(Step::ReadCgroup)?;
        let evidence = Evidence {
            ended,
            exit: done.as_ref().map(|done| done.exit),
            oom_kills: self.group.oom_kills().at(Step::ReadCgroup)?,
            cpu_over_limit: cpu_time > self.limits.cpu_time,
        };
        let (collected, files) =
            done.map_or_else(Default::default, |done| (done.collected, done.files));
        let report = Report {
            outcome: evidence.outcome(),
            usage: Usage {
                cpu_time,
                wall_time,
                memory_bytes: peak.max(max_rss_bytes),
            },
            collected,
        };
        let mut fds = Vec::new();
        for capture in [self.captures.stdout, self.captures.stderr]
            .into_iter()
            .flatten()
        {
            fds.push(capture.into_sealed()?);
        }
        fds.extend(files);
        Ok((report, fds))
    }
}

/// `VmHWM` of a process, in bytes.
fn peak_resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

enum Event {
    Done(Done),
    InitGone,
    Overflow,
    RequesterGone,
}

fn out_of_turn() -> SandboxError {
    SandboxError::new(Step::Supervise, "the init spoke out of turn")
}

/// When the machine itself runs out of memory the kernel takes a cell, and nothing of the service.
/// Handed down to all of the cell, and only root could take it back.
fn go_first_when_memory_ends(init: Pid) -> Result<(), SandboxError> {
    let path = format!("/proc/{}/oom_score_adj", init.as_raw_nonzero());
    fs::write(&path, "1000").at_path(Step::Supervise, path)
}

/// Copies a collected file into an anonymous file, bounded.
pub(super) fn bounded_copy(source: File, max_bytes: u64) -> std::io::Result<Option<OwnedFd>> {
    use std::io::Read;
    if source.metadata()?.len() > max_bytes {
        return Ok(None);
    }
    crate::sealed_copy("collected", source.take(max_bytes)).map(Some)
}
