//! Whether somebody waits for a piece of work, which may come to be while it is done.

use std::sync::{Mutex, MutexGuard, PoisonError};

use letscode_sandbox::{Jail, PriorityBoost, RunRequest, RunResult, SandboxError};

#[derive(Debug)]
pub(crate) struct Urgency(Mutex<State>);

#[derive(Debug)]
struct State {
    due: bool,
    /// Reaches the cell that is at work before it is due.
    at_work: Option<PriorityBoost>,
}

impl Urgency {
    /// Somebody waits for it.
    pub fn due() -> Self {
        Self::new(true)
    }

    /// Nobody has asked for it yet.
    pub fn ahead() -> Self {
        Self::new(false)
    }

    fn new(due: bool) -> Self {
        Urgency(Mutex::new(State { due, at_work: None }))
    }

    pub fn is_due(&self) -> bool {
        self.lock().due
    }

    /// From now on it has an ordinary priority, also what has begun.
    pub fn becomes_due(&self) {
        let mut state = self.lock();
        state.due = true;
        if let Some(boost) = state.at_work.take() {
            boost.apply();
        }
    }

    /// One run, of low priority as long as it isn't due.
    pub fn run(&self, jail: &Jail, mut launch: RunRequest<'_>) -> Result<RunResult, SandboxError> {
        let mut state = self.lock();
        launch.limits.low_priority = !state.due;
        let cell = jail.launch(launch)?;
        if !state.due {
            state.at_work = Some(cell.priority_boost()?);
        }
        drop(state);
        let finished = cell.wait();
        self.lock().at_work = None;
        finished
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
