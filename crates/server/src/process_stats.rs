//! Reads the load and memory of the process and its machine, and exports them to Prometheus with
//! the state of the connection to InfluxDB.

use std::fs;

use metrics::{counter, describe_counter, describe_gauge, gauge};

const LOAD: &str = "letscode_load";
const RESIDENT: &str = "process_resident_memory_bytes";
const OPEN_FILES: &str = "process_open_fds";
const INFLUX_WRITTEN: &str = "letscode_influx_written_total";
const INFLUX_DROPPED: &str = "letscode_influx_dropped_total";
const INFLUX_WAITING: &str = "letscode_influx_waiting";

pub(crate) fn describe() {
    describe_gauge!(LOAD, "The machine's load average over a minute");
    describe_gauge!(RESIDENT, "Resident memory of this process");
    describe_gauge!(OPEN_FILES, "Open file descriptors of this process");
    describe_counter!(INFLUX_WRITTEN, "Points written to InfluxDB");
    describe_counter!(
        INFLUX_DROPPED,
        "Points that could not be written to InfluxDB"
    );
    describe_gauge!(INFLUX_WAITING, "Points waiting to be written to InfluxDB");
}

/// Updates the metrics that are not counted as they happen.
pub(crate) fn update() {
    gauge!(LOAD).set(machine_load());
    gauge!(RESIDENT).set(resident_bytes() as f64);
    gauge!(OPEN_FILES).set(open_files() as f64);
    let influx = letscode_influx::counts().unwrap_or_default();
    counter!(INFLUX_WRITTEN).absolute(influx.written);
    counter!(INFLUX_DROPPED).absolute(influx.dropped);
    gauge!(INFLUX_WAITING).set(influx.waiting as f64);
}

/// Returns the load average over a minute; 0 where it can't be read.
pub(crate) fn machine_load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = text.split_whitespace().next();
    minute.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

/// Returns the resident memory of this process in bytes; 0 where it can't be read.
pub(crate) fn resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_open_files_are_read() {
        assert!((1 << 20..1 << 40).contains(&resident_bytes()));
        let before = open_files();
        let _file = fs::File::open("/dev/null").unwrap();
        assert!(before > 2 && open_files() > 2);
    }
}
