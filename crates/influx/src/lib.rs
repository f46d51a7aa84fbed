//! Metrics for an InfluxDB, in its line protocol: judgements, runs, load and violations.
//!
//! [`record`] buffers a point; that costs a lock and never waits. A thread sends the points in
//! batches. While the server does not answer, a bounded number of points waits; beyond it the oldest
//! are dropped and counted.
//!
//! As with `metrics`, there is one client per process: [`install`]. Without it points are discarded.
//!
//! Absent on purpose: anything of a submission but its language and measurements. No code, no name of a
//! user, no test data leaves for another server.

mod client;
mod clock;
mod error;
mod metric_point;
mod point_buffer;
mod sender;
mod settings;
mod target;

use std::sync::OnceLock;

pub use client::InfluxClient;
pub use error::TargetError;
pub use metric_point::{MetricPoint, SystemPoint};
pub use settings::{InfluxSettings, PointCounts};
pub use target::InfluxTarget;

static INSTALLED: OnceLock<InfluxClient> = OnceLock::new();

/// Sets the client of this process; only the first call has an effect.
pub fn install(influx: &InfluxClient) {
    let _ = INSTALLED.set(influx.clone());
}

/// Buffers a point for the server; does nothing without a client.
pub fn record(point: MetricPoint) {
    if let Some(influx) = INSTALLED.get() {
        influx.record(point);
    }
}

/// True if points are sent, so that callers can skip costly ones.
pub fn is_installed() -> bool {
    INSTALLED.get().is_some()
}

/// Number of points so far; `None` without a client.
pub fn counts() -> Option<PointCounts> {
    INSTALLED.get().map(InfluxClient::counts)
}
