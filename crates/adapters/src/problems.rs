//! The door from adapters to the service's problems.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::request::Parts;
use letscode_model::{ClientAddress, ProblemId, ProblemSummary};

/// The service's problems. The server has the implementation, with its rules about packages and about
/// who may send them.
#[async_trait]
pub trait ProblemStore: Send + Sync {
    /// Returns what the sender of a request may change problems by. `secret`: what its client sent as the
    /// operator's token.
    fn editor(
        &self,
        request: &Parts,
        secret: Option<&str>,
    ) -> Result<Arc<dyn ProblemEditor>, ManagerRefusal>;

    /// Returns all problems by id.
    async fn problems(&self) -> Result<Vec<ProblemSummary>, ProblemError>;
}

/// Changes problems for one sender: all of them, or those that this one has added.
#[async_trait]
pub trait ProblemEditor: Send + Sync {
    /// Vets a package and imports it.
    async fn import(&self, archive: PackageArchive) -> Result<PackageReport, ProblemError>;

    /// Removes a problem; false if there is none.
    async fn remove(&self, id: &ProblemId) -> Result<bool, ProblemError>;
}

/// Refusal of a request that may not change problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerRefusal {
    /// True if the client sent no secret, and one would help.
    pub wants_secret: bool,
    pub reason: String,
}

/// A zip of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageArchive {
    pub bytes: Bytes,
    /// The archive's own name, as its client sent it.
    pub file_name: Option<String>,
    /// Id of the problem; by default the package's own.
    pub id: Option<ProblemId>,
    /// True if a problem of that id is replaced.
    pub replaces: bool,
    /// Absent where no network is involved, as in tests.
    pub address: Option<ClientAddress>,
}

/// A package that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageReport {
    pub id: ProblemId,
    pub sample_tests: u32,
    pub secret_tests: u32,
    pub warnings: Vec<String>,
}

/// A change that was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    /// The package has mistakes.
    #[error("{}", .0.join("; "))]
    Refused(Vec<String>),
    #[error("a problem `{0}` exists already")]
    Exists(String),
    /// The problem is somebody else's.
    #[error("{0}")]
    Foreign(String),
    /// Others are being imported.
    #[error("{0}")]
    Busy(String),
    /// The service could not do it. It was logged, and trying again may work.
    #[error("{0}")]
    Unavailable(String),
}
