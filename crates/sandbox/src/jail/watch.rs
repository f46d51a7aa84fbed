//! One run, watched from outside: keeps the clock, reads the counters, drains the output, kills.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::capture::{OutputCaptures, StreamCapture, connect_streams};
use super::cell::{SupervisedCell, hear_launcher, out_of_turn};
use super::exec_request;
use super::idle::IdleTimer;
use super::launcher_message::{ExitReport, LauncherMessage};
use super::requester::{FinishedRun, ReceivedRun};
use crate::error::StepContext;
use crate::fd::{is_ready, timespec};
use crate::outcome::{LimitBreach, RunEvidence};
use crate::protocol::{CollectSpec, ProgramKind, RunMessage, RunReport, StreamKind};
use crate::wire::{receive, send_bytes};
use crate::{Limits, Outcome, ResourceUsage, SandboxError, SandboxStep};

/// The shortest time between two looks at the counters, so that a program just under its CPU limit
/// is not watched in a busy loop.
const SHORTEST_NAP: Duration = Duration::from_millis(1);

/// For so long nobody looks what a program writes: most have ended by then, and are not disturbed. One
/// that fills a pipe before waits.
const QUIET: Duration = Duration::from_millis(2);

/// What a cell that is used again may hold beyond what it held when it was new.
const MOST_LEFT_BYTES: u64 = 32 << 20;

/// Runs one program from beginning to end.
pub fn run(
    cell: &mut SupervisedCell<'_>,
    mut order: ReceivedRun,
    requester: &OwnedFd,
) -> Result<FinishedRun, SandboxError> {
    let captures = connect_streams(&mut order, cell.blueprint.users)?;
    let limits = order.request.limits.clone();
    cell.furnish(limits.workspace_bytes, &order.request.files, &order.files)?;
    cell.group.limit(&limits)?;
    // What is charged to the group already: the init, the launcher, and pages of the toolchain that an
    // earlier run was the first to touch.
    let memory_bytes = memory_now(cell)?;
    cell.memory_when_new.get_or_insert(memory_bytes);
    let before = RunBaseline {
        memory_bytes,
        oom_kills: cell.group.oom_kills().at(SandboxStep::ReadCgroup)?,
        refused_processes: cell.group.refused_processes().at(SandboxStep::ReadCgroup)?,
        cpu_time: cell.group.cpu_time().at(SandboxStep::ReadCgroup)?,
        started: Instant::now(),
    };
    start(&order, cell)?;
    let watch = RunWatch {
        cell,
        captures,
        collect: std::mem::take(&mut order.request.collect),
        limits,
        before,
    };
    // What was given is the cell's alone now: whoever reads at its other end waits for its end. Of our
    // own pipes the end for writing is kept, so that their end is no event.
    let ours =
        |kind, writer: &mut Option<OwnedFd>| writer.take().filter(|_| kind == StreamKind::Captured);
    let _stdout = ours(order.request.stdout, &mut order.stdout);
    let _stderr = ours(order.request.stderr, &mut order.stderr);
    drop(order);
    watch.until_the_end(requester)
}

/// Begins a new measurement of the peak, which is what is charged now. 0 where that is impossible.
fn memory_now(cell: &mut SupervisedCell<'_>) -> Result<u64, SandboxError> {
    cell.group.reset_memory_peak().at(SandboxStep::ReadCgroup)?;
    match cell.group.can_measure_again() {
        true => cell.group.memory_peak_bytes().at(SandboxStep::ReadCgroup),
        false => Ok(0),
    }
}

/// Of a run that is over the kernel may keep much, such as the names that it looked for: to make room for another's
/// memory takes CPU time, which would be charged to that. The files that it left are about to be taken away.
fn leaves_little(cell: &mut SupervisedCell<'_>) -> Result<bool, SandboxError> {
    let explained = cell.memory_when_new.unwrap_or(0) + cell.folders.used_bytes();
    Ok(memory_now(cell)?.saturating_sub(explained) <= MOST_LEFT_BYTES)
}

/// Tells the process that waits what to be.
fn start(order: &ReceivedRun, cell: &SupervisedCell<'_>) -> Result<(), SandboxError> {
    let streams = [&order.stdin, &order.stdout, &order.stderr];
    let null = cell.open_null()?;
    let mut fds: Vec<BorrowedFd<'_>> = streams
        .map(|stream| stream.as_ref().unwrap_or(&null).as_fd())
        .to_vec();
    fds.extend(order.program.as_ref().map(AsFd::as_fd));
    let RunMessage {
        limits,
        program,
        argv,
        env,
        ..
    } = &order.request;
    let path = match program {
        ProgramKind::Path(path) => path.as_str(),
        ProgramKind::Given => "",
    };
    let ceilings = exec_request::ceilings(limits, cell.blueprint.plan.group);
    let bytes = exec_request::write(&ceilings, path, argv, env).ok_or_else(|| {
        SandboxError::new(
            SandboxStep::Execute,
            "arguments too long, or with a NUL in them",
        )
    })?;
    send_bytes(&cell.launcher, &bytes, &fds).at(SandboxStep::Execute)
}

