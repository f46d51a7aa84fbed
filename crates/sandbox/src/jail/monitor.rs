//! Watches how many system calls a run makes, and how fast its memory grows.
//!
//! A rate counts if it holds for half a second, so that neither the start of a program nor one large
//! array does. Memory is looked at every 50 ms; its rate is the lowest of any 100 ms of a window. System calls are counted for 5 ms in every second,
//! from a fifth of a second on, or from 50 ms on if the run can be ended; the rate is the lowest of a
//! window's samples. A run that could be ended for it is then counted without a break, and ended for
//! what was counted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::syscall_counter::{EndedCounters, SyscallCounter, SyscallSample, SyscallTracepoint};
use crate::SandboxError;
use crate::activity::{RunActivity, WatchLimits, WatchedRate};

/// Time over which a rate must hold.
const WINDOW: Duration = Duration::from_millis(500);
/// Time between two looks at the memory.
const INTERVAL: Duration = Duration::from_millis(50);
/// Time without counting at the start of a run that is only observed: most end within it.
const GRACE: Duration = Duration::from_millis(200);
/// Share of a core below which a program that isn't seen to run counts as one that sleeps.
const MIN_SHARE: f64 = 0.01;
/// Time for which calls are counted in each slot.
const SAMPLE_TIME: Duration = Duration::from_millis(5);

/// Measures one run.
pub struct RunMonitor {
    limits: WatchLimits,
    tracepoint: Option<SyscallTracepoint>,
    started: Instant,
    next_look: Instant,
    memory: VecDeque<(Instant, u64)>,
    /// Calls a second, as they were sampled.
    rates: VecDeque<(Instant, u64)>,
    /// Time and CPU time of the cell at the last sample.
    last_sample: (Instant, Duration),
    last_slot: Option<u64>,
    counter: Option<SyscallCounter>,
    /// Slot in which no count could be started.
    failed_slot: Option<u64>,
    activity: RunActivity,
}

/// Clock and counters of a cell.
pub struct CellCounters {
    pub now: Instant,
    /// Since the start of the run.
    pub cpu_time: Duration,
    pub memory_bytes: u64,
}

impl RunMonitor {
    /// `memory_bytes`: the memory that the cell holds at the start of the run.
    pub fn new(
        limits: WatchLimits,
        tracepoint: Option<SyscallTracepoint>,
        started: Instant,
        memory_bytes: u64,
    ) -> Self {
        RunMonitor {
            limits,
            tracepoint,
            started,
            next_look: started + INTERVAL,
            memory: VecDeque::from([(started, memory_bytes)]),
            rates: VecDeque::new(),
            last_sample: (started, Duration::ZERO),
            last_slot: None,
            counter: None,
            failed_slot: None,
            activity: RunActivity::default(),
        }
    }

    /// Returns the highest rates. `ended` gets a counter that is still at work.
    pub fn finish(self, ended: &mut EndedCounters) -> RunActivity {
        ended.extend(self.counter);
        self.activity
    }

    /// Returns the time until something is to be done.
    pub fn time_left(&self) -> Duration {
        let until_look = self.next_look.saturating_duration_since(Instant::now());
        let until_count = self.next_count().map(|(wait, _)| wait);
        until_count.map_or(until_look, |wait| wait.min(until_look))
    }

    /// Returns the time until the next count begins, and how long it takes. `None` while one is going
    /// on, or if it isn't known yet.
    fn next_count(&self) -> Option<(Duration, Duration)> {
        let tracepoint = self
            .tracepoint
            .as_ref()
            .filter(|_| self.counter.is_none())?;
        let (slot, wait) = tracepoint.slot();
        if self.is_suspicious() && self.failed_slot != Some(slot) {
            return Some((Duration::ZERO, WINDOW));
        }
        let age = self.started.elapsed();
        if self.limits.enforced && self.last_slot.is_none() {
            // As soon as it is no short run: time limits of a second are common.
            return Some((INTERVAL.saturating_sub(age), SAMPLE_TIME));
        }
        (age >= GRACE && self.last_slot != Some(slot)).then_some((wait, SAMPLE_TIME))
    }

    /// Takes the counters, and a count that has ended. Returns the rate for which the run has to end.
    pub fn look(
        &mut self,
        counters: &CellCounters,
        ended: &mut EndedCounters,
    ) -> Option<WatchedRate> {
        ended.reap();
        if counters.now >= self.next_look {
            self.next_look = counters.now + INTERVAL;
            self.add_memory(counters.now, counters.memory_bytes);
        }
        if let Some(counter) = &self.counter
            && let Some(result) = counter.result()
        {
            let was_exact = counter.duration >= WINDOW;
            ended.extend(self.counter.take());
            match result {
                Some(sample) => self.add_sample(&sample, was_exact, counters),
                None => self.rates.clear(),
            }
        }
        self.activity.above.filter(|_| self.limits.enforced)
    }

