//! Keeps compiling fast while the host changes: precompiles the headers of another toolchain, and says
//! where nothing that is compiled can be kept.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::thread;
use std::time::{Duration, Instant};

use letscode_judge::{CompileHealth, Engine};
use letscode_model::LanguageId;

use crate::metrics;

/// Interval at which toolchains are looked at while nothing is compiled.
const INTERVAL: Duration = Duration::from_secs(5);

/// Looks after the caches of compiled programs and headers, until the engine is gone. Blocks: for a
/// thread of its own.
pub fn look_after_caches(engine: &Weak<Engine>) {
    let mut upkeep = CacheUpkeep::default();
    while let Some(engine) = engine.upgrade() {
        if engine.jail().has_ended() {
            return;
        }
        upkeep.turn(&engine);
        drop(engine);
        thread::sleep(INTERVAL);
    }
}

#[derive(Default)]
struct CacheUpkeep {
    latest: BTreeMap<LanguageId, CompileHealth>,
    retry: RetryDelay,
}

impl CacheUpkeep {
    fn turn(&mut self, engine: &Engine) {
        let health = engine.compiler().health();
        for (language, now) in health {
            metrics::compile_health(&language, &now);
            let before = self.latest.insert(language.clone(), now.clone());
            self.log(&language, before.as_ref(), &now);
        }
        metrics::compiled(engine.compiler().counts());
        if engine.compiler().lacks_headers() && self.retry.is_due(Instant::now()) {
            self.precompile(engine);
        }
    }

    /// Logs what has changed.
    fn log(&mut self, language: &LanguageId, before: Option<&CompileHealth>, now: &CompileHealth) {
        if before.is_some_and(|before| before.toolchain.changes != now.toolchain.changes) {
            tracing::warn!(%language, "the toolchain has changed: programs are compiled anew");
            self.retry = RetryDelay::default();
        }
        // A missing header is logged where it is made.
        let trouble = |health: &CompileHealth| health.toolchain.trouble.clone();
        match (before.and_then(trouble), trouble(now)) {
            (before, Some(reason)) if before.as_ref() != Some(&reason) => {
                let is_cached = now.toolchain.is_identified;
                tracing::warn!(%language, is_cached, "toolchain: {reason}");
            }
            (Some(_), None) => tracing::info!(%language, "compiled programs are cached again"),
            _ => {}
        }
    }

    fn precompile(&mut self, engine: &Engine) {
        let started = Instant::now();
        match engine.compiler().precompile_headers() {
            Ok(()) => {
                tracing::info!(took = ?started.elapsed(), "headers are precompiled");
                self.retry = RetryDelay::default();
            }
            Err(_) if engine.jail().has_ended() => {}
            Err(error) => {
                let next = self.retry.postpone(Instant::now());
                tracing::warn!(%error, next_try_in = ?next,
                    "programs are compiled without precompiled headers");
            }
        }
    }
}

/// Time between tries that fail: twice as long each time, up to ten minutes.
#[derive(Debug, Default)]
struct RetryDelay {
    failures: u32,
    not_before: Option<Instant>,
}

impl RetryDelay {
    const LONGEST: Duration = Duration::from_secs(600);

    fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|time| now >= time)
    }

    fn postpone(&mut self, now: Instant) -> Duration {
        let delay = (2 * INTERVAL).saturating_mul(2_u32.saturating_pow(self.failures));
        let delay = delay.min(RetryDelay::LONGEST);
        self.failures += 1;
        self.not_before = Some(now + delay);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_retried_less_and_less_often() {
        let now = Instant::now();
        let mut retry = RetryDelay::default();
        assert!(retry.is_due(now));
        let delays: Vec<u64> = (0..40).map(|_| retry.postpone(now).as_secs()).collect();
        assert_eq!(delays[..8], [10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(delays[39], 600);
        assert!(!retry.is_due(now + Duration::from_secs(599)));
        assert!(retry.is_due(now + Duration::from_secs(600)));
    }
}
