//! Ad-hoc runs: checked, queued, waited for, kept.
//!
//! `accept` checks a specification and queues it, `places` has those who wait for a full queue; `keep` follows a run whose result is kept or sent;
//! `runner` is the door for adapters.

pub(crate) mod accept;
pub(crate) mod keep;
pub(crate) mod places;
mod runner;

pub use runner::ServerRunner;
