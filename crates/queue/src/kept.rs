//! Bounds of kept runs, which both backends share.

use std::time::Duration;

use letscode_model::{KeptRun, RunReport};

/// Size of all kept runs together.
pub(crate) const MAX_KEPT_BYTES: usize = 256 << 20;
/// Share of one owner.
pub(crate) const MAX_KEPT_BYTES_OF_OWNER: usize = MAX_KEPT_BYTES / 8;
pub(crate) const MAX_KEPT_RUNS: usize = 100_000;
/// Time for which no run goes on that began before its owner was forgotten.
pub(crate) const LONGEST_RUN: Duration = Duration::from_secs(24 * 3600);
/// Size of a run beside its outputs.
const OVERHEAD_BYTES: usize = 1 << 10;

/// Returns the size by which a run is counted.
pub(crate) fn kept_size(run: &KeptRun) -> usize {
    let report = run.report.as_ref();
    OVERHEAD_BYTES + report.map_or(0, RunReport::size_bytes)
}
