//! Compares the forkable Node with a Node that is started for each program: output, exit and all that a
//! program can see must be the same. Outside of a cell; cells have tests of their own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod check;
mod equivalence;
#[path = "../common/launcher.rs"]
mod launcher;
mod many;
mod measure;
#[path = "../common/observation.rs"]
mod observation;
mod process;
mod requests;
mod start;

/// Returns why there is nothing to test, if Node or a compiler is missing.
fn missing() -> Option<&'static str> {
    launcher::Interpreter::NODE.missing()
}
