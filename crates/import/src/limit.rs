use std::path::Path;

use letscode_package::{CALIBRATED_FILE, Package, TimeLimitProvenance};

/// Measures the accepted solutions of a package that states no time limit, in cells.
pub trait LimitCalibrator: Send + Sync {
    /// Returns `None` if there is nothing to measure: no solution is accepted here. Blocks for as long as
    /// the solutions run.
    fn measure(&self, package: &Package) -> Result<Option<MeasuredLimit>, CalibrationFailure>;
}

/// A time limit, and the solution that it was measured with.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredLimit {
    pub seconds: f64,
    /// Path of the slowest accepted solution.
    pub submission: String,
    /// Its CPU time on its slowest test, in milliseconds.
    pub slowest: f64,
}

/// Reason why the solutions could not be measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CalibrationFailure(pub String);

impl MeasuredLimit {
    /// Writes the limit into a package's folder, where it is read when the package is.
    pub fn write_into(&self, folder: &Path) -> std::io::Result<()> {
        let MeasuredLimit {
            seconds,
            submission,
            slowest,
        } = self;
        let text = format!("{seconds}\nslowest accepted solution: {submission}, {slowest:.1} ms\n");
        std::fs::write(folder.join(CALIBRATED_FILE), text)
    }
}

/// True if the package states no time limit, and has solutions to measure.
pub(crate) fn needs_limit(package: &Package) -> bool {
    let provenance = package.limits.time.provenance;
    provenance == TimeLimitProvenance::Default && !package.submissions.is_empty()
}