    /// Starts to count if it is time to. `processes` returns those of the program.
    pub fn count_if_due(&mut self, processes: impl FnOnce() -> Vec<u32>) {
        let due = self.next_count().filter(|(wait, _)| wait.is_zero());
        let (Some(tracepoint), Some((_, duration))) = (&self.tracepoint, due) else {
            return;
        };
        let slot = tracepoint.slot().0;
        self.last_slot = Some(slot);
        let all_calls = self.limits.counts_reads_and_writes;
        let started = SyscallCounter::start(tracepoint, &processes(), all_calls, duration);
        match started {
            Ok(counter) => self.counter = Some(counter),
            Err(error) => self.note_failure(slot, &error),
        }
    }

    /// Notes that no count could be started, as on a machine with too many processes: the run is not to
    /// blame, and the next slot is soon enough.
    fn note_failure(&mut self, slot: u64, error: &SandboxError) {
        if self.failed_slot.replace(slot).is_none() {
            eprintln!("letscode jail: {error}");
        }
    }

    /// True if the last sample was above a limit that is enforced.
    fn is_suspicious(&self) -> bool {
        let last = self.rates.back();
        self.limits.enforced
            && last.is_some_and(|(_, rate)| *rate > self.limits.syscalls_per_second)
    }

    fn add_memory(&mut self, now: Instant, bytes: u64) {
        let is_window = window_start(&mut self.memory, now).is_some();
        self.memory.push_back((now, bytes));
        if is_window && let Some(rate) = lowest_growth(&self.memory) {
            let highest = self
                .activity
                .memory_growth_per_second
                .get_or_insert_default();
            *highest = rate.max(*highest);
            if rate > self.limits.memory_growth_per_second {
                self.activity.above.get_or_insert(WatchedRate::MemoryGrowth);
            }
        }
    }

    fn add_sample(&mut self, sample: &SyscallSample, is_exact: bool, counters: &CellCounters) {
        if is_exact {
            self.rates.clear();
            self.note_calls(sample.per_second());
            return;
        }
        let (then, cpu_before) = self.last_sample;
        self.last_sample = (counters.now, counters.cpu_time);
        let wall_time = counters.now.duration_since(then).as_secs_f64();
        let cpu_time = counters.cpu_time.saturating_sub(cpu_before).as_secs_f64();
        let share = cpu_time / wall_time.max(f64::EPSILON);
        if sample.cpu_time.is_zero() && share > MIN_SHARE {
            // It ran at other times: nothing is known of its calls.
            return;
        }
        let rate = (sample.per_cpu_second() * share) as u64;
        if let Some((_, before)) = window_start(&mut self.rates, counters.now) {
            let between = self.rates.iter().map(|(_, rate)| *rate);
            let lowest = between.fold(before.min(rate), u64::min);
            self.note_calls(lowest);
        }
        self.rates.push_back((counters.now, rate));
    }

    /// Notes a rate of system calls that held for a window.
    fn note_calls(&mut self, rate: u64) {
        let highest = self.activity.syscalls_per_second.get_or_insert_default();
        *highest = rate.max(*highest);
        if rate > self.limits.syscalls_per_second {
            self.activity.above.get_or_insert(WatchedRate::Syscalls);
        }
    }
}

/// Returns the lowest growth a second between any look and the next but one. `None` if looks are missing:
/// nobody knows when the memory grew.
fn lowest_growth(looks: &VecDeque<(Instant, u64)>) -> Option<u64> {
    let pairs = looks.iter().zip(looks.iter().skip(2));
    let rates = pairs.map(|((then, before), (now, bytes))| {
        let time = now.duration_since(*then);
        let growth = bytes.saturating_sub(*before) as f64;
        (time <= WINDOW / 2).then_some((growth / time.as_secs_f64()) as u64)
    });
    rates.reduce(|lowest, rate| Some(lowest?.min(rate?)))?
}

