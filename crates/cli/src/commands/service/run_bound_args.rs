//! The operator's bounds of ad-hoc runs.

use clap::Args;
use letscode_model::{LimitCaps, RunBounds};

use crate::caps::CapArgs;
use crate::units::milliseconds;

/// Bounds of POST /api/run and POST /api/test, which GET /api/config shows.
#[derive(Args)]
pub struct RunBoundArgs {
    #[command(flatten)]
    caps: CapArgs,
    /// Most tests of one run
    #[arg(long, value_name = "N", env = "LETSCODE_MAX_TESTS")]
    max_tests: Option<usize>,
    /// Wall-clock time of all tests of one run together
    #[arg(long, value_name = "MS", value_parser = milliseconds, env = "LETSCODE_MAX_RUN_TIME")]
    max_run_time: Option<u64>,
    /// Longest time that a finished run may be kept
    #[arg(long, visible_alias = "keep-runs", value_name = "MS", value_parser = milliseconds, env = "LETSCODE_MAX_KEEP_FOR")]
    max_keep_for: Option<u64>,
}

impl RunBoundArgs {
    /// Returns the caps on all programs.
    pub fn caps(&self) -> LimitCaps {
        self.caps.caps()
    }

    pub fn bounds(&self) -> RunBounds {
        let default = RunBounds::default();
        let bounds = RunBounds {
            max_tests: self.max_tests.unwrap_or(default.max_tests),
            max_run_time: self.max_run_time.unwrap_or(default.max_run_time),
            max_keep_for: self.max_keep_for.unwrap_or(default.max_keep_for),
            ..default
        };
        bounds.with_caps(&self.caps())
    }
}
