//! How busy the service and its machine have been: looked at every few seconds, kept for an hour for
//! the status page, shown to Prometheus, told an InfluxDB.

use std::collections::VecDeque;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use letscode_influx::{Figure, SystemFigure, record};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;

pub(crate) const INTERVAL: Duration = Duration::from_secs(10);
const KEPT: usize = 360;

const LOAD: &str = "letscode_load";
const RESIDENT: &str = "process_resident_memory_bytes";
const OPEN_FILES: &str = "process_open_fds";
const INFLUX_WRITTEN: &str = "letscode_influx_written_total";
const INFLUX_DROPPED: &str = "letscode_influx_dropped_total";
const INFLUX_WAITING: &str = "letscode_influx_waiting";

/// One look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    /// Unix time in milliseconds.
    at: i64,
    /// Jobs that waited.
    queued: u32,
    /// Jobs that were being worked on.
    running: u32,
    /// Jobs that could be worked on at once.
    capacity: u32,
    /// The machine's load average over a minute.
    load: f64,
    /// Bytes that the server had in memory.
    memory: u64,
}

/// The last hour, the oldest first.
#[derive(Default)]
pub(crate) struct History(Mutex<VecDeque<Sample>>);

impl History {
    fn add(&self, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() >= KEPT {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    pub(crate) fn samples(&self) -> Vec<Sample> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.iter().copied().collect()
    }
}

/// Looks again and again; never ends.
pub(crate) async fn watch(state: AppState) {
    let mut ticks = tokio::time::interval(INTERVAL);
    // A machine that slept has nothing to catch up with.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Without a queue there is nothing to see, and others say so.
        let Ok(status) = state.broker().jobs.status().await else {
            continue;
        };
        let (load, memory) = (machine_load(), resident_bytes());
        state.history().add(Sample {
            at: unix_milliseconds(),
            queued: status.queued,
            running: status.running,
            capacity: status.capacity,
            load,
            memory,
        });
        record(Figure::System(SystemFigure {
            waiting: status.queued,
            running: status.running,
            capacity: status.capacity,
            load,
            resident_bytes: memory,
        }));
    }
}

pub(crate) fn describe() {
    describe_gauge!(LOAD, "The machine's load average over a minute");
    describe_gauge!(RESIDENT, "What this process has in memory");
    describe_gauge!(OPEN_FILES, "File descriptors of this process");
    describe_counter!(INFLUX_WRITTEN, "Figures that the InfluxDB took");
    describe_counter!(INFLUX_DROPPED, "Figures that were given up");
    describe_gauge!(INFLUX_WAITING, "Figures that wait for the InfluxDB");
}

/// Brings up to date what nobody counts as it happens.
pub(crate) fn show() {
    gauge!(LOAD).set(machine_load());
    gauge!(RESIDENT).set(resident_bytes() as f64);
    gauge!(OPEN_FILES).set(open_files() as f64);
    let influx = letscode_influx::counts().unwrap_or_default();
    counter!(INFLUX_WRITTEN).absolute(influx.written);
    counter!(INFLUX_DROPPED).absolute(influx.dropped);
    gauge!(INFLUX_WAITING).set(influx.waiting as f64);
}

fn machine_load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

fn resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn unix_milliseconds() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: i64) -> Sample {
        Sample {
            at,
            queued: 0,
            running: 0,
            capacity: 1,
            load: 0.0,
            memory: 1,
        }
    }

    #[test]
    fn it_does_not_grow() {
        let history = History::default();
        for at in 0..1_000 {
            history.add(sample(at));
        }
        let samples = history.samples();
        assert_eq!(samples.len(), KEPT);
        assert_eq!(samples[0].at, 1_000 - KEPT as i64);
        assert_eq!(samples[KEPT - 1].at, 999);
    }

    #[test]
    fn this_process_has_memory_and_files_open() {
        assert!((1 << 20..1 << 40).contains(&resident_bytes()));
        let before = open_files();
        let _one = fs::File::open("/dev/null").unwrap();
        assert!(before > 2 && open_files() > 2);
    }
}
