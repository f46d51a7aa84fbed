//! Counts the system calls of a cell for a short time, in a process of its own.
//!
//! While any process of the machine counts this tracepoint, all system calls are 5 % slower, and
//! those that are counted 25 %; the first to open it and the last to close it wait for tens of
//! milliseconds. So it is opened for a few milliseconds only, now and then, and neither the program
//! nor its supervisor waits for that. All cells count at the same times, which nobody can predict.
//!
//! The events belong to that process: a program can neither see them nor switch them off.

use std::collections::HashSet;
use std::ffi::CStr;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::time::{ClockId, clock_gettime};

use super::identity::die_with_supervisor;
use crate::error::StepContext;
use crate::sys::{self, Fork};
use crate::{SandboxError, SandboxStep};

/// One count in each slot of the machine's clock, in milliseconds.
const SLOT_MS: u64 = 1000;
/// It begins within the first part of its slot.
const LATEST_START_MS: u64 = 500;

/// A short count goes on for so many times its duration until the program has used CPU time.
const LONGEST_FACTOR: u32 = 20;
/// Longer counts are of the clock's time.
const LONG: Duration = Duration::from_millis(100);

/// Threads that are counted at most; the others are taken to be like them.
const MAX_THREADS: usize = 256;
/// Times that threads are listed, until no new ones are among them.
const MAX_LISTINGS: u32 = 20;
/// Times that a count is begun, until the counted threads are those that run.
const MAX_TRIES: u32 = 3;
/// CPU time of the processes that may be missing in that of the counted threads.
const MAX_UNCOUNTED: Duration = Duration::from_millis(2);

#[cfg(target_arch = "x86_64")]
const NEITHER_READ_NOR_WRITE: &CStr = c"id != 0 && id != 1";
#[cfg(not(target_arch = "x86_64"))]
const NEITHER_READ_NOR_WRITE: &CStr = c"id != 63 && id != 64";

/// The kernel's event for each system call.
#[derive(Debug, Clone)]
pub struct SyscallTracepoint {
    number: u64,
    /// Makes the times of counts unpredictable.
    random: RandomState,
}

impl SyscallTracepoint {
    /// Finds it in a tracefs of our own, mounted nowhere. Fails if this process may not count it.
    pub fn find() -> Result<SyscallTracepoint, SandboxError> {
        let number = read_number().map_err(|error| {
            let detail = format!("tracefs: {error}; it takes CAP_SYS_ADMIN and a kernel with it");
            SandboxError::new(SandboxStep::CountSyscalls, detail)
        })?;
        sys::may_count_events().map_err(|error| {
            let detail = format!("{error}; it takes CAP_PERFMON, or kernel.perf_event_paranoid=1");
            SandboxError::new(SandboxStep::CountSyscalls, detail)
        })?;
        Ok(SyscallTracepoint {
            number,
            random: RandomState::new(),
        })
    }

    /// Returns the present slot, and the time until its count begins, or would have begun.
    pub fn slot(&self) -> (u64, Duration) {
        let now = clock_gettime(ClockId::Monotonic);
        let now = now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000;
        let slot = now / SLOT_MS;
        let start = slot * SLOT_MS + self.random.hash_one(slot) % LATEST_START_MS;
        let wait = start.saturating_sub(now);
        (slot, Duration::from_millis(wait))
    }

    fn count(&self, thread: u32, all_calls: bool) -> Result<OwnedFd, Errno> {
        let event = sys::count_tracepoint(self.number, thread)?;
        if !all_calls {
            sys::filter_event(event.as_fd(), NEITHER_READ_NOR_WRITE)?;
        }
        Ok(event)
    }
}

fn read_number() -> std::io::Result<u64> {
    let tracefs = fsopen("tracefs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(&tracefs)?;
    let flags = FsMountFlags::FSMOUNT_CLOEXEC;
    let root = fsmount(&tracefs, flags, MountAttrFlags::MOUNT_ATTR_RDONLY)?;
    let path = "events/raw_syscalls/sys_enter/id";
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let mut text = String::new();
    fs::File::from(openat(&root, path, flags, Mode::empty())?).read_to_string(&mut text)?;
    text.trim().parse().map_err(std::io::Error::other)
}

/// Result of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyscallSample {
    pub calls: u64,
    /// CPU time of the threads that were counted.
    pub cpu_time: Duration,
    pub wall_time: Duration,
}

const SAMPLE_BYTES: usize = 24;

