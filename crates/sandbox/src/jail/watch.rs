//! Supervises one run from outside the cell: keeps the clock, reads the counters, captures the
//! output, and kills the cell when a limit is broken.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::capture::{OutputCaptures, StderrCapture, connect_streams};
use super::cell::{SupervisedCell, receive_launcher_message, unexpected_message};
use super::idle::IdleTimer;
use super::launcher_message::{ExitReport, LauncherMessage};
use super::monitor::{CellCounters, RunMonitor};
use super::output_file::OUTPUT_LOOK_INTERVAL;
use super::requester::{FinishedRun, ReceivedRun};
use super::run_start::start;
use super::starvation::{StarvationMeter, is_runnable, run_delays};
use crate::error::StepContext;
use crate::fd::{is_ready, timespec};
use crate::outcome::{LimitBreach, RunEvidence};
use crate::protocol::{CollectSpec, RunReport, StreamKind};
use crate::sys;
use crate::wire::receive;
use crate::{
    DeniedSyscall, Limits, Outcome, ResourceUsage, RunActivity, SandboxError, SandboxStep,
    WatchedRate,
};

/// Shortest time between two reads of the counters, so that a program just under its CPU limit is
/// not watched in a busy loop.
const MIN_NAP: Duration = Duration::from_millis(1);

/// Standard error is not polled during this interval at the start of a run: most programs end within
/// it, and are not disturbed. One that fills the pipe earlier waits.
const OUTPUT_POLL_DELAY: Duration = Duration::from_millis(2);

/// Runs one program from beginning to end.
pub fn run(
    cell: &mut SupervisedCell<'_>,
    mut run: ReceivedRun,
    requester: &OwnedFd,
) -> Result<FinishedRun, SandboxError> {
    let captures = connect_streams(&mut run, cell.blueprint.users)?;
    let limits = run.request.limits.clone();
    cell.populate(limits.workspace_bytes, &run.request.files, &run.files)?;
    cell.group.limit(&limits)?;
    // Charged to the group already: the init, the launcher, and pages of the toolchain that an
    // earlier run was the first to touch.
    let memory_bytes = cell.restart_memory_peak()?;
    cell.memory_when_new.get_or_insert(memory_bytes);
    let before = RunBaseline {
        memory_bytes,
        oom_kills: cell.group.oom_kills().at(SandboxStep::ReadCgroup)?,
        refused_processes: cell.group.refused_processes().at(SandboxStep::ReadCgroup)?,
        cpu_time: cell.group.cpu_time().at(SandboxStep::ReadCgroup)?,
        started: Instant::now(),
    };
    let monitor = monitor(&run, cell, before.started)?;
    start(&run, cell)?;
    let watch = RunWatch {
        monitor,
        starvation: StarvationMeter::new(before.started, limits.cpu_cores),
        cell,
        captures,
        collect: std::mem::take(&mut run.request.collect),
        limits,
        before,
        denied_call: None,
    };
    // Descriptors of the requester's are the cell's alone from now on, so that a reader at the
    // other end sees their end. The write end of our own pipe stays open, so that its end is no
    // event.
    let is_captured = run.request.stderr == StreamKind::Captured;
    let _stderr = run.stderr.take().filter(|_| is_captured);
    drop(run);
    watch.run_to_end(requester)
}

/// Returns the monitor of a run that is watched.
fn monitor(
    run: &ReceivedRun,
    cell: &mut SupervisedCell<'_>,
    started: Instant,
) -> Result<Option<RunMonitor>, SandboxError> {
    let Some(limits) = run.request.watch else {
        return Ok(None);
    };
    let memory_bytes = cell.group.memory_bytes().at(SandboxStep::ReadCgroup)?;
    let tracepoint = cell.blueprint.tracepoint.cloned();
    Ok(Some(RunMonitor::new(
        limits,
        tracepoint,
        started,
        memory_bytes,
    )))
}

/// Clock and counters at the start of the program.
struct RunBaseline {
    memory_bytes: u64,
    oom_kills: u64,
    refused_processes: u64,
    cpu_time: Duration,
    started: Instant,
}

/// End of a run: why, when, and what it had used.
struct RunEnd {
    breach: Option<LimitBreach>,
    /// `None` if the launcher did not live to report it.
    exit_report: Option<ExitReport>,
    max_rss_bytes: u64,
    wall_time: Duration,
    cpu_time: Duration,
}

enum RunEvent {
    Exited(ExitReport),
    /// The init or the launcher was killed.
    CellDied,
    OutputExceeded,
    SyscallDenied,
    RequesterGone,
}

