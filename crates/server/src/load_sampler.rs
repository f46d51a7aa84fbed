//! Samples the load at an interval: for the status page and for InfluxDB.

use std::time::{SystemTime, UNIX_EPOCH};

use letscode_influx::{MetricPoint, SystemPoint, record};

use crate::AppState;
use crate::load_history::{LoadSample, SAMPLE_INTERVAL};
use crate::process_stats::{machine_load, resident_bytes};

/// Samples until it is cancelled.
pub(crate) async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
    // After the machine was suspended there is nothing to catch up with.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut had_workers = true;
    loop {
        ticks.tick().await;
        if let Ok(workers) = state.broker().workers.workers().await {
            log_presence(&mut had_workers, !workers.is_empty());
        }
        // An unavailable queue is reported by the requests that need it.
        let Ok(status) = state.broker().jobs.status().await else {
            continue;
        };
        let (load, memory) = (machine_load(), resident_bytes());
        state.load_history().add(LoadSample {
            at: unix_milliseconds(),
            queued: status.queued,
            running: status.running,
            capacity: status.capacity,
            load,
            memory,
        });
        record(MetricPoint::System(SystemPoint {
            waiting: status.queued,
            running: status.running,
            capacity: status.capacity,
            load,
            resident_bytes: memory,
        }));
    }
}

/// Logs when the last worker has left, and when there is one again.
fn log_presence(had_workers: &mut bool, has_workers: bool) {
    if std::mem::replace(had_workers, has_workers) == has_workers {
        return;
    }
    if has_workers {
        tracing::info!("a worker is connected");
    } else {
        tracing::warn!("no worker is connected: submissions wait for one");
    }
}

fn unix_milliseconds() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