impl SyscallSample {
    fn to_bytes(self) -> [u8; SAMPLE_BYTES] {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let numbers = [self.calls, nanos(self.cpu_time), nanos(self.wall_time)];
        let mut bytes = [0; SAMPLE_BYTES];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_ne_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: [u8; SAMPLE_BYTES]) -> Self {
        let number = |at: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[at..at + 8]);
            u64::from_ne_bytes(number)
        };
        SyscallSample {
            calls: number(0),
            cpu_time: Duration::from_nanos(number(8)),
            wall_time: Duration::from_nanos(number(16)),
        }
    }

    /// Returns the calls in a second of CPU time.
    pub fn per_cpu_second(&self) -> f64 {
        if self.cpu_time.is_zero() {
            return 0.0;
        }
        self.calls as f64 / self.cpu_time.as_secs_f64()
    }

    /// Returns the calls in a second of the clock.
    pub fn per_second(&self) -> u64 {
        (self.calls as f64 / self.wall_time.as_secs_f64().max(f64::EPSILON)) as u64
    }
}

/// A process that counts. Ended when dropped.
pub struct SyscallCounter {
    pid: Pid,
    /// End of the pipe that the result comes through.
    result: OwnedFd,
    pub duration: Duration,
}

impl SyscallCounter {
    /// Starts to count the calls of processes, and of all that they start.
    pub fn start(
        tracepoint: &SyscallTracepoint,
        processes: &[u32],
        all_calls: bool,
        duration: Duration,
    ) -> Result<Self, SandboxError> {
        let flags = PipeFlags::CLOEXEC | PipeFlags::NONBLOCK;
        let (result, result_end) = pipe_with(flags).at(SandboxStep::CountSyscalls)?;
        match sys::fork().at(SandboxStep::CountSyscalls)? {
            Fork::Parent(pid) => Ok(SyscallCounter {
                pid,
                result,
                duration,
            }),
            Fork::Child => {
                let counted = become_counter(&result_end)
                    .map(|()| count_for(tracepoint, processes, all_calls, duration));
                // The events are closed by the end of the process, after the result was sent.
                if let Ok(Some((sample, _events))) = &counted {
                    let _ = rustix::io::write(rustix::stdio::stdout(), &sample.to_bytes());
                }
                sys::exit_now(0)
            }
        }
    }

    /// Returns the result once it is there; `Some(None)` if nothing could be counted.
    pub fn result(&self) -> Option<Option<SyscallSample>> {
        let mut bytes = [0; SAMPLE_BYTES];
        match rustix::io::read(&self.result, &mut bytes) {
            Ok(SAMPLE_BYTES) => Some(Some(SyscallSample::from_bytes(bytes))),
            Err(Errno::AGAIN | Errno::INTR) => None,
            _ => Some(None),
        }
    }
}

impl Drop for SyscallCounter {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

/// Counters that have ended or are about to: the kernel takes tens of milliseconds to let go of the
/// tracepoint, for which nobody waits but a supervisor that has nothing else to do.
#[derive(Default)]
pub struct EndedCounters(Vec<Pid>);

impl EndedCounters {
    /// Ends a counter, if there is one.
    pub fn extend(&mut self, counter: Option<SyscallCounter>) {
        self.0.extend(counter.map(|counter| counter.pid));
    }

    /// Reaps those that are gone.
    pub fn reap(&mut self) {
        let is_left = |pid: &Pid| matches!(waitpid(Some(*pid), WaitOptions::NOHANG), Ok(None));
        self.0.retain(is_left);
    }

    /// Waits for all of them.
    pub fn wait(&mut self) {
        for pid in self.0.drain(..) {
            while let Err(Errno::INTR) = waitpid(Some(pid), WaitOptions::empty()) {}
        }
    }
}

fn become_counter(result_end: &OwnedFd) -> Result<(), SandboxError> {
    die_with_supervisor()?;
    rustix::stdio::dup2_stdout(result_end).at(SandboxStep::CountSyscalls)?;
    // None of the cell's streams and sockets may stay open for longer than its supervisor has them.
    sys::close_in_fork().at(SandboxStep::CountSyscalls)
}

/// Counts, and returns the events as well. `None` if no thread can be counted, or not those that run.
fn count_for(
    tracepoint: &SyscallTracepoint,
    processes: &[u32],
    all_calls: bool,
    duration: Duration,
) -> Option<(SyscallSample, Vec<OwnedFd>)> {
    // The first event of the machine takes long to open. It is none of the program's, so that its
    // threads are listed when the others can be opened at once.
    let first = tracepoint.count(0, all_calls).ok()?;
    for _ in 0..MAX_TRIES {
        let mut counted = CountedThreads::default();
        counted.add_all(tracepoint, processes, all_calls);
        let cpu_before = cpu_time_of(processes);
        let sample = counted.sample(duration)?;
        let cpu_time = cpu_time_of(processes).saturating_sub(cpu_before);
        if counted.is_full() || !is_partial(sample.cpu_time, cpu_time) {
            counted.events.push(first);
            return Some((sample, counted.events));
        }
    }
    None
}

/// True if the counted threads are not those that ran: nothing is known of the calls of the others.
fn is_partial(counted: Duration, all: Duration) -> bool {
    all.saturating_sub(counted) > (all / 4).max(MAX_UNCOUNTED)
}

fn cpu_time_of(processes: &[u32]) -> Duration {
    let times = processes.iter().map(|pid| sys::process_cpu_time(*pid));
    times.map(Result::unwrap_or_default).sum()
}

/// The events of threads, and of all that these start.
#[derive(Default)]
struct CountedThreads {
    seen: HashSet<u32>,
    events: Vec<OwnedFd>,
}

impl CountedThreads {
    fn is_full(&self) -> bool {
        self.events.len() >= MAX_THREADS
    }

