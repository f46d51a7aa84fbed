use letscode_model::{MAX_DRAFT_BYTES, MAX_INPUT_BYTES, MAX_SOURCE_BYTES, UserId};
use letscode_queue::QueueError;
use letscode_store::StoreError;

/// Everything that a request can be refused for. `problem.rs` says what each is over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{reason}")]
    InvalidJson {
        field: Option<String>,
        reason: String,
    },
    #[error("{reason}")]
    InvalidParameter { reason: String },
    #[error("`{language}` is not a language here; there are: {known}")]
    UnknownLanguage { language: String, known: String },
    #[error("{name} cannot be used here at present: {reason}")]
    LanguageUnavailable { name: String, reason: String },
    #[error("there is no problem `{0}`")]
    UnknownProblem(String),
    #[error("there is no code to run: it is empty, or nothing but white space")]
    EmptySource,
    #[error("the code has {0} bytes, and {MAX_SOURCE_BYTES} are allowed")]
    SourceTooLarge(usize),
    #[error("the draft has {0} bytes, and {MAX_DRAFT_BYTES} are compiled ahead")]
    DraftTooLarge(usize),
    #[error("the input has {0} bytes, and {MAX_INPUT_BYTES} are allowed")]
    InputTooLarge(usize),
    #[error("the body has more than the {0} bytes that are allowed here")]
    BodyTooLarge(usize),
    #[error("the code has a NUL character at byte {0}, and no program text has one")]
    SourceHasNul(usize),
    #[error(
        "a user id is 1 to {max} bytes of text without control characters",
        max = UserId::MAX_BYTES
    )]
    InvalidUserId,
    #[error("a submission id is a UUID, such as 550e8400-e29b-41d4-a716-446655440000")]
    InvalidSubmissionId,
    #[error("there is nothing at this address")]
    NotFound,
    #[error("there is no submission with this id")]
    SubmissionNotFound,
    #[error("this address does not take {0} requests")]
    MethodNotAllowed(String),
    #[error("send JSON, with the header `Content-Type: application/json`")]
    UnsupportedMediaType,
    #[error("this address speaks WebSocket: {0}")]
    UpgradeRequired(String),
    #[error("the body did not arrive in {0} seconds")]
    BodyTimeout(u64),
    #[error("the body broke off")]
    BodyBrokenOff,
    #[error("{limit} jobs are waiting already; nothing was accepted, so try again later")]
    QueueFull { limit: u32 },
    #[error(
        "{limit} jobs of this user are waiting already; nothing was accepted, so try again later"
    )]
    UserQueueFull { limit: u32 },
    #[error("{0} hints a minute are taken of one user")]
    TooManyHints(u32),
    #[error("no worker has reported yet; nothing was accepted, so try again later")]
    NoWorker,
    #[error("{0}")]
    Overloaded(&'static str),
    #[error("this user has as many WebSockets open as one user may: {0}")]
    TooManySockets(usize),
    #[error("the service cannot do its work: {0}")]
    NotReady(&'static str),
    #[error("a fault of ours; it was logged, and repeating the request may work")]
    Internal,
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::InvalidCursor => ApiError::InvalidParameter {
                reason: format!("`cursor`: {error}"),
            },
            StoreError::UnknownProblem(id) => ApiError::UnknownProblem(id.to_string()),
            error if error.is_full() => {
                tracing::error!(%error, "the store is full");
                ApiError::NotReady("the store has no room left")
            }
            error if error.is_outage() => {
                tracing::error!(%error, "the store is away");
                ApiError::NotReady("the store does not answer")
            }
            error => internal("the store failed", &error),
        }
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full { limit } => ApiError::QueueFull { limit },
            QueueError::UserFull { limit } => ApiError::UserQueueFull { limit },
            QueueError::Unavailable(error) => {
                tracing::error!(error, "the queue is away");
                ApiError::NotReady("the queue does not answer")
            }
            error => internal("the queue failed", &error),
        }
    }
}

/// Logs what a stranger is not told.
pub(crate) fn internal(what: &'static str, error: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(%error, "{what}");
    ApiError::Internal
}
