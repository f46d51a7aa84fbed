//! Which of the machine's cores are busy with runs of ours.
//!
//! CPU time is counted by the control group, so a run that waits for its turn is not charged for
//! waiting; but runs that share a core, or more of them than there are cores, wear down each other's
//! caches. So what nobody has asked for yet is done on idle cores only, and a time that decides
//! something is measured on a core of its own.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Until then a run that should have a core of its own waits for one; where there are more workers
/// than cores it may never come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shared by everything that one engine runs.
#[derive(Debug)]
pub(crate) struct Cores {
    count: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    busy: usize,
    /// Of these, with runs that were begun before their turn.
    ahead: usize,
    /// How many of those were ever begun.
    begun_ahead: u64,
    /// Runs that have, or wait for, a core of their own.
    alone: usize,
}

impl Cores {
    pub fn new(count: usize) -> Self {
        Cores {
            count: count.max(1),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// For what is due. Never waits: whoever is due must not wait for what is not, and there are no
    /// more workers than cores, unless somebody wanted that.
    pub fn take(&self) -> Core<'_> {
        let mut state = self.lock();
        state.busy += 1;
        self.core(&state, Use::Due)
    }

    /// For what is not due yet: a core that is idle, if there is one.
    pub fn take_idle(&self) -> Option<Core<'_>> {
        let mut state = self.lock();
        if state.busy >= self.count || state.alone > 0 {
            return None;
        }
        state.busy += 1;
        state.ahead += 1;
        state.begun_ahead += 1;
        Some(self.core(&state, Use::Ahead))
    }

    /// For a measurement that counts: waits until no more runs than cores are on their way, this one
    /// included, and keeps further ones from being begun before their turn.
    pub fn take_alone(&self) -> Core<'_> {
        let mut state = self.lock();
        state.alone += 1;
        let crowded = |state: &mut State| state.busy >= self.count;
        let waited = self.freed.wait_timeout_while(state, PATIENCE, crowded);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.busy += 1;
        self.core(&state, Use::Alone)
    }

    fn core(&self, state: &State, purpose: Use) -> Core<'_> {
        Core {
            cores: self,
            purpose,
            beside_ahead: state.ahead > 0,
            begun_ahead: state.begun_ahead,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Due,
    Ahead,
    Alone,
}

/// A core that is busy until this is dropped.
#[derive(Debug)]
pub(crate) struct Core<'a> {
    cores: &'a Cores,
    purpose: Use,
    /// When it was taken, something was run before its turn.
    beside_ahead: bool,
    begun_ahead: u64,
}

impl Core<'_> {
    /// Whether anything was run before its turn since this core was taken: then a time that was measured
    /// here is no reason to refuse a program.
    pub fn was_beside_ahead(&self) -> bool {
        self.beside_ahead || self.cores.lock().begun_ahead != self.begun_ahead
    }
}

impl Drop for Core<'_> {
    fn drop(&mut self) {
        let mut state = self.cores.lock();
        state.busy -= 1;
        match self.purpose {
            Use::Due => {}
            Use::Ahead => state.ahead -= 1,
            Use::Alone => state.alone -= 1,
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
    fn only_idle_cores_are_given_to_what_is_not_due() {
        let cores = Cores::new(2);
        let due = cores.take();
        assert!(!due.was_beside_ahead());
        let ahead = cores.take_idle().unwrap();
        assert!(due.was_beside_ahead());
        assert!(cores.take_idle().is_none(), "both are busy");
        let other = cores.take();
        assert!(other.was_beside_ahead(), "what is due never waits");
        drop((ahead, due));
        assert!(!cores.take().was_beside_ahead());
        assert!(other.was_beside_ahead(), "it was");
    }

    #[test]
    fn a_measurement_waits_for_a_core_and_keeps_it() {
        let cores = Cores::new(2);
        let due = cores.take();
        let ahead = cores.take_idle().unwrap();
        thread::scope(|scope| {
            let alone = scope.spawn(|| {
                let core = cores.take_alone();
                assert_eq!(cores.lock().busy, 2);
                drop(core);
            });
            while cores.lock().alone == 0 {
                thread::yield_now();
            }
            drop(ahead);
            alone.join().unwrap();
        });
        let alone = cores.take_alone();
        drop(due);
        assert!(cores.take_idle().is_none(), "nothing is begun beside it");
        drop(alone);
        assert!(cores.take_idle().is_some());
    }
}
