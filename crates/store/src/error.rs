use std::path::PathBuf;

use letscode_model::{NewSubmission, ProblemId, SubmissionId, SubmissionStatus};
use sqlx::sqlite::SqliteError;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the submission {0} is already stored")]
    DuplicateSubmission(SubmissionId),
    #[error("there is no submission {0}")]
    UnknownSubmission(SubmissionId),
    #[error("the problem `{0}` exists already")]
    ProblemExists(ProblemId),
    #[error("there is no problem `{0}`")]
    UnknownProblem(ProblemId),
    #[error("`{0:?}` needs a verdict: a submission becomes final only together with its judgement")]
    StatusNeedsVerdict(SubmissionStatus),
    /// The user was erased after the work began that is to be stored.
    #[error("its user was erased")]
    ErasedUser,
    #[error(
        "this is the only admin: make another account an admin first, so that somebody can manage the \
         service"
    )]
    LastAdmin,
    #[error("the account has submissions of as many browsers as one may have")]
    TooManyClaims,
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
        /// The attempted action, as a verb: "create", "read", …
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("invalid database address: {reason}")]
    Address { reason: String },
    #[error("the database at {place} does not answer: {source}")]
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
    /// Returns true if the disk is full; there may be room again in a moment.
    pub fn is_full(&self) -> bool {
        let StoreError::Database(sqlx::Error::Database(refusal)) = self else {
            return false;
        };
        let code = refusal.code();
        match refusal.try_downcast_ref::<SqliteError>() {
            Some(_) => code.is_some_and(|code| code == SQLITE_FULL),
            None => code.is_some_and(|code| code == POSTGRES_DISK_FULL),
        }
    }

    /// Returns true if the database is out of reach or full, and may be back in a moment.
    pub fn is_outage(&self) -> bool {
        use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut};
        match self {
            error if error.is_full() => true,
            StoreError::Unreachable { .. } => true,
            StoreError::Database(Io(_) | PoolTimedOut | PoolClosed) => true,
            // Classes 08 (connection) and 57P (shutting down or starting), and too many connections.
            StoreError::Database(Database(refusal)) => refusal.code().is_some_and(|code| {
                code.starts_with("08") || code.starts_with("57P") || code == "53300"
            }),
            _ => false,
        }
    }

    /// Explains why a submission could not be inserted.
    pub(crate) fn on_insert(error: sqlx::Error, new: &NewSubmission) -> Self {
        match &error {
            sqlx::Error::Database(refusal) if refusal.is_unique_violation() => {
                StoreError::DuplicateSubmission(new.id)
            }
            sqlx::Error::Database(refusal) if refusal.is_foreign_key_violation() => {
                StoreError::UnknownProblem(new.problem_id.clone())
            }
            _ => StoreError::Database(error),
        }
    }

    /// Fails if nothing was inserted, because the account is gone that it would be of.
    pub(crate) fn require_owner(inserted: u64) -> Result<(), Self> {
        match inserted {
            0 => Err(StoreError::ErasedUser),
            _ => Ok(()),
        }
    }

    /// Fails for a final status, which only comes with a judgement.
    pub(crate) fn reject_final(status: SubmissionStatus) -> Result<(), Self> {
        if status.is_final() {
            return Err(StoreError::StatusNeedsVerdict(status));
        }
        Ok(())
    }

    /// Makes a closure for `map_err` that adds the attempted action and the path to an I/O error.
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
