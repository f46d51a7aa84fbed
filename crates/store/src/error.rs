use std::path::PathBuf;

use letscode_model::{ProblemId, SubmissionId, SubmissionStatus};
use sqlx::sqlite::SqliteError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the submission {0} is already stored")]
    DuplicateSubmission(SubmissionId),
    #[error("there is no submission {0}")]
    UnknownSubmission(SubmissionId),
    #[error("there is no problem `{0}`")]
    UnknownProblem(ProblemId),
    #[error("`{0:?}` needs a verdict: a submission becomes final only together with its judgement")]
    StatusNeedsVerdict(SubmissionStatus),
    #[error("the store is closed")]
    Closed,
    /// The cursor was not made by this store.
    #[error("the cursor is not one that a page of submissions ended with")]
    InvalidCursor,
    #[error("cannot take the problem package `{}`: {reason}", path.display())]
    Package { path: PathBuf, reason: String },
    #[error(
        "the data folder `{}` is in use by another `letscode`; stop that one first, or choose another folder with --data", path.display()
    )]
    AlreadyServed { path: PathBuf },
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb: "create", "read", …
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the database's address can't be read: {reason}")]
    Address { reason: String },
    #[error("there is no answer from the database at {place}: {source}")]
    Unreachable { place: String, source: sqlx::Error },
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row that this version cannot read.
    #[error("the database holds {what} that cannot be read: {reason}")]
    Corrupt { what: &'static str, reason: String },
}

const SQLITE_FULL: &str = "13";
const POSTGRES_DISK_FULL: &str = "53100";

impl StoreError {
    /// Whether there is no room for what was to be written; there may be some in a moment.
    pub fn is_full(&self) -> bool {
        let StoreError::Database(sqlx::Error::Database(said)) = self else {
            return false;
        };
        let code = said.code();
        match said.try_downcast_ref::<SqliteError>() {
            Some(_) => code.is_some_and(|code| code == SQLITE_FULL),
            None => code.is_some_and(|code| code == POSTGRES_DISK_FULL),
        }
    }

    /// Whether the database is out of reach or full, and may be back in a moment.
    pub fn is_outage(&self) -> bool {
        use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut};
        match self {
            error if error.is_full() => true,
            StoreError::Unreachable { .. } => true,
            StoreError::Database(Io(_) | PoolTimedOut | PoolClosed) => true,
            // Connections, shutting down or starting, and no room for another connection.
            StoreError::Database(Database(said)) => said.code().is_some_and(|code| {
                code.starts_with("08") || code.starts_with("57P") || code == "53300"
            }),
            _ => false,
        }
    }

    /// For `map_err`: an I/O error with what was tried and where.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.into();
        move |source| StoreError::Io {
            action,
            path,
            source,
        }
    }
}
