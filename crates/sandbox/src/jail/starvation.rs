//! Measures for how long a cell was kept from computing: its threads were ready to run, and the
//! machine's cores were busy with something else.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

/// Interval between two measurements. Longer than the period of the CPU quota, so that a program
/// that uses up its quota early in each period wasn't kept from computing.
pub const WINDOW: Duration = Duration::from_millis(250);

/// Period of the CPU quota.
const QUOTA_PERIOD: Duration = Duration::from_millis(100);

/// Sum of the times in which a cell could compute and did not.
///
/// In each window the longest wait of one thread counts, and not the sum over threads: threads that
/// wait for one another's core can't make up time, because the CPU time of the whole cell in the
/// same window is time in which it computed. A cell that has a part of a core by its quota waits for
/// the rest of each period by its own account: a window in which it used its quota up was no wait.
pub struct StarvationMeter {
    /// Part of a core that the cell may use: at most 1.
    cpu_share: f64,
    starved: Duration,
    window_start: Instant,
    /// Time of the last window in which the cell neither computed nor was seen to be kept from it:
    /// the kernel adds a wait to the account when it is over, which may be in the next window.
    room: Duration,
    /// Quota that the last window had of the next one's period.
    used_ahead: Duration,
    cpu_time: Duration,
    /// Run delay of each thread at the start of the window. Threads that are not listed began later.
    delays: HashMap<u32, Duration>,
}

impl StarvationMeter {
    pub fn new(started: Instant, cpu_cores: f64) -> Self {
        StarvationMeter {
            cpu_share: cpu_cores.min(1.0),
            starved: Duration::ZERO,
            window_start: started,
            room: Duration::ZERO,
            used_ahead: Duration::ZERO,
            cpu_time: Duration::ZERO,
            delays: HashMap::new(),
        }
    }

    /// Returns the time in which the cell was kept from computing so far.
    pub fn starved(&self) -> Duration {
        self.starved
    }

    /// True if a window has passed since the last measurement.
    pub fn is_due(&self) -> bool {
        self.window_start.elapsed() >= WINDOW
    }

    /// Ends a window. `cpu_time` is the cell's since the start of the run, `delays` the
    /// [`run_delays`] of its threads.
    pub fn measure(&mut self, now: Instant, cpu_time: Duration, delays: HashMap<u32, Duration>) {
        let of_thread = |(thread, delay): (&u32, &Duration)| {
            delay.saturating_sub(self.delays.get(thread).copied().unwrap_or_default())
        };
        let longest = delays.iter().map(of_thread).max().unwrap_or_default();
        let length = now.saturating_duration_since(self.window_start);
        let worked = cpu_time.saturating_sub(self.cpu_time);
        // The time that its work takes at full quota.
        let work_length = worked.div_f64(self.cpu_share) + self.used_ahead;
        let without_work = length.saturating_sub(work_length);
        self.used_ahead = if self.cpu_share < 1.0 {
            work_length.saturating_sub(length).min(QUOTA_PERIOD)
        } else {
            Duration::ZERO
        };
        let room = without_work + self.room;
        let starved = longest.min(room);
        self.starved += starved;
        self.room = (room - starved).min(without_work);
        self.window_start = now;
        self.cpu_time = cpu_time;
        self.delays = delays;
    }
}

/// Returns for each thread of the processes how long it has been ready to run without running, since
/// it began. Empty if the kernel keeps no such account (`CONFIG_SCHED_INFO`).
pub fn run_delays(processes: &[u32]) -> HashMap<u32, Duration> {
    let threads = processes.iter().flat_map(|pid| threads(*pid));
    threads
        .filter_map(|(pid, thread)| Some((thread, run_delay(pid, thread)?)))
        .collect()
}

/// True if a thread of the processes is ready to run or runs.
pub fn is_runnable(processes: &[u32]) -> bool {
    let mut threads = processes.iter().flat_map(|pid| threads(*pid));
    threads.any(|(pid, thread)| {
        let stat = fs::read_to_string(format!("/proc/{pid}/task/{thread}/stat"));
        // The name before the state is the program's choice and may hold anything.
        stat.is_ok_and(|stat| {
            stat.rsplit_once(") ")
                .is_some_and(|(_, fields)| fields.starts_with('R'))
        })
    })
}

