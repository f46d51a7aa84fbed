//! The forkable Node against a Node that is started for each program: what a program prints, how it
//! ends and what it can tell must be the same. Outside of a cell; what a cell adds is tested with it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod battery;
mod check;
#[path = "../common/launcher.rs"]
mod launcher;
mod many;
mod measure;
mod orders;
#[path = "../common/seen.rs"]
mod seen;
mod start;

fn missing() -> Option<&'static str> {
    launcher::Interpreter::NODE.missing()
}
