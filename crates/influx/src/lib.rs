//! Figures for an InfluxDB, in its line protocol: what was judged, how busy the service is, what
//! was denied.
//!
//! Whoever knows a figure calls [`record`]; that costs a lock and never waits for anybody. A thread
//! of its own sends what was recorded, many at once. The server away is not the service's trouble:
//! a bounded number of figures waits for it, the oldest give way, and are counted.
//!
//! As with `metrics`, there is one place for a process: [`install`]. Without it nothing is kept.
//!
//! Absent on purpose: anything of a submission but its language and figures. No code, no name of a
//! user, no test data leaves for another server.

mod clock;
mod error;
mod figure;
mod influx;
mod sender;
mod target;

use std::sync::OnceLock;

pub use error::TargetError;
pub use figure::{Figure, SystemFigure};
pub use influx::{Counts, Influx, Settings};
pub use target::Target;

static INSTALLED: OnceLock<Influx> = OnceLock::new();

/// From now on the process's figures go there. The first one stays.
pub fn install(influx: &Influx) {
    let _ = INSTALLED.set(influx.clone());
}

/// Keeps a figure for the server; does nothing where there is none.
pub fn record(figure: Figure) {
    if let Some(influx) = INSTALLED.get() {
        influx.record(figure);
    }
}

/// Whether figures are wanted: who has to work for one may ask first.
pub fn is_installed() -> bool {
    INSTALLED.get().is_some()
}

/// What became of the figures so far; `None` where there is no server.
pub fn counts() -> Option<Counts> {
    INSTALLED.get().map(Influx::counts)
}
