//! The machine's cores, and how many of them are busy with runs of this engine.
//!
//! CPU time is counted by the control group, so a run that waits for its turn is not charged for
//! waiting; but runs that share a core evict each other's caches. So speculative work uses idle cores
//! only, and a time that decides a verdict is measured on a core of its own. For work of normal
//! priority a core is idle if only work of background priority is on it, which gives way.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::execute::priority::Priority;

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
    /// Busy cores, by the priority of the work.
    busy: CountByPriority,
    /// Busy cores with speculative work.
    speculative: usize,
    /// Number of speculative runs so far.
    speculative_total: u64,
    /// Runs that have, or wait for, a core of their own.
    exclusive: CountByPriority,
}

#[derive(Debug, Default)]
struct CountByPriority {
    normal: usize,
    background: usize,
}

impl CountByPriority {
    fn of(&mut self, priority: Priority) -> &mut usize {
        match priority {
            Priority::Normal => &mut self.normal,
            Priority::Background => &mut self.background,
        }
    }

    /// Returns the number of those that don't give way to work of this priority.
    fn in_the_way_of(&self, priority: Priority) -> usize {
        match priority {
            Priority::Normal => self.normal,
            Priority::Background => self.normal + self.background,
        }
    }
}

impl CorePool {
    pub fn new(count: usize) -> Self {
        CorePool {
            count: count.max(1),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Takes a core for work that is due. Never blocks: such work must not wait for speculative work,
    /// and by default there are hardly more slots than cores.
    pub fn take(&self, priority: Priority) -> CoreGuard<'_> {
        self.guard(&mut self.lock(), CoreUse::Due, priority)
    }

    /// Takes an idle core for speculative work, if there is one.
    pub fn take_idle(&self, priority: Priority) -> Option<CoreGuard<'_>> {
        let mut state = self.lock();
        let is_full = state.busy.in_the_way_of(priority) >= self.count;
        if is_full || state.exclusive.in_the_way_of(priority) > 0 {
            return None;
        }
        state.speculative += 1;
        state.speculative_total += 1;
        Some(self.guard(&mut state, CoreUse::Speculative, priority))
    }

    /// Takes a core of its own for a measurement that decides. Waits until there are no more runs than
    /// cores, this one included, and prevents further speculative runs.
    pub fn take_exclusive(&self, priority: Priority) -> CoreGuard<'_> {
        let mut state = self.lock();
        *state.exclusive.of(priority) += 1;
        let is_full = |state: &mut CoreCounts| state.busy.in_the_way_of(priority) >= self.count;
        let waited = self
            .freed
            .wait_timeout_while(state, EXCLUSIVE_TIMEOUT, is_full);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.guard(&mut state, CoreUse::Exclusive, priority)
    }

    fn guard(&self, state: &mut CoreCounts, purpose: CoreUse, priority: Priority) -> CoreGuard<'_> {
        *state.busy.of(priority) += 1;
        CoreGuard {
            cores: self,
            purpose,
            priority,
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
    Due,
    Speculative,
    Exclusive,
}

/// A core that is busy until the guard is dropped.
#[derive(Debug)]
pub(crate) struct CoreGuard<'a> {
    cores: &'a CorePool,
    purpose: CoreUse,
    priority: Priority,
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
        *state.busy.of(self.priority) -= 1;
        match self.purpose {
            CoreUse::Due => {}
            CoreUse::Speculative => state.speculative -= 1,
            CoreUse::Exclusive => *state.exclusive.of(self.priority) -= 1,
        }
        drop(state);
        self.cores.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const NORMAL: Priority = Priority::Normal;
    const BACKGROUND: Priority = Priority::Background;

    #[test]
    fn speculative_work_gets_idle_cores_only() {
        let cores = CorePool::new(2);
        let normal = cores.take(NORMAL);
        assert!(!normal.was_beside_speculative());
        let speculative = cores.take_idle(NORMAL).unwrap();
        assert!(normal.was_beside_speculative());
        assert!(cores.take_idle(NORMAL).is_none(), "both are busy");
        let second = cores.take(NORMAL);
        assert!(second.was_beside_speculative(), "normal work never waits");
        drop((speculative, normal));
        assert!(!cores.take(NORMAL).was_beside_speculative());
        assert!(second.was_beside_speculative(), "it was before");
    }

    #[test]
    fn exclusive_run_waits_for_a_core_of_its_own() {
        let cores = CorePool::new(2);
        let normal = cores.take(NORMAL);
        let speculative = cores.take_idle(NORMAL).unwrap();
        thread::scope(|scope| {
            let exclusive = scope.spawn(|| {
                let core = cores.take_exclusive(NORMAL);
                assert_eq!(cores.lock().busy.normal, 2);
                drop(core);
            });
            while cores.lock().exclusive.normal == 0 {
                thread::yield_now();
            }
            drop(speculative);
            exclusive.join().unwrap();
        });
        let exclusive = cores.take_exclusive(NORMAL);
        drop(normal);
        assert!(
            cores.take_idle(NORMAL).is_none(),
            "no speculative run beside it"
        );
        drop(exclusive);
        assert!(cores.take_idle(NORMAL).is_some());
    }

    #[test]
    fn background_work_leaves_its_cores_to_normal_work() {
        let cores = CorePool::new(2);
        let _background = [cores.take(BACKGROUND), cores.take(BACKGROUND)];
        assert!(cores.take_idle(BACKGROUND).is_none());
        let _speculative = [
            cores.take_idle(NORMAL).unwrap(),
            cores.take_idle(NORMAL).unwrap(),
        ];
        assert!(cores.take_idle(NORMAL).is_none());
        drop(_speculative);
        let began = std::time::Instant::now();
        let _exclusive = cores.take_exclusive(NORMAL);
        assert!(began.elapsed() < EXCLUSIVE_TIMEOUT);
        assert!(cores.take_idle(NORMAL).is_none());
    }
}
