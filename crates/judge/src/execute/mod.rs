//! Runs programs: the request, the result, and the trait of what carries a run out.
//!
//! The other rooms know only [`Executor`] and the types beside it. `jail` is the one executor there
//! is today, and the only file of the judge that names the sandbox.

pub(crate) mod cancel;
pub(crate) mod capped;
pub(crate) mod error;
pub(crate) mod excerpt;
pub(crate) mod files;
pub(crate) mod interactive;
pub(crate) mod jail;
pub(crate) mod limits;
pub(crate) mod pair;
pub(crate) mod priority;
pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod stage;

use std::collections::BTreeMap;
use std::fmt::Debug;

use error::ExecutorError;
use pair::{PairRequest, PairResult};
use request::RunRequest;
use result::RunResult;

/// Runs programs, each in a cell of its own. All methods block and may be called by several threads.
pub(crate) trait Executor: Debug + Send + Sync {
    /// Makes `count` cells of the profile wait for runs. Cells that wait already stay.
    fn prepare(&self, profile: &str, count: usize) -> Result<(), ExecutorError>;

    /// Makes all later runs use new cells, which have the host's files as they are then.
    fn renew_cells(&self);

    /// Runs one program to its end.
    fn run(&self, request: RunRequest<'_>) -> Result<RunResult, ExecutorError>;

    /// Runs a submission and a validator that talk with each other.
    fn run_pair(&self, pair: PairRequest<'_>) -> Result<PairResult, ExecutorError>;

    /// Returns the executor's present state.
    fn info(&self) -> ExecutorInfo;
}

/// State of an executor.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExecutorInfo {
    /// Profiles whose interpreter should wait in cells and does not, each with the reason.
    pub cold_interpreters: BTreeMap<String, String>,
}
