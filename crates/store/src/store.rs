use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use letscode_model::{
    Judgement, NewSubmission, ProblemDetail, ProblemId, ProblemSummary, Submission, SubmissionId,
    SubmissionStatus, SubmissionSummary, UserId, VerdictSummary,
};

use crate::StoreError;

/// The most submissions that one page holds.
pub const MAX_PAGE_SIZE: u32 = 100;

/// The source of truth: what was submitted, what became of it, and the problems.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a submission with status `Queued`. It survives a power failure once this returns.
    async fn insert_submission(&self, new: &NewSubmission) -> Result<(), StoreError>;

    /// The same for a submission that came with its browser's own verdict, on a problem that believes
    /// browsers. Whether this one is believed was decided before.
    ///
    /// A believed one is final at once, verified by the client. A checked one is `Queued`; when
    /// [`Store::finish`] makes it final and it was claimed to be Accepted and is not, its user is
    /// believed no more, in the same transaction.
    async fn insert_claimed(&self, new: &NewSubmission, claim: &Claim) -> Result<(), StoreError>;

    /// No claim of this user was ever found to be false.
    async fn is_believed(&self, user: &UserId) -> Result<bool, StoreError>;

    /// Where a submission stands, with its verdict and test results once it has them.
    async fn submission(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError>;

    /// What was submitted, source included, as the judge needs it.
    async fn new_submission(&self, id: SubmissionId) -> Result<Option<NewSubmission>, StoreError>;

    /// What is needed to judge a submission, all at once; `None` when it is final already, or unknown.
    async fn to_judge(&self, id: SubmissionId) -> Result<Option<ToJudge>, StoreError>;

    /// Says how far judging has come: for whoever looks, and not durable. After a crash it may be
    /// `Queued` again, as it is then judged from the start. `Ok(false)`, and nothing changed, when
    /// the submission is final already or unknown; an error when `status` itself is a final one (see
    /// [`Store::finish`]).
    async fn set_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError>;

    /// Makes a submission final: `Failed` for an Internal Error, `Completed` for any other verdict.
    /// The first judgement wins: for a submission that is final already this returns `Ok(false)`
    /// and changes nothing. It survives a power failure once this returns: nobody may be told of a
    /// verdict before, or it could be another one after a crash.
    async fn finish(&self, id: SubmissionId, judgement: &Judgement) -> Result<bool, StoreError>;

    /// Every submission that is not final, oldest first: what a restart has to queue again.
    async fn open_submissions(&self) -> Result<Vec<OpenSubmission>, StoreError>;

    /// Submissions that match, newest first. Pages are stable: what is submitted meanwhile shows
    /// up on a new first page, never twice and never in the middle.
    async fn list_submissions(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError>;

    /// Copies a problem package (a folder) into the store and replaces the problem of that id, or
    /// adds it. Readers see the old package or the new one, never a mixture. Importing the same
    /// again changes nothing.
    ///
    /// Taken are regular files and symbolic links that stay inside the folder (as what they point
    /// to), without any `.git`; anything else is a [`StoreError::Package`].
    async fn import_problem(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError>;

    /// All problems by id.
    async fn problems(&self) -> Result<Vec<ProblemSummary>, StoreError>;

    async fn problem(&self, id: &ProblemId) -> Result<Option<ProblemDetail>, StoreError>;

    /// A local folder with the problem's package, to judge from. It stays as it is even when the
    /// problem is replaced meanwhile, for as long as what is returned here lives.
    async fn problem_package(&self, id: &ProblemId) -> Result<Option<ProblemPackage>, StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// What a browser said of a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Its word is the judgement.
    Believed(Judgement),
    /// The server judges, and then compares.
    Checked(VerdictSummary),
}

/// Names the contents of a package: BLAKE3, in lower-case hexadecimal.
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
    /// Changes whenever the contents do: a key for what is compiled or parsed from it.
    pub digest: PackageDigest,
    pub dir: PathBuf,
    /// As long as it lives the folder stays.
    pub(crate) hold: Hold,
}

/// Keeps a package's folder from being removed to make room, where that may happen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hold(#[expect(dead_code, reason = "it is counted")] Option<Arc<()>>);

impl Hold {
    pub fn on(users: &Arc<()>) -> Self {
        Hold(Some(users.clone()))
    }
}

/// It says nothing about the package.
impl PartialEq for Hold {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Hold {}

/// A submission and what it is judged with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToJudge {
    pub submission: NewSubmission,
    pub package: ProblemPackage,
}

/// A submission that is not final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSubmission {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub is_custom_test: bool,
}

/// Which submissions [`Store::list_submissions`] shows. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct SubmissionFilter {
    pub user_id: Option<UserId>,
    pub problem_id: Option<ProblemId>,
    /// [`SubmissionPage::next_cursor`] of the page before.
    pub cursor: Option<String>,
    /// At most this many; 1 to [`MAX_PAGE_SIZE`], brought into that range; the most when absent.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionPage {
    pub submissions: Vec<SubmissionSummary>,
    /// Opaque; absent on the last page.
    pub next_cursor: Option<String>,
}
