//! Single flight: one thread does the work, and all others that need the same wait for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::EngineError;
use crate::execute::cancel::CancelToken;
use crate::execute::priority::{Priority, RunPriority};

/// Work in progress, by key.
#[derive(Debug)]
pub struct SingleFlight<K, V> {
    in_progress: Mutex<HashMap<K, Arc<SharedWork<V>>>>,
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        SingleFlight {
            in_progress: Mutex::default(),
        }
    }
}

#[derive(Debug)]
struct SharedWork<V> {
    priority: Arc<RunPriority>,
    state: Mutex<WorkState<V>>,
    ended: Condvar,
}

#[derive(Debug)]
enum WorkState<V> {
    Running,
    Done(V),
    /// It failed, or its value is not shared.
    Abandoned,
}

/// Request of one caller for the shared work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlightClaim<'a> {
    pub priority: &'a Arc<RunPriority>,
    /// Ends the caller's wait for another's work.
    pub cancel: Option<&'a CancelToken>,
}

/// Origin of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum FlightResult<V> {
    /// The caller's own work.
    Own(V),
    /// Another thread's work.
    Shared(V),
}

impl<K: Copy + Eq + Hash, V: Clone + Send + 'static> SingleFlight<K, V> {
    /// Runs `work`, or waits for another thread's with the same key. If that one fails, in whatever
    /// way, the next caller tries; an error is returned only to the caller whose work it was.
    /// Background work is raised to normal priority by the first caller of normal priority that
    /// waits for it. Its value is shared only if `is_shared` accepts it. A caller that is cancelled
    /// doesn't wait any more.
    pub fn run(
        &self,
        key: K,
        claim: FlightClaim<'_>,
        is_shared: impl FnOnce(&V) -> bool,
        work: impl FnOnce() -> Result<V, EngineError>,
    ) -> Result<FlightResult<V>, EngineError> {
        loop {
            let work_of_other = match self.join(key, claim.priority) {
                Role::Leader(mut leader) => {
                    let value = work()?;
                    if is_shared(&value) {
                        leader.end = WorkState::Done(value.clone());
                    }
                    return Ok(FlightResult::Own(value));
                }
                Role::Follower(work) => work,
            };
            if claim.priority.current() == Priority::Normal {
                work_of_other.priority.raise();
            }
            if let Some(value) = work_of_other.wait(claim.cancel) {
                return Ok(FlightResult::Shared(value));
            }
            EngineError::check_cancelled(claim.cancel)?;
        }
    }

    fn join(&self, key: K, priority: &Arc<RunPriority>) -> Role<'_, K, V> {
        let mut in_progress = lock(&self.in_progress);
        if let Some(work) = in_progress.get(&key) {
            return Role::Follower(work.clone());
        }
        let work = Arc::new(SharedWork {
            priority: priority.clone(),
            state: Mutex::new(WorkState::Running),
            ended: Condvar::new(),
        });
        in_progress.insert(key, work.clone());
        Role::Leader(FlightLeader {
            flights: self,
            key,
            work,
            end: WorkState::Abandoned,
        })
    }
}

enum Role<'a, K: Eq + Hash, V> {
    Leader(FlightLeader<'a, K, V>),
    Follower(Arc<SharedWork<V>>),
}

/// Ends the shared work when it is dropped, also after an error or a panic.
struct FlightLeader<'a, K: Eq + Hash, V> {
    flights: &'a SingleFlight<K, V>,
    key: K,
    work: Arc<SharedWork<V>>,
    end: WorkState<V>,
}

impl<K: Eq + Hash, V> Drop for FlightLeader<'_, K, V> {
    fn drop(&mut self) {
        lock(&self.flights.in_progress).remove(&self.key);
        *lock(&self.work.state) = std::mem::replace(&mut self.end, WorkState::Abandoned);
        self.work.ended.notify_all();
    }
}

impl<V: Clone + Send + 'static> SharedWork<V> {
    /// Waits for the end; `None` if there is no value to share, or the caller was cancelled.
    fn wait(self: &Arc<Self>, cancel: Option<&CancelToken>) -> Option<V> {
        // A flag of its own: the token may not be asked while the state is locked.
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let _guard = cancel.map(|cancel| {
            let (work, flag) = (self.clone(), is_cancelled.clone());
            cancel.guard(move || {
                flag.store(true, Ordering::Relaxed);
                let _state = lock(&work.state);
                work.ended.notify_all();
            })
        });
        let mut state = lock(&self.state);
        loop {
            if is_cancelled.load(Ordering::Relaxed) {
                return None;
            }
            match &*state {
                WorkState::Done(value) => return Some(value.clone()),
                WorkState::Abandoned => return None,
                WorkState::Running => {
                    let woken = self.ended.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