/// The clock and the counters when the program started.
struct RunBaseline {
    memory_bytes: u64,
    oom_kills: u64,
    refused_processes: u64,
    cpu_time: Duration,
    started: Instant,
}

/// How and when it ended.
struct RunEnd {
    ended: Option<LimitBreach>,
    /// `None` when nobody lived to tell.
    done: Option<ExitReport>,
    max_rss_bytes: u64,
    wall_time: Duration,
    cpu_time: Duration,
}

enum RunEvent {
    Done(ExitReport),
    /// The init or the launcher was killed.
    Gone,
    Overflow,
    RequesterGone,
}

struct RunWatch<'a, 'b> {
    cell: &'a mut SupervisedCell<'b>,
    captures: OutputCaptures,
    collect: Vec<CollectSpec>,
    limits: Limits,
    before: RunBaseline,
}

impl RunWatch<'_, '_> {
    fn until_the_end(mut self, requester: &OwnedFd) -> Result<FinishedRun, SandboxError> {
        let mut buffer = std::mem::take(&mut self.cell.buffer);
        let mut end = self.wait_for_end(requester, &mut buffer)?;
        let mut files = Default::default();
        if let Some(done) = end.done {
            match self.cell.collect(&self.collect, done.alone)? {
                Some(collected) => files = collected,
                None => end.done = None,
            }
        }
        if end.done.is_none() {
            self.cell.init.kill();
        }
        for capture in self.captures.each() {
            capture.drain(&mut buffer)?;
        }
        self.cell.buffer = buffer;
        end.ended = end.ended.or(self.overflow());
        self.report(end, files)
    }

