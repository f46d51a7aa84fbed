//! Other services' APIs, translated to runs.
//!
//! An adapter reads its service's request into a [`RunSpec`](letscode_model::RunSpec), hands it to
//! a [`ProgramRunner`], and writes the [`RunReport`](letscode_model::RunReport) in its service's
//! words. It knows neither the server nor the queue, and runs nothing itself. DOMjudge's reads packages
//! and hands them to a [`ProblemStore`].
//!
//! Invariants, as absences:
//! - No body is read here without a bound: lists and maps are counted while they are read, and the
//!   server bounds the bytes.
//! - No adapter decides who waits for whom: that is the queue's, by the [`RequestSender`].

mod access;
mod callback;
mod context;
mod domjudge;
mod encoding;
mod jobe;
mod json;
mod judge0;
mod outcome;
mod piston;
mod problems;
mod runner;
mod sandbox_fusion;
mod service;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod testing;

pub use callback::CallbackSender;
pub use context::{AdapterContext, AdapterOptions, RequestSender};
pub use problems::{
    ManagerRefusal, PackageArchive, PackageReport, ProblemEditor, ProblemError, ProblemStore,
};
pub use runner::{KeepOptions, ProgramRunner, QueuePatience, RunCaller, RunError};
pub use service::{PeerService, service_names};
