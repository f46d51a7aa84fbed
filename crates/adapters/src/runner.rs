//! The door from adapters to the service.

use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{
    InvalidSpec, JobId, KeptRun, KeyId, KeyQuota, LanguageInfo, RunBounds, RunReport, RunSpec,
    TextEncoding, TurnTerms, UserId,
};

/// Runs programs. The server has the implementation.
#[async_trait]
pub trait ProgramRunner: Send + Sync {
    /// Runs a program to its end. A program that fails is no error. Dropping the future cancels the
    /// run.
    async fn run(&self, spec: RunSpec, caller: &RunCaller) -> Result<RunReport, RunError>;

    /// Starts a run and returns at once. Its result is kept, sent, or both.
    async fn start(
        &self,
        spec: RunSpec,
        caller: &RunCaller,
        options: KeepOptions,
    ) -> Result<JobId, RunError>;

    /// Returns a run that is kept, if it is this user's. Where nothing proves who asks, who knows its id
    /// may have it.
    async fn kept_run(&self, id: JobId, owner: &UserId) -> Result<KeptRun, RunError>;

    /// Returns the languages of all workers.
    async fn languages(&self) -> Result<Vec<LanguageInfo>, RunError>;

    /// Returns the limits that a run may state, and those of one that states none.
    fn bounds(&self) -> &RunBounds;
}

/// Sender of a run: its turn in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCaller {
    pub user_id: UserId,
    pub terms: TurnTerms,
    /// The API key whose quota the run counts against.
    pub counted_key: Option<(KeyId, KeyQuota)>,
    pub patience: QueuePatience,
}

/// Reaction to a full queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueuePatience {
    /// [`RunError::Busy`].
    Refuse,
    /// Waits for a place for so long: for clients that take any refusal as a failure.
    Wait(Duration),
}

/// Use of the result of a run that nobody waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeepOptions {
    /// Time after its end for which [`ProgramRunner::kept_run`] returns it; at most
    /// `RunBounds::max_keep_for`.
    pub keep_for: Option<Duration>,
    /// Address that the service's own answer is sent to.
    pub callback_url: Option<String>,
    /// The spelling of bytes in that answer.
    pub encoding: TextEncoding,
}

/// A run that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The specification has a mistake: the client's, and trying again is of no use.
    #[error(transparent)]
    Invalid(#[from] InvalidSpec),
    #[error("unknown language `{language}`; available: {available}")]
    UnknownLanguage { language: String, available: String },
    /// The language is known, and no worker has its toolchain.
    #[error("{name} is not available: {reason}")]
    LanguageUnavailable { name: String, reason: String },
    /// The queue, or this client's share of it, is full.
    #[error("{reason}")]
    Busy {
        reason: String,
        retry_after: Duration,
    },
    /// No run with this id is kept.
    #[error("no run with this id is kept")]
    UnknownRun,
    #[error("the run was cancelled")]
    Cancelled,
    /// The service could not carry it out. It was logged, and trying again may work.
    #[error("{0}")]
    Unavailable(String),
}
