//! One run, watched from outside: keeps the clock, reads the counters, drains the output, kills.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::capture::Capture;
use super::identity::Users;
use super::idle::Idle;
use super::program::set_rlimits;
use super::supervisor::{Cell, Next, Order, out_of_turn};
use super::{borrowed, is_ready, timespec, without_group};
use crate::error::At;
use crate::outcome::{Ended, Evidence, Exit};
use crate::protocol::{
    ExecOrder, InitMessage, InitOrder, Report, Request, StreamKind, Waiting, WireError, receive,
    send,
};
use crate::{Limits, Outcome, SandboxError, Step, Usage};

/// The shortest time between two looks at the counters, so that a program just under its CPU limit
/// is not watched in a busy loop.
const SHORTEST_NAP: Duration = Duration::from_millis(1);

/// A run that has ended.
pub struct Finished {
    pub report: Report,
    /// What the report's reader gets along.
    pub fds: Vec<OwnedFd>,
    /// The program ended by itself and alone, so that cleaning up is enough.
    pub fit_for_another: bool,
}

/// Runs one program from beginning to end.
pub fn run(
    cell: &mut Cell<'_>,
    mut order: Order,
    next: Next,
    requester: &OwnedFd,
) -> Result<Finished, SandboxError> {
    let captures = connect_streams(&mut order, cell.blueprint.users)?;
    furnish(cell, &order)?;
    await_prepared(&next)?;
    let limits = order.request.limits.clone();
    cell.group.limit(&limits)?;
    set_rlimits(next.pid, &limits)?;
    if !cell.blueprint.plan.group {
        without_group::limit_processes(next.pid, &limits)?;
    }
    cell.group.reset_memory_peak().at(Step::ReadCgroup)?;
    // What is charged to the group already: the init, and pages of the toolchain that an earlier run
    // was the first to touch.
    let memory_bytes = match cell.group.can_measure_again() {
        true => cell.group.memory_peak_bytes().at(Step::ReadCgroup)?,
        false => 0,
    };
    let before = Before {
        memory_bytes,
        oom_kills: cell.group.oom_kills().at(Step::ReadCgroup)?,
        refused_processes: cell.group.refused_processes().at(Step::ReadCgroup)?,
        cpu_time: cell.group.cpu_time().at(Step::ReadCgroup)?,
        started: Instant::now(),
    };
    start(&order, &next)?;
    // The program's ends of the streams and the files now belong to the cell alone.
    drop(order);
    let watch = Watch {
        cell,
        program: Some(next.socket),
        captures,
        limits,
        before,
    };
    watch.until_the_end(requester)
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
        rustix::fs::fchmod(&writer, Mode::WUSR).at(Step::MakePipes)?;
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

/// Has the init write the files and wait for the program's end.
fn furnish(cell: &Cell<'_>, order: &Order) -> Result<(), SandboxError> {
    let Request {
        limits,
        files,
        collect,
        ..
    } = &order.request;
    let run = InitOrder::Run {
        workspace_bytes: limits.workspace_bytes,
        files: files.clone(),
        collect: collect.clone(),
    };
    send(&cell.socket, &run, &borrowed(&order.files)).at(Step::Supervise)?;
    if files.is_empty() {
        return Ok(());
    }
    match receive(&cell.socket).at(Step::Supervise)?.0 {
        InitMessage::Furnished => Ok(()),
        InitMessage::Failed(error) => Err(error),
        _ => Err(out_of_turn()),
    }
}

/// Tells the process that waits what to be.
fn start(order: &Order, next: &Next) -> Result<(), SandboxError> {
    let null = openat(
        CWD,
        "/dev/null",
        OFlags::RDWR | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .at(Step::ConnectStreams)?;
    let streams = [&order.stdin, &order.stdout, &order.stderr];
    let mut fds: Vec<BorrowedFd<'_>> = streams
        .map(|stream| stream.as_ref().unwrap_or(&null).as_fd())
        .to_vec();
    fds.extend(order.program.as_ref().map(AsFd::as_fd));
    let Request {
        program, argv, env, ..
    } = &order.request;
    let exec = ExecOrder {
        program: program.clone(),
        argv: argv.clone(),
        env: env.clone(),
    };
    send(&next.socket, &exec, &fds).at(Step::Execute)
}

/// Returns when the process that waits has given up everything: that is our work, not the program's.
fn await_prepared(next: &Next) -> Result<(), SandboxError> {
    match receive(&next.socket).at(Step::ForkProgram)?.0 {
        Waiting::Prepared => Ok(()),
        Waiting::Failed(error) => Err(error),
    }
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

/// The clock and the counters when the program started.
struct Before {
    memory_bytes: u64,
    oom_kills: u64,
    refused_processes: u64,
    cpu_time: Duration,
    started: Instant,
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

enum Event {
    Done(Done),
    InitGone,
    Overflow,
    RequesterGone,
}

struct Watch<'a, 'b> {
    cell: &'a mut Cell<'b>,
    /// Open until the program has been executed.
    program: Option<OwnedFd>,
    captures: Captures,
    limits: Limits,
    before: Before,
}

impl Watch<'_, '_> {
    fn until_the_end(mut self, requester: &OwnedFd) -> Result<Finished, SandboxError> {
        let mut end = self.wait_for_end(requester)?;
        if end.done.is_none() {
            self.cell.init.kill();
        }
        let mut buffer = vec![0; 64 * 1024];
        for capture in self.captures.each() {
            capture.drain(&mut buffer)?;
        }
        end.ended = end.ended.or(self.overflow());
        self.report(end)
    }

    fn wait_for_end(&mut self, requester: &OwnedFd) -> Result<End, SandboxError> {
        let mut buffer = vec![0; 64 * 1024];
        let mut idle = Idle::new(self.limits.idle_time);
        let (ended, done) = loop {
            let nap = self.next_look()?;
            let began = Instant::now();
            match self.nap(requester, nap, &mut buffer)? {
                Some(Event::Done(done)) => break (None, Some(done)),
                // The init was killed: only the kernel's memory limit does that.
                Some(Event::InitGone) => break (None, None),
                Some(Event::Overflow) => break (Some(Ended::Output), None),
                Some(Event::RequesterGone) => {
                    let detail = "the requester went away";
                    return Err(SandboxError::new(Step::Supervise, detail));
                }
                None => match self.broken_limit()? {
                    Some(ended) => break (Some(ended), None),
                    None if idle.too_long(nap.min(began.elapsed()), self.cpu_used()?) => {
                        break (Some(Ended::WallTime), None);
                    }
                    None => continue,
                },
            }
        };
        // Taken here, before the cell is cleaned up: that is our work, done in the cell's group.
        let max_rss_bytes = match &done {
            Some(done) => {
                self.cell.group.all_reaped(done.cpu_time);
                done.max_rss_bytes
            }
            None => self.resident_now(),
        };
        Ok(End {
            max_rss_bytes,
            ended,
            done,
            wall_time: self.before.started.elapsed(),
            cpu_time: self.cpu_used()?,
        })
    }

    /// The largest resident set that a process which is still alive ever had. For a cell that is
    /// about to be killed, whose init will not live to tell. 0 where that can't be read.
    fn resident_now(&self) -> u64 {
        let init = self.cell.init.pid.as_raw_nonzero().get().unsigned_abs();
        let pids = self.cell.group.processes().unwrap_or_default();
        let peaks = pids
            .into_iter()
            .filter(|pid| *pid != init)
            .filter_map(peak_resident);
        peaks.max().unwrap_or(0)
    }

    fn cpu_used(&self) -> Result<Duration, SandboxError> {
        let now = self.cell.group.cpu_time().at(Step::ReadCgroup)?;
        Ok(now.saturating_sub(self.before.cpu_time))
    }

    fn oom_kills(&self) -> Result<u64, SandboxError> {
        let now = self.cell.group.oom_kills().at(Step::ReadCgroup)?;
        Ok(now.saturating_sub(self.before.oom_kills))
    }

    fn overflow(&mut self) -> Option<Ended> {
        let exceeded = self.captures.each().any(|capture| capture.exceeded());
        exceeded.then_some(Ended::Output)
    }

    /// How long nothing can have happened that must be acted on.
    fn next_look(&self) -> Result<Duration, SandboxError> {
        let cpu_left = self.limits.cpu_time.saturating_sub(self.cpu_used()?);
        let cores = self.limits.cpu_cores.max(1.0);
        let wall_left = self
            .limits
            .wall_time
            .saturating_sub(self.before.started.elapsed());
        Ok(cpu_left
            .div_f64(cores)
            .min(wall_left)
            .clamp(SHORTEST_NAP, self.cell.group.longest_nap()))
    }

    fn broken_limit(&self) -> Result<Option<Ended>, SandboxError> {
        Ok(if self.oom_kills()? > 0 {
            Some(Ended::Memory)
        } else if self.cpu_used()? > self.limits.cpu_time {
            Some(Ended::CpuTime)
        } else if self.before.started.elapsed() > self.limits.wall_time {
            Some(Ended::WallTime)
        } else {
            None
        })
    }

    /// Sleeps until something happens or the nap is over; drains output meanwhile.
    fn nap(
        &mut self,
        requester: &OwnedFd,
        nap: Duration,
        buffer: &mut [u8],
    ) -> Result<Option<Event>, SandboxError> {
        // Only errors and hang-up: the requester does not write now, it only goes away.
        let mut fds = vec![
            PollFd::new(&self.cell.socket, PollFlags::IN),
            PollFd::new(requester, PollFlags::empty()),
        ];
        let program = self.program.as_ref().map(|socket| {
            fds.push(PollFd::new(socket, PollFlags::IN));
            fds.len() - 1
        });
        let first_pipe = fds.len();
        let captures = [&self.captures.stdout, &self.captures.stderr];
        let pipes = captures.into_iter().flatten().filter_map(Capture::pipe);
        fds.extend(pipes.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        match poll(&mut fds, Some(&timespec(nap))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).at(Step::Supervise),
        }
        let (from_init, from_requester) = (is_ready(&fds[0]), is_ready(&fds[1]));
        let from_program = program.is_some_and(|index| is_ready(&fds[index]));
        let from_pipes = fds[first_pipe..].iter().any(is_ready);
        if from_program {
            self.hear_program()?;
        }
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

    /// Its socket was closed by a successful exec, or brings what went wrong.
    fn hear_program(&mut self) -> Result<(), SandboxError> {
        let Some(socket) = self.program.take() else {
            return Ok(());
        };
        match receive(&socket) {
            Ok((Waiting::Failed(error), _)) => Err(error),
            Ok((Waiting::Prepared, _)) => Err(out_of_turn()),
            Err(WireError::Closed) => Ok(()),
            Err(error) => Err(error).at(Step::Execute),
        }
    }

    fn hear_init(&mut self) -> Result<Event, SandboxError> {
        // Of a process that is gone, what it said before comes first.
        self.hear_program()?;
        match receive(&self.cell.socket) {
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
            Ok(_) => Err(out_of_turn()),
            Err(_) => Ok(Event::InitGone),
        }
    }

    fn report(self, end: End) -> Result<Finished, SandboxError> {
        let End {
            ended,
            done,
            max_rss_bytes,
            wall_time,
            cpu_time,
        } = end;
        let group = &self.cell.group;
        let peak = group.memory_peak_bytes().at(Step::ReadCgroup)?;
        let peak = peak.saturating_sub(self.before.memory_bytes);
        let evidence = Evidence {
            ended,
            exit: done.as_ref().map(|done| done.exit),
            oom_kills: self.oom_kills()?,
            cpu_over_limit: cpu_time > self.limits.cpu_time,
        };
        let outcome = evidence.outcome();
        let no_crowd =
            group.refused_processes().at(Step::ReadCgroup)? == self.before.refused_processes;
        let ended_by_itself =
            done.is_some() && matches!(outcome, Outcome::Exited { .. } | Outcome::Signaled { .. });
        let fit_for_another = ended_by_itself && no_crowd && group.can_measure_again();
        let (collected, files) =
            done.map_or_else(Default::default, |done| (done.collected, done.files));
        let report = Report {
            outcome,
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
        Ok(Finished {
            report,
            fds,
            fit_for_another,
        })
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