struct RunWatch<'a, 'b> {
    cell: &'a mut SupervisedCell<'b>,
    captures: OutputCaptures,
    collect: Vec<CollectSpec>,
    limits: Limits,
    before: RunBaseline,
    starvation: StarvationMeter,
    denied_call: Option<DeniedSyscall>,
    monitor: Option<RunMonitor>,
}

impl RunWatch<'_, '_> {
    fn run_to_end(mut self, requester: &OwnedFd) -> Result<FinishedRun, SandboxError> {
        let mut buffer = std::mem::take(&mut self.cell.buffer);
        let mut end = self.wait_for_end(requester, &mut buffer)?;
        let mut files = Default::default();
        if let Some(exit_report) = end.exit_report {
            match self.cell.collect(&self.collect, exit_report.no_orphans)? {
                Some(collected) => files = collected,
                None => end.exit_report = None,
            }
        }
        if end.exit_report.is_none() {
            self.cell.init.kill();
        }
        if let Some(capture) = &mut self.captures.stderr {
            capture.drain(&mut buffer)?;
        }
        self.cell.buffer = buffer;
        // Output counts as the program's memory: too much of it may meet that limit first.
        if matches!(end.breach, None | Some(LimitBreach::Memory)) && self.captures.exceeded()? {
            end.breach = Some(LimitBreach::Output);
        }
        self.report(end, files)
    }

    fn wait_for_end(
        &mut self,
        requester: &OwnedFd,
        buffer: &mut [u8],
    ) -> Result<RunEnd, SandboxError> {
        let mut idle = IdleTimer::new(self.limits.idle_time);
        let (breach, exit_report) = loop {
            let nap = self.next_nap()?;
            let began = Instant::now();
            match self.nap(requester, nap, buffer)? {
                Some(RunEvent::Exited(exit_report)) => break (None, Some(exit_report)),
                // Killed for the memory limit, or by a program that has the launcher's user.
                Some(RunEvent::CellDied) if self.oom_kills()? > 0 || !self.launcher_is_safe() => {
                    break (None, None);
                }
                Some(RunEvent::CellDied) => {
                    let detail = "the cell's init or launcher was killed from outside";
                    return Err(SandboxError::new(SandboxStep::Supervise, detail));
                }
                Some(RunEvent::OutputExceeded) => break (Some(LimitBreach::Output), None),
                Some(RunEvent::SyscallDenied) => break (Some(LimitBreach::Syscall), None),
                Some(RunEvent::RequesterGone) => {
                    let detail = "the requester went away";
                    return Err(SandboxError::new(SandboxStep::Supervise, detail));
                }
                None => match self.broken_limit()? {
                    Some(breach) => break (Some(breach), None),
                    None if idle.is_too_long(nap.min(began.elapsed()), self.cpu_used()?) => {
                        if !self.is_runnable()? {
                            break (Some(LimitBreach::WallTime), None);
                        }
                        idle.restart();
                    }
                    None => {}
                },
            }
        };
        // Read now, before the cell is cleaned: that is our work, but done in the cell's group.
        let max_rss_bytes = match &exit_report {
            Some(exit_report) => {
                if exit_report.no_orphans {
                    self.cell.group.all_reaped(exit_report.cpu_time);
                }
                exit_report.max_rss_bytes
            }
            None => self.living_max_rss_bytes(),
        };
        Ok(RunEnd {
            max_rss_bytes,
            breach,
            exit_report,
            wall_time: self.before.started.elapsed(),
            cpu_time: self.cpu_used()?,
        })
    }

    /// Returns the largest peak of resident memory of all living processes of the program, in
    /// bytes. For a cell that is about to be killed, whose launcher can't report it. 0 if it can't
    /// be read.
    fn living_max_rss_bytes(&self) -> u64 {
        let peaks = self.cell.program_processes().into_iter();
        peaks
            .map(|(_, memory)| memory.peak_bytes)
            .max()
            .unwrap_or(0)
    }

