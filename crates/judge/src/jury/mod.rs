//! Work with the solutions that a package's own jury wrote.

pub(crate) mod calibrate;
pub(crate) mod expectation;
pub(crate) mod verify;

use letscode_package::{JurySubmission, Package};

use crate::error::EngineError;
use crate::judging::context::JudgeContext;
use calibrate::{Calibration, CalibrationOptions};
use verify::{SubmissionReport, VerifyReport};

/// A jury's tools, for one engine.
#[derive(Debug, Clone, Copy)]
pub struct Jury<'a> {
    context: &'a JudgeContext,
}

impl<'a> Jury<'a> {
    pub(crate) fn new(context: &'a JudgeContext) -> Jury<'a> {
        Jury { context }
    }

    /// Measures the package's accepted solutions for a time limit; `None` if the package states one,
    /// or if none of the solutions is accepted here.
    pub fn calibrate(&self, package: &Package) -> Result<Option<Calibration>, EngineError> {
        self.calibrate_with(package, CalibrationOptions::default())
    }

    /// As [`Jury::calibrate`], within a time and beside other work.
    pub fn calibrate_with(
        &self,
        package: &Package,
        options: CalibrationOptions,
    ) -> Result<Option<Calibration>, EngineError> {
        calibrate::calibrate(self.context, package, options)
    }

    /// Judges every jury submission, up to `jobs` of them at a time; but where the time limit has to be
    /// measured, those that bound it come first, one after the other. `started` is called before each
    /// submission is judged, and `finished` after it.
    pub fn verify(
        &self,
        package: &Package,
        jobs: usize,
        started: impl Fn(&JurySubmission) + Sync,
        finished: impl Fn(&SubmissionReport) + Sync,
    ) -> VerifyReport {
        verify::verify(self.context, package, jobs, &started, &finished)
    }
}
