//! The vocabulary of Let'sCode.
//!
//! All other crates use these types, so a *verdict* is the same thing in the database, on the wire and
//! in the judge. Nothing in here does I/O, spawns, sleeps or is async.
//!
//! Absent on purpose: the sandbox's `Outcome`. The judge turns it into a [`Verdict`], and
//! [`SnippetOutcome`] is its public spelling for ad-hoc runs.

mod account;
mod activity;
mod address;
mod api_key;
mod audit;
mod denied_call;
mod erasure;
mod event;
mod hint;
mod job;
mod judgement;
mod language;
mod named_enum;
mod peers;
mod problem;
mod rate_quota;
mod role;
mod run;
mod secret;
mod share;
mod snippet;
mod status;
mod submission;
mod submission_id;
mod text;
mod user;
mod user_name;
mod verdict;
mod violation;

pub use account::{Account, AccountIdentity, Invitation, InvitationId};
pub use activity::{RunActivity, WatchMode, WatchedRate};
pub use address::ClientAddress;
pub use api_key::{ApiKey, InvalidQuota, KeyId, KeyNamespace, KeyOwner, KeyQuota, QuotaPeriod};
pub use audit::{AuditAction, AuditEntry, AuditEvent};
pub use denied_call::{DeniedCall, RunStage};
pub use erasure::UserTraces;
pub use event::{Event, FlagChanged, StatusUpdate, SystemStatus};
pub use hint::{Draft, Hint, MAX_DRAFT_BYTES};
pub use job::{Job, JobId, Lane};
pub use judgement::{
    JudgementKey, JudgementSummary, JudgingProgress, PartialResults, ProblemRejudge,
};
pub use language::{EditorInfo, LanguageId, LanguageInfo, LanguageStatus};
pub use peers::{PeerNames, PistonNames};
pub use problem::{
    InvalidProblemId, ProblemDetail, ProblemId, ProblemSample, ProblemSummary, Statement,
    StatementFormat, Trust,
};
pub use rate_quota::{InvalidRateQuota, RatePeriod, RateQuota};
pub use role::{KeyScope, Role};
pub use run::{
    ByteText, CheckerBody, CheckerProgram, CollectedFile, CompareBody, CompareName, CompareOptions,
    CompareRule, CompileAnswer, CompileOption, CompileReport, InvalidSpec, KeptRun, LimitCaps,
    LimitProfile, LimitSpec, LimitValues, LineRule, MAX_NAME_BYTES, OutputTruncation, RunAnswer,
    RunBody, RunBounds, RunFile, RunFileAnswer, RunFileBody, RunOutcome, RunReport, RunSpec,
    RunStatus, RunTest, RunTestBody, StageAnswer, StageReport, TestRunAnswer, TestRunReport,
    TextEncoding, TokenRule,
};
pub use secret::{RandomSecret, SecretHash};
pub use share::{InvalidShareHolder, ShareHolder, TurnTerms};
pub use snippet::{SnippetOutcome, SnippetReport};
pub use status::SubmissionStatus;
pub use submission::{NewSubmission, Strategy, Submission, SubmissionSummary};
pub use submission_id::SubmissionId;
pub use text::{imitating_word, plain_title, visible_text};
pub use user::{StatedUserId, UserId, UserSecret};
pub use user_name::{InvalidUserName, UserName};
pub use verdict::{
    Judgement, SCORE_TOLERANCE, TestResult, UnknownVerifier, Verdict, VerdictSummary, VerifiedBy,
};
pub use violation::{
    AccountFlag, FlagSubject, FlagSubjectKind, NewViolation, OutputExcerpt, Violation,
    ViolationEvidence, ViolationKind,
};

/// Largest source text that is accepted, in bytes (1 MiB).
pub const MAX_SOURCE_BYTES: usize = 1 << 20;

/// Largest standard input that is accepted with an ad-hoc run, in bytes (8 MiB).
pub const MAX_INPUT_BYTES: usize = 8 << 20;
