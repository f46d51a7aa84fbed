//! Tests that look at every process below their own, so that they run one at a time: [`alone`].

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod interpreters;
mod leftovers;
mod soak;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by each test for as long as it runs. Needed where all tests share one process, as under
/// `cargo test`.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