    /// Adds all threads, also those that begin meanwhile.
    fn add_all(&mut self, tracepoint: &SyscallTracepoint, processes: &[u32], all_calls: bool) {
        for _ in 0..MAX_LISTINGS {
            let threads = processes.iter().flat_map(|process| threads_of(*process));
            let new: Vec<u32> = threads.filter(|thread| self.seen.insert(*thread)).collect();
            if new.is_empty() {
                return;
            }
            for thread in new {
                if self.is_full() {
                    return;
                }
                // A thread that has ended meanwhile makes no more calls.
                self.events.extend(tracepoint.count(thread, all_calls));
            }
        }
    }

    /// Counts for a time. `None` if there is nothing to count.
    fn sample(&self, duration: Duration) -> Option<SyscallSample> {
        let (calls_before, time_before) = read_all(&self.events)?;
        let began = Instant::now();
        let mut cpu_time = Duration::ZERO;
        let mut calls = calls_before;
        // On a busy machine it may be a while until the program runs at all.
        for _ in 0..LONGEST_FACTOR {
            std::thread::sleep(duration);
            let (calls_now, time) = read_all(&self.events)?;
            calls = calls_now;
            cpu_time = Duration::from_nanos(time.saturating_sub(time_before));
            if cpu_time >= duration / 2 || duration > LONG {
                break;
            }
        }
        Some(SyscallSample {
            calls: calls.saturating_sub(calls_before),
            cpu_time,
            wall_time: began.elapsed(),
        })
    }
}

fn threads_of(process: u32) -> impl Iterator<Item = u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let names = threads.into_iter().flatten().flatten();
    names.filter_map(|thread| thread.file_name().to_str()?.parse().ok())
}

/// Returns the sums of the counts and of their CPU times.
fn read_all(events: &[OwnedFd]) -> Option<(u64, u64)> {
    let read = |event: &OwnedFd| {
        let mut bytes = [0; 16];
        let length = rustix::io::read(event, &mut bytes).ok()?;
        let (count, time) = bytes.split_at(8);
        let number = |bytes: &[u8]| Some(u64::from_ne_bytes(bytes.try_into().ok()?));
        (length == bytes.len()).then_some((number(count)?, number(time)?))
    };
    let each = events.iter().map(read);
    each.reduce(|sum, event| Some((sum?.0 + event?.0, sum?.1 + event?.1)))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl SyscallTracepoint {
        /// One that no kernel has.
        pub fn unreal() -> Self {
            SyscallTracepoint {
                number: u64::MAX,
                random: RandomState::new(),
            }
        }
    }

    #[test]
    fn counts_without_the_threads_that_ran_say_nothing() {
        let ms = Duration::from_millis;
        assert!(!is_partial(ms(5), ms(5)));
        assert!(!is_partial(ms(5), ms(7)), "of the reading itself");
        assert!(is_partial(ms(0), ms(5)));
        assert!(is_partial(ms(300), ms(500)));
        assert!(!is_partial(ms(400), ms(500)));
        assert!(!is_partial(ms(500), ms(400)));
    }

    #[test]
    fn threads_are_counted_once_and_without_a_tracepoint_not_at_all() {
        let mut counted = CountedThreads::default();
        counted.add_all(&SyscallTracepoint::unreal(), &[std::process::id()], true);
        assert!(counted.seen.contains(&std::process::id()));
        assert!(counted.sample(Duration::ZERO).is_none());
    }

    #[test]
    fn results_survive_the_pipe() {
        let sample = SyscallSample {
            calls: 7,
            cpu_time: Duration::from_millis(2),
            wall_time: Duration::from_millis(4),
        };
        assert_eq!(SyscallSample::from_bytes(sample.to_bytes()), sample);
        assert_eq!(sample.per_cpu_second(), 3500.0);
        assert_eq!(sample.per_second(), 1750);
    }
}