    /// Returns the rate for which the run has to end.
    fn broken_rate(&mut self) -> Result<Option<WatchedRate>, SandboxError> {
        let Some(mut monitor) = self.monitor.take() else {
            return Ok(None);
        };
        let mut broken = None;
        if monitor.time_left().is_zero() {
            let counters = CellCounters {
                now: Instant::now(),
                cpu_time: self.cpu_used()?,
                memory_bytes: self.cell.group.memory_bytes().at(SandboxStep::ReadCgroup)?,
            };
            broken = monitor.look(&counters, self.cell.counters);
            monitor.count_if_due(|| {
                let processes = self.cell.program_processes().into_iter();
                processes.map(|(pid, _)| pid).collect()
            });
        }
        self.monitor = Some(monitor);
        Ok(broken)
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

    /// Returns the time in which no limit can be reached.
    fn next_nap(&self) -> Result<Duration, SandboxError> {
        let cpu_left = self.limits.cpu_time.saturating_sub(self.cpu_used()?);
        let cores = self.limits.cpu_cores.max(1.0);
        let next = self.wall_time_left();
        let monitor = self.monitor.as_ref();
        let next = monitor.map_or(next, |monitor| monitor.time_left().min(next));
        Ok(cpu_left
            .div_f64(cores)
            .min(next)
            .clamp(MIN_NAP, self.cell.group.longest_nap()))
    }

    /// Returns the wall time until the limit, without the time in which the cell was kept from
    /// computing.
    fn wall_time_left(&self) -> Duration {
        let elapsed = self.before.started.elapsed();
        let limit = match self.limits.starved_wall_time {
            None => self.limits.wall_time,
            Some(most) => most.min(self.limits.wall_time + self.starvation.starved()),
        };
        limit.saturating_sub(elapsed)
    }

    fn measure_starvation(&mut self) -> Result<(), SandboxError> {
        if self.limits.starved_wall_time.is_some() {
            let processes = self.cell.group.processes().unwrap_or_default();
            let (cpu_time, delays) = (self.cpu_used()?, run_delays(&processes));
            self.starvation.measure(Instant::now(), cpu_time, delays);
        }
        Ok(())
    }

    /// True if a process of the cell is ready to run.
    fn is_runnable(&self) -> Result<bool, SandboxError> {
        let processes = self.cell.group.processes().at(SandboxStep::ReadCgroup)?;
        Ok(is_runnable(&processes))
    }

    fn broken_limit(&mut self) -> Result<Option<LimitBreach>, SandboxError> {
        if self.starvation.is_due() || self.wall_time_left().is_zero() {
            self.measure_starvation()?;
        }
        let broken_rate = self.broken_rate()?;
        Ok(if self.oom_kills()? > 0 {
            Some(LimitBreach::Memory)
        } else if self.cpu_used()? > self.limits.cpu_time {
            Some(LimitBreach::CpuTime)
        } else if self.wall_time_left().is_zero() {
            Some(LimitBreach::WallTime)
        } else {
            broken_rate.map(LimitBreach::Rate)
        })
    }

    /// Sleeps until an event or the end of the nap; watches the output meanwhile.
    fn nap(
        &mut self,
        requester: &OwnedFd,
        nap: Duration,
        buffer: &mut [u8],
    ) -> Result<Option<RunEvent>, SandboxError> {
        let began = Instant::now();
        let longest = match self.captures.stdout {
            Some(_) => OUTPUT_LOOK_INTERVAL,
            None => nap,
        };
        loop {
            let left = nap.saturating_sub(began.elapsed());
            let event = self.await_event(requester, left.min(longest), buffer)?;
            if event.is_some() {
                return Ok(event);
            }
            if self.captures.exceeded()? {
                return Ok(Some(RunEvent::OutputExceeded));
            }
            if left <= longest {
                return Ok(None);
            }
        }
    }

    fn await_event(
        &mut self,
        requester: &OwnedFd,
        nap: Duration,
        buffer: &mut [u8],
    ) -> Result<Option<RunEvent>, SandboxError> {
        // Of the requester only errors and hang-up matter, and the message that raises the
        // priority.
        let from_requester = if self.limits.low_priority {
            PollFlags::IN
        } else {
            PollFlags::empty()
        };
        let mut fds = vec![
            PollFd::new(&self.cell.launcher, PollFlags::IN),
            PollFd::new(&self.cell.socket, PollFlags::empty()),
            PollFd::new(requester, from_requester),
        ];
        let first_listener = fds.len();
        let listener = self.cell.listener.as_ref();
        fds.extend(listener.map(|listener| PollFd::new(listener, PollFlags::IN)));
        let first_pipe = fds.len();
        let delay_left = OUTPUT_POLL_DELAY.saturating_sub(self.before.started.elapsed());
        let nap = if delay_left.is_zero() {
            let pipe = self.captures.stderr.as_ref().and_then(StderrCapture::pipe);
            fds.extend(pipe.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
            nap
        } else {
            nap.min(delay_left)
        };
        match poll(&mut fds, Some(&timespec(nap))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).at(SandboxStep::Supervise),
        }
        let [from_launcher, from_init, from_requester] = [0, 1, 2].map(|at| is_ready(&fds[at]));
        let listener_events = fds[first_listener..first_pipe]
            .first()
            .map_or(PollFlags::empty(), PollFd::revents);
        let from_pipe = fds[first_pipe..].iter().any(is_ready);
        if let Some(capture) = self.captures.stderr.as_mut().filter(|_| from_pipe) {
            capture.read_available(buffer)?;
        }
        // First of all: it is the reason for whatever else has happened.
        if listener_events.contains(PollFlags::IN) {
            self.read_denied_call()?;
            return Ok(Some(RunEvent::SyscallDenied));
        }
        // All processes of the program have ended.
        if listener_events.contains(PollFlags::HUP) {
            self.cell.listener = None;
        }
        if from_requester {
            let is_boost = self.limits.low_priority && receive::<()>(requester).is_ok();
            if !is_boost {
                return Ok(Some(RunEvent::RequesterGone));
            }
            self.raise_priority()?;
            return Ok(None);
        }
        if from_launcher {
            return match receive_launcher_message(&self.cell.launcher)? {
                Some((LauncherMessage::Exited(exit_report), _)) => {
                    Ok(Some(RunEvent::Exited(exit_report)))
                }
                Some((LauncherMessage::Failed(error), _)) => Err(error),
                Some((LauncherMessage::Ready, _)) => Err(unexpected_message()),
                None => Ok(Some(RunEvent::CellDied)),
            };
        }
        Ok(from_init.then_some(RunEvent::CellDied))
    }

    /// Reads the denied call that the listener tells of. One that its caller has withdrawn meanwhile,
    /// by a signal, has no name, and counts all the same.
    fn read_denied_call(&mut self) -> Result<(), SandboxError> {
        // It can't block: each call that was told leaves something to receive.
        // The listener stays open until the cell is killed: the call of a closed one returns.
        let listener = self.cell.listener.as_ref();
        let notification = listener.map(|listener| sys::receive_notification(listener.as_fd()));
        let notification = notification.transpose().at(SandboxStep::Supervise)?;
        self.denied_call = notification.flatten().map(DeniedSyscall::from);
        Ok(())
    }

    fn raise_priority(&mut self) -> Result<(), SandboxError> {
        self.limits.low_priority = false;
        self.cell.group.limit(&self.limits)
    }

    fn end_monitor(&mut self) -> RunActivity {
        let Some(monitor) = self.monitor.take() else {
            return RunActivity::default();
        };
        monitor.finish(self.cell.counters)
    }

    fn report(
        mut self,
        end: RunEnd,
        (collected, files): (Vec<bool>, Vec<OwnedFd>),
    ) -> Result<FinishedRun, SandboxError> {
        let RunEnd {
            breach,
            exit_report,
            max_rss_bytes,
            wall_time,
            cpu_time,
        } = end;
        let activity = self.end_monitor();
        let group = &self.cell.group;
        let peak = group.memory_peak_bytes().at(SandboxStep::ReadCgroup)?;
        let peak = peak.saturating_sub(self.before.memory_bytes);
        let evidence = RunEvidence {
            breach,
            exit: exit_report.map(|exit_report| exit_report.exit),
            oom_kills: self.oom_kills()?,
            cpu_over_limit: cpu_time > self.limits.cpu_time,
            kernel_denies: !self.cell.blueprint.hands_over_listeners(),
        };
        let outcome = evidence.outcome();
        let none_refused =
            group.refused_processes().at(SandboxStep::ReadCgroup)? == self.before.refused_processes;
        let ended_by_itself = exit_report.is_some_and(|exit_report| exit_report.no_orphans)
            && matches!(outcome, Outcome::Exited { .. } | Outcome::Signaled { .. });
        let may_be_reusable = ended_by_itself && none_refused && group.can_measure_again();
        // Frees what the output holds of the group's memory.
        let output = self.captures.into_sealed()?;
        let has_output = output.each_ref().map(Option::is_some);
        let cell_is_reusable =
            may_be_reusable && self.cell.leaves_little_memory()? && self.cell.can_be_cleaned();
        let report = RunReport {
            outcome,
            denied_call: self.denied_call,
            usage: ResourceUsage {
                cpu_time,
                wall_time,
                starved_time: self.starvation.starved(),
                memory_bytes: peak.max(max_rss_bytes),
            },
            activity,
            has_output,
            collected,
        };
        let fds = output.into_iter().flatten().chain(files).collect();
        Ok(FinishedRun {
            report,
            fds,
            cell_is_reusable,
            warm_start_error: self.cell.warm_start_error.take(),
        })
    }
}
