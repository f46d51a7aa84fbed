//! Ad-hoc runs: checked, queued, waited for, kept.
//!
//! `accept` checks a specification and queues it; `keep` follows a run whose result is kept or sent;
//! `runner` is the door for adapters.

pub(crate) mod accept;
pub(crate) mod keep;
mod runner;

pub use runner::ServerRunner;
