use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use letscode_model::{
    Event, Job, Judgement, JudgementKey, Lane, NewSubmission, PartialResults, ProblemDetail,
    ProblemId, ProblemRejudge, ProblemSummary, StatusUpdate, Submission, SubmissionId,
    SubmissionStatus, SubmissionSummary, TurnTerms, UserId, VerdictSummary,
};

use crate::{
    AccessStore, AccountStore, AttemptStore, AuditStore, BrowserStore, HistoryStore, IdentityStore,
    KeyStore, SessionStore, StoreError,
};

/// Largest number of submissions on one page.
pub const MAX_PAGE_SIZE: u32 = 100;

/// Rejudges that are open at once. Others wait in the store, and so take no place in the queue.
pub const MAX_OPEN_REJUDGES: u32 = 64;

/// The source of truth: submissions with their verdicts, and problems; with its supertraits also who
/// may use the service.
#[async_trait]
pub trait Store:
    AuditStore
    + AccessStore
    + AccountStore
    + AttemptStore
    + BrowserStore
    + HistoryStore
    + IdentityStore
    + KeyStore
    + SessionStore
{
    /// Inserts a submission with status `Queued`. It survives a power failure once this returns.
    async fn insert_submission(&self, new: &NewSubmission) -> Result<(), StoreError>;

    /// Inserts a submission that came with its browser's own result, on a problem that accepts results
    /// of browsers. The caller has decided if this one is trusted.
    ///
    /// A trusted result is final at once, verified by the client. With an unverified one the submission
    /// is `Queued`; if [`Store::finish`] refutes a result of Accepted, the user loses the trust in the
    /// same transaction.
    async fn insert_client_result(
        &self,
        new: &NewSubmission,
        result: &ClientVerdict,
    ) -> Result<(), StoreError>;

    /// Returns true unless a result of this user's browser was refuted.
    async fn is_trusted(&self, user: &UserId) -> Result<bool, StoreError>;

    /// Returns a submission with its status, and its verdict and test results once it has them.
    async fn submission(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError>;

    /// Returns a submission as it was inserted, source included.
    async fn new_submission(&self, id: SubmissionId) -> Result<Option<NewSubmission>, StoreError>;

    /// Returns all that is needed to judge a submission; `None` when no judgement is open, or the
    /// submission is unknown.
    async fn judge_input(&self, id: SubmissionId) -> Result<Option<JudgeInput>, StoreError>;

    /// Sets the progress of judging. It is not durable: after a crash the status may be `Queued` again,
    /// and the submission is judged from the start. Returns false and changes nothing when the
    /// submission is final already or unknown; fails when `status` itself is a final one (see
    /// [`Store::finish`]).
    async fn set_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError>;

    /// Replaces the results so far of the judgement that goes on. Not durable, as a status. Returns
    /// false and changes nothing when that judgement is not open.
    async fn record_results(
        &self,
        id: SubmissionId,
        results: &PartialResults,
    ) -> Result<bool, StoreError>;

    /// Ends an open judgement: `Failed` for an Internal Error, `Completed` for any other verdict.
    /// The first result wins: if the judgement has ended already this returns `Ok(false)` and changes
    /// nothing. It survives a power failure once this returns. Publish no verdict before, or it could
    /// be another one after a crash.
    ///
    /// From now on it is the submission's; judgements before it stay readable.
    async fn finish_judgement(
        &self,
        key: JudgementKey,
        problem_version: Option<&PackageDigest>,
        judgement: &Judgement,
    ) -> Result<bool, StoreError>;

    /// Ends the first judgement of a submission: [`Store::finish_judgement`] without a version.
    async fn finish(&self, id: SubmissionId, judgement: &Judgement) -> Result<bool, StoreError> {
        let key = JudgementKey::first_of(id);
        self.finish_judgement(key, None, judgement).await
    }

    /// Ends the open judgement of a submission without a verdict. A verdict that an earlier one came to
    /// remains the submission's. Durable like a verdict, and comes before or after it, never with it.
    async fn cancel_judgement(&self, id: SubmissionId) -> Result<CancelledJudgement, StoreError>;

    /// Opens another judgement of a submission. One that is open already stays the only one.
    async fn reopen(&self, id: SubmissionId) -> Result<ReopenedSubmission, StoreError>;

    /// Requests another judgement of all submissions to a problem, except of those that were cancelled.
    /// [`Store::next_rejudges`] opens them. One that is open waits for its end, and needs no other
    /// if that one was with the present package. While such a rejudge goes on, no other begins.
    async fn rejudge_problem(&self, id: &ProblemId) -> Result<ProblemRejudge, StoreError>;

    /// Returns the last rejudge of a problem.
    async fn problem_rejudge(&self, id: &ProblemId) -> Result<Option<ProblemRejudge>, StoreError>;

    /// Opens the next rejudges that were requested, oldest submission first, as long as fewer than
    /// [`MAX_OPEN_REJUDGES`] are open. The caller queues them.
    async fn next_rejudges(&self) -> Result<Vec<OpenSubmission>, StoreError>;

    /// Returns every submission with an open judgement, oldest first: those must be queued again after
    /// a restart.
    async fn open_submissions(&self) -> Result<Vec<OpenSubmission>, StoreError>;

    /// Counts an attempt to judge a submission that was found open at a start, and returns the number of
    /// them: a submission that ends its service each time would be judged for ever otherwise.
    async fn count_attempt(&self, id: SubmissionId) -> Result<u32, StoreError>;

    /// Takes back an attempt that failed for no fault of the submission's.
    async fn discount_attempt(&self, id: SubmissionId) -> Result<(), StoreError>;

    /// Deletes the oldest final submissions that came before a time, in Unix milliseconds: at most
    /// `limit` of them, with all that belongs to them. Returns how many. Those that show why a user is
    /// not trusted any more are kept.
    async fn delete_submissions(&self, before: i64, limit: u32) -> Result<u64, StoreError>;

    /// Returns matching submissions, newest first. Pages are stable: new submissions appear on a new
    /// first page, never twice and never in the middle.
    async fn list_submissions(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError>;

    /// Copies a problem package (a folder) into the store and replaces the problem of that id, or
    /// adds it. Readers see the old package or the new one, never a mixture. Importing the same
    /// again changes nothing.
    ///
    /// Copies regular files, and symbolic links that stay inside the folder as what they point to,
    /// without any `.git`; anything else is a [`StoreError::Package`].
    async fn import_problem(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError>;

    /// Does the same as [`Store::import_problem`] for a new problem; fails with
    /// [`StoreError::ProblemExists`] if there is one of that id.
    async fn add_problem(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError>;

    /// Removes a problem; false if there is none. It is no longer listed, and takes no submissions.
    /// Its submissions stay, and those that are open are judged: for them its package is kept until the
    /// last one is deleted.
    async fn remove_problem(&self, id: &ProblemId) -> Result<bool, StoreError>;

    /// Returns all problems by id, with what operators want to know of them.
    async fn problem_records(&self) -> Result<Vec<ProblemRecord>, StoreError>;

    /// Returns all problems by id.
    async fn problems(&self) -> Result<Vec<ProblemSummary>, StoreError>;

    async fn problem(&self, id: &ProblemId) -> Result<Option<ProblemDetail>, StoreError>;

    /// Returns a local folder with the problem's package, to judge from. It is not changed or removed
    /// while the returned value lives, even when the problem is replaced.
    async fn problem_package(&self, id: &ProblemId) -> Result<Option<ProblemPackage>, StoreError>;

    /// Checks that the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// The result that a browser reported with a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientVerdict {
    /// The result is the final judgement.
    Trusted(Judgement),
    /// The server judges, and compares the verdicts.
    Unverified(VerdictSummary),
}

/// Hash of a package's contents: BLAKE3, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackageDigest(pub(crate) String);

impl PackageDigest {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PackageDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A problem package as a local folder whose name is the problem's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemPackage {
    /// Changes whenever the contents do: a cache key for everything made from the package.
    pub digest: PackageDigest,
    pub dir: PathBuf,
    /// The folder is not removed while this lives.
    pub(crate) guard: PackageGuard,
}

/// Keeps a package's folder in the cache, where there is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackageGuard(#[expect(dead_code, reason = "it is counted")] Option<Arc<()>>);

impl PackageGuard {
    pub fn on(users: &Arc<()>) -> Self {
        PackageGuard(Some(users.clone()))
    }
}

/// All guards are equal, so that packages compare by their contents.
impl PartialEq for PackageGuard {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for PackageGuard {}

/// A problem, as operators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemRecord {
    pub summary: ProblemSummary,
    pub digest: PackageDigest,
    /// Size of all files of the package.
    pub bytes: u64,
    pub submissions: u64,
    /// Unix time in milliseconds.
    pub imported_at: i64,
}

/// A submission and the package to judge it with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgeInput {
    pub submission: NewSubmission,
    /// Number of the open judgement.
    pub judgement: u32,
    pub package: ProblemPackage,
}

/// A submission with an open judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSubmission {
    pub id: SubmissionId,
    /// Number of the open judgement.
    pub judgement: u32,
    pub user_id: UserId,
    pub is_custom_test: bool,
    /// Terms on which its client waits; the default where no client does.
    pub terms: TurnTerms,
}

impl OpenSubmission {
    pub fn key(&self) -> JudgementKey {
        JudgementKey {
            submission_id: self.id,
            number: self.judgement,
        }
    }

    /// Returns the job that judges it.
    pub fn to_job(&self) -> Job {
        Job::Judge {
            submission_id: self.id,
            judgement: self.judgement,
            user_id: self.user_id.clone(),
            lane: Lane::of_judgement(self.judgement, self.is_custom_test),
            terms: TurnTerms {
                is_recovered: true,
                ..self.terms.clone()
            },
        }
    }

    /// Returns the event that the judgement begins.
    pub fn begin_event(&self) -> Event {
        Event::StatusUpdate(StatusUpdate::new(self.key(), SubmissionStatus::Queued))
    }
}

/// A submission after [`Store::reopen`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReopenedSubmission {
    pub submission: OpenSubmission,
    /// False if a judgement was open already.
    pub is_new: bool,
}

/// Result of [`Store::cancel_judgement`], with the number of the newest judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelledJudgement {
    Cancelled(u32),
    /// It was cancelled before.
    Before(u32),
    /// It has ended with a verdict.
    Finished(u32),
}

/// Selects the submissions that [`Store::list_submissions`] returns. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct SubmissionFilter {
    pub user_id: Option<UserId>,
    pub problem_id: Option<ProblemId>,
    /// [`SubmissionPage::next_cursor`] of the page before.
    pub cursor: Option<String>,
    /// Size of the page, clamped to 1..=[`MAX_PAGE_SIZE`]; the largest when absent.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionPage {
    pub submissions: Vec<SubmissionSummary>,
    /// Opaque; absent on the last page.
    pub next_cursor: Option<String>,
}
