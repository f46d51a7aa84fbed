//! The option for supervising how fast programs do things, and which of that works here.

use clap::Args;
use letscode_judge::Engine;
use letscode_model::{WatchMode, WatchedRate};
use serde::Serialize;

/// Supervision of submissions and ad-hoc runs; compilers and checkers are not watched.
#[derive(Args, Clone, Copy, Default)]
pub struct WatchArgs {
    /// Reaction to programs that make system calls, or take memory, far faster than others: `off`
    /// nothing is measured, `observe` it is reported, `enforce` they end with a Security
    /// Violation, `hardened` so do all above 10,000 calls or 100 MB a second, also honest ones
    #[arg(long, value_name = "MODE", default_value_t = WatchMode::default(), value_parser = mode, env = "LETSCODE_WATCH")]
    pub watch: WatchMode,
}

fn mode(text: &str) -> Result<WatchMode, String> {
    let unknown = |_| "it is off, observe, enforce or hardened".to_owned();
    text.parse().map_err(unknown)
}

/// A rate, and the reason why it can't be measured on this machine, if it can't.
#[derive(Serialize)]
pub struct MonitorFinding {
    monitor: WatchedRate,
    works: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl MonitorFinding {
    /// Returns the findings on all rates.
    pub fn all(engine: &Engine) -> Vec<MonitorFinding> {
        let uncounted = engine.jail().info().uncounted_calls.as_ref();
        [
            (WatchedRate::SyscallRate, uncounted.map(ToString::to_string)),
            (WatchedRate::MemoryGrowth, None),
        ]
        .map(|(monitor, detail)| MonitorFinding {
            monitor,
            works: detail.is_none(),
            detail,
        })
        .into()
    }

    /// Describes it in one line.
    pub fn shown(&self) -> String {
        let what = match self.monitor {
            WatchedRate::SyscallRate => "system calls a second",
            WatchedRate::MemoryGrowth => "growth of memory",
        };
        match &self.detail {
            None => format!("{what}: measured"),
            Some(why) => format!("{what}: not measured: {why}"),
        }
    }
}
