use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, poisoned or not: every value in this crate is consistent between its statements,
/// so a panic elsewhere leaves nothing half-written that matters.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
