//! The machine's cores, and how many of them are busy with runs of this engine.
//!
//! CPU time is counted by the control group, so a run that waits for its turn is not charged for
//! waiting; but runs that share a core evict each other's caches. So speculative work uses idle cores
//! only, and a time that decides a verdict is measured on a core of its own.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longest wait for a core of its own. With more slots than cores there may never be one.
const EXCLUSIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// CorePool of one engine, shared by all its runs.
#[derive(Debug)]
pub(crate) struct CorePool {
    count: usize,
    state: Mutex<CoreCounts>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct CoreCounts {
    busy: usize,
    /// Busy cores with speculative work.
    speculative: usize,
    /// Number of speculative runs so far.
    speculative_total: u64,
    /// Runs that have, or wait for, a core of their own.
    exclusive: usize,
}

impl CorePool {
    pub fn new(count: usize) -> Self {
        CorePool {
            count: count.max(1),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Takes a core for work of normal priority. Never blocks: such work must not wait for
    /// speculative work, and by default there are no more slots than cores.
    pub fn take(&self) -> CoreGuard<'_> {
        let mut state = self.lock();
        state.busy += 1;
        self.guard(&state, CoreUse::Normal)
    }

    /// Takes an idle core for speculative work, if there is one.
    pub fn take_idle(&self) -> Option<CoreGuard<'_>> {
        let mut state = self.lock();
        if state.busy >= self.count || state.exclusive > 0 {
            return None;
        }
        state.busy += 1;
        state.speculative += 1;
        state.speculative_total += 1;
        Some(self.guard(&state, CoreUse::Speculative))
    }

    /// Takes a core of its own for a measurement that decides. Waits until there are no more runs than
    /// cores, this one included, and prevents further speculative runs.
    pub fn take_exclusive(&self) -> CoreGuard<'_> {
        let mut state = self.lock();
        state.exclusive += 1;
        let is_full = |state: &mut CoreCounts| state.busy >= self.count;
        let waited = self
            .freed
            .wait_timeout_while(state, EXCLUSIVE_TIMEOUT, is_full);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.busy += 1;
        self.guard(&state, CoreUse::Exclusive)
    }

    fn guard(&self, state: &CoreCounts, purpose: CoreUse) -> CoreGuard<'_> {
        CoreGuard {
            cores: self,
            purpose,
            beside_speculative: state.speculative > 0,
            speculative_total: state.speculative_total,
        }
    }

    fn lock(&self) -> MutexGuard<'_, CoreCounts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CoreUse {
    Normal,
    Speculative,
    Exclusive,
}

/// A core that is busy until the guard is dropped.
#[derive(Debug)]
pub(crate) struct CoreGuard<'a> {
    cores: &'a CorePool,
    purpose: CoreUse,
    /// True if there was speculative work when it was taken.
    beside_speculative: bool,
    speculative_total: u64,
}

impl CoreGuard<'_> {
    /// True if there was speculative work since this core was taken: a time that was measured here
    /// then decides no verdict.
    pub fn was_beside_speculative(&self) -> bool {
        self.beside_speculative || self.cores.lock().speculative_total != self.speculative_total
    }
}

impl Drop for CoreGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.cores.lock();
        state.busy -= 1;
        match self.purpose {
            CoreUse::Normal => {}
            CoreUse::Speculative => state.speculative -= 1,
            CoreUse::Exclusive => state.exclusive -= 1,
        }
        drop(state);
        self.cores.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn speculative_work_gets_idle_cores_only() {
        let cores = CorePool::new(2);
        let normal = cores.take();
        assert!(!normal.was_beside_speculative());
        let speculative = cores.take_idle().unwrap();
        assert!(normal.was_beside_speculative());
        assert!(cores.take_idle().is_none(), "both are busy");
        let second = cores.take();
        assert!(second.was_beside_speculative(), "normal work never waits");
        drop((speculative, normal));
        assert!(!cores.take().was_beside_speculative());
        assert!(second.was_beside_speculative(), "it was before");
    }

    #[test]
    fn exclusive_run_waits_for_a_core_of_its_own() {
        let cores = CorePool::new(2);
        let normal = cores.take();
        let speculative = cores.take_idle().unwrap();
        thread::scope(|scope| {
            let exclusive = scope.spawn(|| {
                let core = cores.take_exclusive();
                assert_eq!(cores.lock().busy, 2);
                drop(core);
            });
            while cores.lock().exclusive == 0 {
                thread::yield_now();
            }
            drop(speculative);
            exclusive.join().unwrap();
        });
        let exclusive = cores.take_exclusive();
        drop(normal);
        assert!(cores.take_idle().is_none(), "no speculative run beside it");
        drop(exclusive);
        assert!(cores.take_idle().is_some());
    }
}
