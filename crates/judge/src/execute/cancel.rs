//! Cancelling work that blocks: whoever waited for it is gone.

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cancels the runs that were started with it, those that have begun too. Clones share the state.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Mutex<CancelState>>);

#[derive(Default)]
struct CancelState {
    is_cancelled: bool,
    last_run: u64,
    /// Ends each run that goes on, by a number.
    aborts: Vec<(u64, Box<dyn Fn() + Send>)>,
}

impl CancelToken {
    /// Ends all runs, and lets no other start.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.is_cancelled = true;
        for (_, abort) in &state.aborts {
            abort();
        }
    }

    pub fn is_cancelled(&self) -> bool {
        self.lock().is_cancelled
    }

    /// Calls `abort` when the token is cancelled before the guard is dropped; at once if it was
    /// cancelled already.
    pub(crate) fn guard(&self, abort: impl Fn() + Send + 'static) -> AbortGuard<'_> {
        let mut state = self.lock();
        if state.is_cancelled {
            abort();
        }
        state.last_run += 1;
        let run = state.last_run;
        state.aborts.push((run, Box::new(abort)));
        AbortGuard { token: self, run }
    }

    fn lock(&self) -> MutexGuard<'_, CancelState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for CancelToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken")
            .field(&self.is_cancelled())
            .finish()
    }
}

/// A run that a token cancels.
pub(crate) struct AbortGuard<'a> {
    token: &'a CancelToken,
    run: u64,
}

impl Drop for AbortGuard<'_> {
    fn drop(&mut self) {
        self.token.lock().aborts.retain(|(run, _)| *run != self.run);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn only_runs_that_go_on_are_aborted() {
        let token = CancelToken::default();
        let aborted = Arc::new(AtomicU32::new(0));
        let abort = |weight: u32| {
            let aborted = aborted.clone();
            move || {
                aborted.fetch_add(weight, Ordering::SeqCst);
            }
        };
        drop(token.guard(abort(1)));
        let _running = token.guard(abort(10));
        token.clone().cancel();
        let _late = token.guard(abort(100));
        assert_eq!(aborted.load(Ordering::SeqCst), 110);
    }
}