    fn wait_for_end(
        &mut self,
        requester: &OwnedFd,
        buffer: &mut [u8],
    ) -> Result<RunEnd, SandboxError> {
        let mut idle = IdleTimer::new(self.limits.idle_time);
        let (ended, done) = loop {
            let nap = self.next_look()?;
            let began = Instant::now();
            match self.nap(requester, nap, buffer)? {
                Some(RunEvent::Done(done)) => break (None, Some(done)),
                // By the kernel's memory limit, or by a program that has the launcher's user.
                Some(RunEvent::Gone) if self.oom_kills()? > 0 || !self.launcher_is_safe() => {
                    break (None, None);
                }
                Some(RunEvent::Gone) => {
                    let detail = "the cell's init or launcher was killed from outside";
                    return Err(SandboxError::new(SandboxStep::Supervise, detail));
                }
                Some(RunEvent::Overflow) => break (Some(LimitBreach::Output), None),
                Some(RunEvent::RequesterGone) => {
                    let detail = "the requester went away";
                    return Err(SandboxError::new(SandboxStep::Supervise, detail));
                }
                None => match self.broken_limit()? {
                    Some(ended) => break (Some(ended), None),
                    None if idle.too_long(nap.min(began.elapsed()), self.cpu_used()?) => {
                        break (Some(LimitBreach::WallTime), None);
                    }
                    None => continue,
                },
            }
        };
        // Taken here, before the cell is cleaned up: that is our work, done in the cell's group.
        let max_rss_bytes = match &done {
            Some(done) => {
                if done.alone {
                    self.cell.group.all_reaped(done.cpu_time);
                }
                done.max_rss_bytes
            }
            None => self.resident_now(),
        };
        Ok(RunEnd {
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
        let users = self.cell.blueprint.users;
        // The launcher is ours as well; it can be told apart where it has a user of its own.
        let is_programs = |process: &ProcessMemory| {
            users.init_outside.is_none() || process.user == users.program_outside
        };
        let pids = self.cell.group.processes().unwrap_or_default();
        let others = pids.into_iter().filter(|pid| *pid != init);
        let peaks = others
            .filter_map(ProcessMemory::read)
            .filter(is_programs)
            .map(|process| process.peak_bytes);
        peaks.max().unwrap_or(0)
    }

    fn cpu_used(&self) -> Result<Duration, SandboxError> {
        let now = self.cell.group.cpu_time().at(SandboxStep::ReadCgroup)?;
        Ok(now.saturating_sub(self.before.cpu_time))
    }

    fn oom_kills(&self) -> Result<u64, SandboxError> {
        let now = self.cell.group.oom_kills().at(SandboxStep::ReadCgroup)?;
        Ok(now.saturating_sub(self.before.oom_kills))
    }

    fn launcher_is_safe(&self) -> bool {
        self.cell.blueprint.users.init_outside.is_some()
    }

    fn overflow(&mut self) -> Option<LimitBreach> {
        let exceeded = self.captures.each().any(|capture| capture.exceeded());
        exceeded.then_some(LimitBreach::Output)
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

    fn broken_limit(&self) -> Result<Option<LimitBreach>, SandboxError> {
        Ok(if self.oom_kills()? > 0 {
            Some(LimitBreach::Memory)
        } else if self.cpu_used()? > self.limits.cpu_time {
            Some(LimitBreach::CpuTime)
        } else if self.before.started.elapsed() > self.limits.wall_time {
            Some(LimitBreach::WallTime)
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
    ) -> Result<Option<RunEvent>, SandboxError> {
        // Of the requester errors and hang-up: it does not write now but to say that somebody waits.
        let from_requester = match self.limits.low_priority {
            true => PollFlags::IN,
            false => PollFlags::empty(),
        };
        let mut fds = vec![
            PollFd::new(&self.cell.launcher, PollFlags::IN),
            PollFd::new(&self.cell.socket, PollFlags::empty()),
            PollFd::new(requester, from_requester),
        ];
        let first_pipe = fds.len();
        let quiet_left = QUIET.saturating_sub(self.before.started.elapsed());
        let nap = match quiet_left.is_zero() {
            true => {
                let captures = [&self.captures.stdout, &self.captures.stderr];
                let pipes = captures
                    .into_iter()
                    .flatten()
                    .filter_map(StreamCapture::pipe);
                fds.extend(pipes.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
                nap
            }
            false => nap.min(quiet_left),
        };
        match poll(&mut fds, Some(&timespec(nap))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).at(SandboxStep::Supervise),
        }
        let [from_launcher, from_init, from_requester] = [0, 1, 2].map(|at| is_ready(&fds[at]));
        let from_pipes = fds[first_pipe..].iter().any(is_ready);
        if from_pipes {
            for capture in self.captures.each() {
                capture.take(buffer)?;
            }
            if self.overflow().is_some() {
                return Ok(Some(RunEvent::Overflow));
            }
        }
        if from_requester {
            return match self.limits.low_priority && receive::<()>(requester).is_ok() {
                true => self.hurry().map(|()| None),
                false => Ok(Some(RunEvent::RequesterGone)),
            };
        }
        if from_launcher {
            return match hear_launcher(&self.cell.launcher)? {
                Some(LauncherMessage::Exited(ended)) => Ok(Some(RunEvent::Done(ended))),
                Some(LauncherMessage::Failed(error)) => Err(error),
                Some(LauncherMessage::Ready) => Err(out_of_turn()),
                None => Ok(Some(RunEvent::Gone)),
            };
        }
        Ok(from_init.then_some(RunEvent::Gone))
    }

    fn hurry(&mut self) -> Result<(), SandboxError> {
        self.limits.low_priority = false;
        self.cell.group.limit(&self.limits)
    }

    fn report(
        self,
        end: RunEnd,
        (collected, files): (Vec<bool>, Vec<OwnedFd>),
    ) -> Result<FinishedRun, SandboxError> {
        let RunEnd {
            ended,
            done,
            max_rss_bytes,
            wall_time,
            cpu_time,
        } = end;
        let group = &self.cell.group;
        let peak = group.memory_peak_bytes().at(SandboxStep::ReadCgroup)?;
        let peak = peak.saturating_sub(self.before.memory_bytes);
        let evidence = RunEvidence {
            ended,
            exit: done.map(|done| done.exit),
            oom_kills: self.oom_kills()?,
            cpu_over_limit: cpu_time > self.limits.cpu_time,
        };
        let outcome = evidence.outcome();
        let no_crowd =
            group.refused_processes().at(SandboxStep::ReadCgroup)? == self.before.refused_processes;
        let ended_by_itself = done.is_some_and(|done| done.alone)
            && matches!(outcome, Outcome::Exited { .. } | Outcome::Signaled { .. });
        let could_be_fit = ended_by_itself && no_crowd && group.can_measure_again();
        let fit_for_another =
            could_be_fit && leaves_little(self.cell)? && self.cell.can_be_cleaned();
        let mut fds = Vec::new();
        let mut said = [false; 2];
        let captures = [self.captures.stdout, self.captures.stderr];
        for (capture, said) in captures.into_iter().zip(&mut said) {
            let kept = capture
                .map(StreamCapture::into_sealed)
                .transpose()?
                .flatten();
            *said = kept.is_some();
            fds.extend(kept);
        }
        let report = RunReport {
            outcome,
            usage: ResourceUsage {
                cpu_time,
                wall_time,
                memory_bytes: peak.max(max_rss_bytes),
            },
            said,
            collected,
        };
        fds.extend(files);
        Ok(FinishedRun {
            report,
            fds,
            fit_for_another,
            cold_because: self.cell.cold_because.take(),
        })
    }
}

/// A living process.
struct ProcessMemory {
    user: u32,
    peak_bytes: u64,
}

impl ProcessMemory {
    fn read(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(ProcessMemory {
            user: number("Uid:")?.try_into().ok()?,
            peak_bytes: number("VmHWM:")? * 1024,
        })
    }
}
