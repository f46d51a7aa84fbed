//! Measures a package's solutions, with an engine of this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use letscode_import::{CalibrationFailure, LimitCalibrator, MeasuredLimit};
use letscode_judge::{CalibrationOptions, Engine, EngineError, Priority};
use letscode_package::Package;

/// Time after which a service starts no other solution of a package.
const SERVICE_TIME: Duration = Duration::from_secs(600);

pub struct EngineCalibrator {
    engine: Arc<Engine>,
    is_service: bool,
}

impl EngineCalibrator {
    /// A calibrator that has the machine for itself.
    pub fn new(engine: Engine) -> Self {
        EngineCalibrator {
            engine: Arc::new(engine),
            is_service: false,
        }
    }

    /// A calibrator beside submissions: it gives CPU time up to them, and takes no longer than ten
    /// minutes.
    pub fn of_service(engine: Arc<Engine>) -> Self {
        EngineCalibrator {
            engine,
            is_service: true,
        }
    }

    fn options(&self) -> CalibrationOptions {
        if !self.is_service {
            return CalibrationOptions::default();
        }
        CalibrationOptions {
            priority: Priority::Background,
            deadline: Some(Instant::now() + SERVICE_TIME),
        }
    }
}

impl LimitCalibrator for EngineCalibrator {
    fn measure(&self, package: &Package) -> Result<Option<MeasuredLimit>, CalibrationFailure> {
        let measured = self.engine.jury().calibrate_with(package, self.options());
        let calibration = measured.map_err(|error| match error {
            EngineError::Cancelled => {
                let minutes = SERVICE_TIME.as_secs() / 60;
                CalibrationFailure(format!("its solutions run for more than {minutes} minutes"))
            }
            error => CalibrationFailure(error.to_string()),
        })?;
        Ok(calibration.map(|calibration| MeasuredLimit {
            seconds: calibration.time_limit.as_secs_f64(),
            submission: calibration.submission,
            slowest: calibration.slowest,
        }))
    }
}