fn threads(pid: u32) -> impl Iterator<Item = (u32, u32)> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"));
    let names = entries.into_iter().flatten().flatten();
    names.filter_map(move |entry| Some((pid, entry.file_name().to_str()?.parse().ok()?)))
}

/// Reads the second number of a thread's `schedstat`, in nanoseconds.
fn run_delay(pid: u32, thread: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat")).ok()?;
    let nanoseconds = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Each window: its length, the CPU time in it, and the delays so far of each thread.
    fn starved(windows: &[(u32, u32, &[u32])]) -> Duration {
        starved_at(1.0, windows)
    }

    fn starved_at(cpu_cores: f64, windows: &[(u32, u32, &[u32])]) -> Duration {
        let mut now = Instant::now();
        let mut cpu_time = Duration::ZERO;
        let mut meter = StarvationMeter::new(now, cpu_cores);
        for (length, worked, delays) in windows {
            now += *length * MS;
            cpu_time += *worked * MS;
            let delays = (0..).zip(delays.iter().map(|delay| *delay * MS)).collect();
            meter.measure(now, cpu_time, delays);
        }
        meter.starved()
    }

    #[test]
    fn waiting_for_a_core_counts() {
        assert_eq!(starved(&[(250, 50, &[200]), (250, 100, &[350])]), 350 * MS);
    }

    #[test]
    fn waits_across_windows_count_when_they_are_over() {
        let windows: [(u32, u32, &[u32]); 3] =
            [(250, 0, &[0]), (250, 50, &[450]), (250, 0, &[450])];
        assert_eq!(starved(&windows), 450 * MS);
        // Only of the last window.
        let windows: [(u32, u32, &[u32]); 3] = [(250, 0, &[0]), (250, 0, &[0]), (250, 50, &[900])];
        assert_eq!(starved(&windows), 450 * MS);
    }

    #[test]
    fn sleeping_does_not_count() {
        assert_eq!(starved(&[(250, 0, &[0]), (250, 1, &[2])]), 2 * MS);
    }

    #[test]
    fn threads_in_each_others_way_do_not_count() {
        assert_eq!(starved(&[(250, 250, &[125, 125, 125])]), Duration::ZERO);
        // A burst of forty threads and then sleep: their waits don't add up.
        let burst: Vec<u32> = (0..40).collect();
        assert_eq!(starved(&[(250, 40, &burst)]), 39 * MS);
    }

    /// Half a core: periods of 100 ms with 50 ms of work, which don't begin with the windows.
    #[test]
    fn waiting_for_the_next_period_of_the_quota_does_not_count() {
        let windows: [(u32, u32, &[u32]); 4] = [
            (250, 150, &[100]),
            (250, 100, &[250]),
            (250, 150, &[350]),
            (250, 100, &[500]),
        ];
        assert_eq!(starved_at(0.5, &windows), Duration::ZERO);
        assert_eq!(starved(&windows), 500 * MS, "with a whole core");
        // Another program has the core for half of the time.
        let windows: [(u32, u32, &[u32]); 2] = [(250, 60, &[190]), (250, 65, &[375])];
        assert_eq!(starved_at(0.5, &windows), 250 * MS);
        let idle: [(u32, u32, &[u32]); 1] = [(250, 10, &[5])];
        assert_eq!(starved_at(0.5, &idle), 5 * MS);
    }

    #[test]
    fn new_threads_count_from_their_start() {
        let windows: [(u32, u32, &[u32]); 2] = [(250, 200, &[50]), (250, 150, &[50, 100])];
        assert_eq!(starved(&windows), 150 * MS);
    }

    #[test]
    fn own_threads_are_found() {
        let own = std::process::id();
        assert!(is_runnable(&[own]));
        assert!(!is_runnable(&[]));
        assert!(threads(own).count() > 0);
    }
}
