//! Other services' APIs, translated to runs.
//!
//! An adapter reads its service's request into a [`RunSpec`](letscode_model::RunSpec), hands it to
//! a [`ProgramRunner`], and writes the [`RunReport`](letscode_model::RunReport) in its service's
//! words. It knows neither the server nor the queue, and runs nothing itself.

mod runner;

pub use runner::{KeepOptions, ProgramRunner, QueuePatience, RunCaller, RunError};