/// Returns the last value that is at least a window old, and forgets those before it.
fn window_start(values: &mut VecDeque<(Instant, u64)>, now: Instant) -> Option<(Instant, u64)> {
    let is_old = |value: &&(Instant, u64)| now.duration_since(value.0) >= WINDOW;
    while values.get(1).filter(is_old).is_some() {
        values.pop_front();
    }
    values.front().filter(is_old).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SandboxStep;

    const LIMITS: WatchLimits = WatchLimits {
        syscalls_per_second: 1000,
        counts_reads_and_writes: true,
        memory_growth_per_second: 1 << 20,
        enforced: true,
    };

    fn monitor(enforced: bool, started: Instant) -> RunMonitor {
        let limits = WatchLimits { enforced, ..LIMITS };
        RunMonitor::new(limits, None, started, 0)
    }

    /// Returns the activity of a run whose memory is, every 50 ms, as the function says.
    fn grown(memory_bytes: impl Fn(u64) -> u64, looks: u32) -> RunActivity {
        let started = Instant::now();
        let mut monitor = monitor(true, started);
        for look in 1..=looks {
            monitor.look(
                &CellCounters {
                    now: started + INTERVAL * look,
                    cpu_time: Duration::ZERO,
                    memory_bytes: memory_bytes(look.into()),
                },
                &mut EndedCounters::default(),
            );
        }
        monitor.activity
    }

    #[test]
    fn memory_must_grow_for_half_a_second() {
        let growing = grown(|look| look << 16, 30);
        assert_eq!(growing.above, Some(WatchedRate::MemoryGrowth));
        assert_eq!(growing.memory_growth_per_second, Some(20 << 16));
        // At the limit, and as much as a large array takes at once.
        assert_eq!(grown(|look| (look << 20) / 20, 30).above, None);
        let array = grown(|look| if look < 5 { 0 } else { 1 << 31 }, 30);
        assert_eq!(array.memory_growth_per_second, Some(0));
        assert_eq!(array.above, None);
        // For a window but for a pause of 100 ms; in bursts of 50 ms; and until it is over.
        let paused = |look: u64| if look < 8 { look } else { look.max(10) - 2 };
        assert_eq!(grown(|look| paused(look) << 20, 16).above, None);
        let bursts = grown(|look| look.div_ceil(2) << 20, 30);
        assert_eq!(bursts.above, Some(WatchedRate::MemoryGrowth));
        assert_eq!(
            grown(|look| look << 20, 10).above,
            Some(WatchedRate::MemoryGrowth)
        );
        // Memory that is given back is no growth.
        assert_eq!(grown(|look| (look % 2) << 18, 30).above, None);
        // A run that ends before a window is over has no rate.
        assert_eq!(grown(|look| look << 30, 9), RunActivity::default());
    }

    #[test]
    fn growth_between_missing_looks_is_unknown() {
        let started = Instant::now();
        let looks = |times: &[u32]| {
            let looks = times
                .iter()
                .map(|at| (started + INTERVAL * *at, u64::from(*at) << 20));
            lowest_growth(&looks.collect())
        };
        assert_eq!(looks(&[0, 2, 4, 6, 8, 10]), Some(20 << 20));
        assert_eq!(looks(&[0, 2, 8, 10]), None);
        assert_eq!(looks(&[0, 10]), None);
    }

    #[test]
    fn counts_that_can_not_start_wait_for_the_next_slot() {
        let mut monitor = sampled(true, &[6], 1.0);
        let tracepoint = SyscallTracepoint::unreal();
        let slot = tracepoint.slot().0;
        monitor.tracepoint = Some(tracepoint);
        assert_eq!(monitor.next_count(), Some((Duration::ZERO, WINDOW)));
        monitor.last_slot = Some(slot);
        let full = SandboxError::new(SandboxStep::CountSyscalls, "too many processes");
        monitor.note_failure(slot, &full);
        assert_eq!(monitor.next_count(), None);
        monitor.note_failure(slot - 1, &full);
        assert_eq!(monitor.next_count(), Some((Duration::ZERO, WINDOW)));
    }

    /// Returns the activity of a run whose samples, every half second, are these calls in 5 ms of CPU
    /// time, and whose CPU time is this share of the time.
    fn sampled(enforced: bool, calls: &[u64], share: f64) -> RunMonitor {
        let started = Instant::now();
        let mut monitor = monitor(enforced, started);
        for (at, calls) in (1..).zip(calls) {
            let now = started + WINDOW * at;
            let counters = CellCounters {
                now,
                cpu_time: now.duration_since(started).mul_f64(share),
                memory_bytes: 0,
            };
            let sample = SyscallSample {
                calls: *calls,
                cpu_time: SAMPLE_TIME,
                wall_time: SAMPLE_TIME,
            };
            monitor.add_sample(&sample, false, &counters);
        }
        monitor
    }

    #[test]
    fn calls_count_if_both_ends_of_a_window_have_them() {
        let rate = |calls: &[u64]| sampled(false, calls, 1.0).activity;
        assert_eq!(rate(&[5]), RunActivity::default());
        assert_eq!(rate(&[5, 5, 5]).syscalls_per_second, Some(1000));
        assert_eq!(rate(&[5, 5, 5]).above, None);
        assert_eq!(rate(&[0, 6, 6, 0]).above, Some(WatchedRate::Syscalls));
        // Bursts that are shorter than a window.
        assert_eq!(rate(&[0, 99, 0, 99, 4]).above, None);
        // Half of the time it waits.
        let half = sampled(false, &[10, 10, 10], 0.5).activity;
        assert_eq!(half.syscalls_per_second, Some(1000));
    }

    #[test]
    fn runs_are_ended_for_what_was_counted() {
        let mut suspicious = sampled(true, &[6], 1.0);
        assert!(suspicious.is_suspicious());
        assert!(!sampled(true, &[6, 5], 1.0).is_suspicious());
        assert!(!sampled(false, &[6], 1.0).is_suspicious());
        let counters = CellCounters {
            now: Instant::now(),
            cpu_time: Duration::ZERO,
            memory_bytes: 0,
        };
        let count = |calls| SyscallSample {
            calls,
            cpu_time: WINDOW,
            wall_time: WINDOW,
        };
        suspicious.add_sample(&count(500), true, &counters);
        assert_eq!(
            suspicious.look(&counters, &mut EndedCounters::default()),
            None
        );
        assert!(!suspicious.is_suspicious());
        suspicious.add_sample(&count(501), true, &counters);
        assert_eq!(
            suspicious.look(&counters, &mut EndedCounters::default()),
            Some(WatchedRate::Syscalls)
        );
    }
}
