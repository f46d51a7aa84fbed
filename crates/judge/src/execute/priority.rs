//! Priority of a piece of work, which can be raised while it is being done.

use std::fmt::{self, Debug, Formatter};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Claim of a run to CPU time, beside other runs on this machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Priority {
    #[default]
    Normal,
    /// Gives CPU time up to runs of normal priority: speculative work, and work of a client that has
    /// more of it.
    Background,
}

/// Shared priority of one piece of work; raising it reaches a run that has started already.
#[derive(Debug)]
pub(crate) struct RunPriority(Mutex<PriorityState>);

struct PriorityState {
    priority: Priority,
    /// Raises the priority of the run that started at background priority.
    boost: Option<Box<dyn FnOnce() + Send>>,
}

impl RunPriority {
    pub fn new(priority: Priority) -> Self {
        RunPriority(Mutex::new(PriorityState {
            priority,
            boost: None,
        }))
    }

    pub fn current(&self) -> Priority {
        self.lock().priority
    }

    /// Raises the priority to normal, also of a run that has begun.
    pub fn raise(&self) {
        let mut state = self.lock();
        state.priority = Priority::Normal;
        if let Some(boost) = state.boost.take() {
            boost();
        }
    }

    /// Starts a run. `start` receives the priority and returns the run and, at background priority,
    /// what raises it later. Nothing can be raised between the two, so that no boost is lost.
    pub fn start<R, E>(
        &self,
        start: impl FnOnce(Priority) -> Result<(R, Option<Box<dyn FnOnce() + Send>>), E>,
    ) -> Result<R, E> {
        let mut state = self.lock();
        let (run, boost) = start(state.priority)?;
        state.boost = boost;
        Ok(run)
    }

    /// Forgets the run that was started: it has ended.
    pub fn finish(&self) {
        self.lock().boost = None;
    }

    fn lock(&self) -> MutexGuard<'_, PriorityState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for PriorityState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.priority.fmt(f)
    }
}
