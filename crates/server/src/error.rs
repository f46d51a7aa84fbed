use letscode_model::{
    InvalidSpec, MAX_DRAFT_BYTES, MAX_INPUT_BYTES, MAX_SOURCE_BYTES, UserId, UserSecret,
};
use letscode_queue::QueueError;
use letscode_store::{MAX_CLAIMS, StoreError};

/// Every reason to refuse a request. `error_response.rs` turns them into HTTP responses.
#[derive(Debug, Clone, PartialEq, Eq, strum::EnumIter, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{reason}")]
    InvalidJson {
        field: Option<String>,
        reason: String,
    },
    #[error("{reason}")]
    InvalidParameter { reason: String },
    #[error(transparent)]
    InvalidField(#[from] InvalidSpec),
    #[error("unknown language `{language}`; available: {available}")]
    UnknownLanguage { language: String, available: String },
    #[error("{name} is not available: {reason}")]
    LanguageUnavailable { name: String, reason: String },
    #[error("there is no problem `{0}`")]
    UnknownProblem(String),
    #[error("the problem `{0}` exists already; replace it with `PUT /api/problems/{0}`")]
    ProblemExists(String),
    #[error("the package is refused: {}", .0.join("; "))]
    PackageRefused(Vec<String>),
    #[error(
        "send a zip of the package, with the header `Content-Type: application/zip`, or a form \
         (`multipart/form-data`) with it in the field `file`"
    )]
    NotAnArchive,
    #[error("another package from this network address is being worked on; try again later")]
    TooManyUploads,
    #[error("this needs the operator's token: send it in the header `Authorization: Bearer …`")]
    AdminTokenRequired,
    #[error("this is not the operator's token")]
    WrongAdminToken,
    #[error(
        "only programs on the server's own machine may do this, and this request is refused because \
         {0}. The operator may allow others: start the service with --admin-token-file FILE (or \
         LETSCODE_ADMIN_TOKEN), and send the token in the header `Authorization: Bearer …`"
    )]
    NotLocal(&'static str),
    #[error(
        "too many programs made system calls that are not allowed, so that no more are taken until \
         {until} (Unix time in seconds); an admin may lift this"
    )]
    AccountFlagged { until: i64 },
    #[error("the code is empty")]
    EmptySource,
    #[error("the code has {0} bytes; at most {MAX_SOURCE_BYTES} are allowed")]
    SourceTooLarge(usize),
    #[error("the code has {bytes} bytes; this problem allows at most {limit}")]
    SourceOverProblemLimit { bytes: usize, limit: u64 },
    #[error(
        "{0} MiB of source code from this network address were stored within a day, and no more are \
         allowed; try again tomorrow"
    )]
    TooMuchSource(u64),
    #[error("the draft has {0} bytes; at most {MAX_DRAFT_BYTES} are allowed")]
    DraftTooLarge(usize),
    #[error("the input has {0} bytes; at most {MAX_INPUT_BYTES} are allowed")]
    InputTooLarge(usize),
    #[error("the body is too large; at most {0} bytes are allowed here")]
    BodyTooLarge(usize),
    #[error("the code has a NUL character at byte {0}")]
    SourceHasNul(usize),
    #[error(
        "a user id is 1 to {max} bytes of text without control characters, invisible ones and \
         words of several scripts that look like others",
        max = UserId::MAX_BYTES
    )]
    InvalidUserId,
    #[error(
        "a secret is {min} to {max} visible ASCII characters",
        min = UserSecret::MIN_BYTES,
        max = UserSecret::MAX_BYTES
    )]
    InvalidSecret,
    #[error("this user has a secret: send it in the header `Authorization: Bearer …`")]
    SecretRequired,
    #[error(
        "this needs an API key, sent in the header `Authorization: Bearer lc_…`, or, where people \
         have accounts, a log-in"
    )]
    CredentialsRequired,
    #[error("this needs a log-in: an API key is not enough")]
    LoginRequired,
    #[error("this API key is {0}; the service's operator makes keys with `letscode key add`")]
    InvalidKey(&'static str),
    #[error("this API key lacks the scope `{0}`")]
    MissingScope(String),
    #[error("this is for the role `{0}`")]
    MissingRole(String),
    #[error("the problem `{0}` is another setter's; an admin may change it")]
    ForeignProblem(String),
    #[error("a submission has at most {0} links; end those that are there first")]
    TooManyLinks(i64),
    #[error("ids of accounts can't be stated: an API key never acts as somebody who logs in")]
    ForeignAccount,
    #[error("with a session, requests have to come from the service's own page")]
    CrossSite,
    #[error("the quota of this API key, {quota}, is used up; try again in {seconds} s")]
    QuotaUsedUp { quota: String, seconds: u64 },
    #[error("the name or the password is wrong")]
    WrongPassword,
    #[error("people log in with a password here: the operator has named no OpenID provider")]
    NoProvider,
    #[error(
        "the OpenID provider does not answer as it should; try again later, or log in with a password"
    )]
    ProviderUnavailable,
    #[error("the OpenID provider refused the log-in, or what it sent proves nothing")]
    ProviderRefused,
    #[error(
        "this log-in has expired, was begun in another browser, or was finished already; begin again"
    )]
    LoginExpired,
    #[error("this identity logs in as another account, or the account has {0} already")]
    IdentityTaken(i64),
    #[error("the account has no such identity")]
    IdentityNotFound,
    #[error("this is the only way to log in to the account: choose a password first")]
    LastWayIn,
    #[error(
        "this is the only admin: make another account an admin first, so that somebody can manage the \
         service"
    )]
    LastAdmin,
    #[error("there is no such invitation that can still be used")]
    InvitationNotFound,
    #[error("too many attempts; try again in {0} s")]
    TooManyAttempts(u64),
    #[error("{}", letscode_model::InvalidUserName)]
    InvalidUserName,
    #[error("{}", crate::InvalidPassword)]
    InvalidPassword,
    #[error("somebody has this name, or one that looks like it; choose another one")]
    NameTaken,
    #[error("registration is by invitation: send a code that was not used, before it expires")]
    NotInvited,
    #[error("registration is closed: the service's operator makes accounts")]
    RegistrationClosed,
    #[error("there is no such account")]
    AccountNotFound,
    #[error("there is no such key that is not revoked")]
    KeyNotFound,
    #[error("{0} keys of this account are valid, and no more are allowed; revoke one first")]
    TooManyKeys(i64),
    #[error("the account has the submissions of {0} browsers, and can't claim those of another")]
    TooManyClaims(i64),
    #[error("this service has no accounts: its operator starts it with `--auth accounts` for them")]
    NoAccounts,
    #[error("a submission id is a UUID, such as 550e8400-e29b-41d4-a716-446655440000")]
    InvalidSubmissionId,
    #[error("a run's id is a UUID, such as 550e8400-e29b-41d4-a716-446655440000")]
    InvalidRunId,
    #[error(
        "no run with this id is kept: it was not asked for with `keepFor`, or its time is over"
    )]
    RunNotFound,
    #[error("a batch has at most {0} lines")]
    TooManyLines(usize),
    #[error("send lines of JSON, with the header `Content-Type: application/x-ndjson`")]
    NotLines,
    #[error("send the body as it is: the content encoding `{0}` is not accepted")]
    EncodedBody(String),
    #[error("this `Idempotency-Key` was used with another body")]
    KeyReused,
    #[error("the run was cancelled")]
    RunCancelled,
    #[error("the submission is judged already; a verdict can't be cancelled")]
    SubmissionFinished,
    #[error("say `cancel=true`: submissions can be cancelled, and not deleted")]
    OnlyCancel,
    #[error("the problem `{0}` was never judged again")]
    NeverRejudged(String),
    #[error("there is nothing at this address")]
    NotFound,
    #[error("there is no submission with this id")]
    SubmissionNotFound,
    #[error("this address does not accept {0} requests")]
    MethodNotAllowed(String),
    #[error("send JSON, with the header `Content-Type: application/json`")]
    UnsupportedMediaType,
    #[error("this address expects a WebSocket: {0}")]
    UpgradeRequired(String),
    #[error("the body did not arrive within {0} seconds")]
    BodyTimeout(u64),
    #[error("the body arrived too slowly")]
    BodyTooSlow,
    #[error("the body ended early")]
    BodyBrokenOff,
    #[error("the queue is full: {limit} jobs are waiting; try again later")]
    QueueFull { limit: u32 },
    #[error("{limit} jobs of this user are waiting already; try again later")]
    UserQueueFull { limit: u32 },
    #[error("{limit} jobs from this network address are waiting already; try again later")]
    AddressQueueFull { limit: u32 },
    #[error("at most {0} hints a minute are accepted from one user")]
    TooManyHints(u32),
    #[error("too many requests: {limit}; try again in {seconds} s")]
    RateLimited { limit: String, seconds: u64 },
    #[error("no worker is connected; try again later")]
    NoWorker,
    #[error("{0}")]
    Overloaded(&'static str),
    #[error("{0} WebSockets are open from this address, and no more are allowed")]
    TooManySocketsOfAddress(usize),
    #[error("too many programs of this address are analysed at once; try again later")]
    TooManyAnalyses,
    #[error(
        "this server is for its own machine, and has no such name; an operator may allow it with \
         --allowed-host"
    )]
    ForeignHost,
    #[error("pages of other sites may not open WebSockets here")]
    ForeignOrigin,
    #[error("this user has {0} WebSockets open, and no more are allowed")]
    TooManySockets(usize),
    #[error("the service is not ready: {0}")]
    NotReady(&'static str),
    #[error("internal error; it was logged, and trying again may work")]
    Internal,
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::InvalidCursor => ApiError::InvalidParameter {
                reason: format!("`cursor`: {error}"),
            },
            StoreError::LastAdmin => ApiError::LastAdmin,
            StoreError::TooManyClaims => ApiError::TooManyClaims(MAX_CLAIMS),
            StoreError::UnknownProblem(id) => ApiError::UnknownProblem(id.to_string()),
            StoreError::ErasedUser => ApiError::CredentialsRequired,
            error if error.is_full() => {
                tracing::error!(%error, "the store is full");
                ApiError::NotReady("the store has no room left")
            }
            error if error.is_outage() => {
                tracing::error!(%error, "the store is unavailable");
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
            QueueError::ShareFull { limit } => ApiError::AddressQueueFull { limit },
            QueueError::Unavailable(error) => {
                tracing::error!(error, "the queue is unavailable");
                ApiError::NotReady("the queue does not answer")
            }
            error => internal("the queue failed", &error),
        }
    }
}

/// Logs an error whose details no client may see.
pub(crate) fn internal(context: &'static str, error: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(%error, "{context}");
    ApiError::Internal
}
