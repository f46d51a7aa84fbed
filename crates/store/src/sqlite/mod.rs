//! The store of one machine: SQLite beside the package trees, in one data folder.
//!
//! `letscode.db` (WAL), `packages/`, `locks/`. One connection writes, and writes that wait for it share
//! a transaction (`writer.rs`); transactions that read before they write begin IMMEDIATE, since a read
//! lock that is upgraded later can fail without waiting. A few more connections read.
//! `synchronous=FULL` makes each commit survive a power failure.

mod audit;
mod connections;
mod problems;
mod progress;
mod rejudges;
mod rows;
mod submissions;
mod upkeep;
mod writer;
mod writes;

use std::collections::HashSet;
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{
    Judgement, JudgementKey, NewSubmission, PartialResults, ProblemDetail, ProblemId,
    ProblemRejudge, ProblemSummary, Submission, SubmissionId, SubmissionStatus, UserId,
};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::blocking::blocking;
use crate::clock::SteadyClock;
use crate::migrations::{self, Migration};
use crate::packages::PackageTrees;
use crate::{
    CancelledJudgement, ClientVerdict, JudgeInput, OpenSubmission, PackageDigest, ProblemPackage,
    ProblemRecord, ReopenedSubmission, ServeLock, Store, StoreError, SubmissionFilter,
    SubmissionPage, folder_locks, old_users,
};
use progress::ProgressTable;
use writer::{GroupWriter, PendingWrite};
use writes::FinishedJudgement;

const DATABASE: &str = "letscode.db";
const READERS: u32 = 4;
/// Bound on the wait of a write for one of another process (`problem import`).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Ids that may be those of [`old_users`].
const OLD_USERS: &str =
    "SELECT DISTINCT user_id FROM submissions WHERE user_id >= 'web-' AND user_id < 'web.'";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// The store in one data folder. Cheap to clone: all clones share the connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    data: PathBuf,
    /// One connection, for rare writes; submissions and judgements go through `group`.
    writer: SqlitePool,
    group: GroupWriter,
    progress: Arc<ProgressTable>,
    readers: SqlitePool,
    checkpoints: SqlitePool,
    packages: PackageTrees,
    clock: SteadyClock,
}

impl SqliteStore {
    /// Opens the store in a data folder, which is made (for its owner only) when it is not there,
    /// and brings the database up to date. Several processes may have one folder open.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        let data = data.to_owned();
        let folder = data.clone();
        // One process at a time: SQLite has no lock that spans all migrations.
        let _lock = blocking(move || {
            create_folders(&folder)?;
            make_private(&folder)?;
            folder_locks::acquire(&folder, "open")
        })
        .await?;
        let options = connect_options(&data);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            // Checkpoints run on a connection of their own, beside the writes.
            .connect_with(options.clone().pragma("wal_autocheckpoint", "0"))
            .await?;
        MIGRATIONS.run(&writer).await?;
        let old_ids: Vec<String> = sqlx::query_scalar(OLD_USERS).fetch_all(&writer).await?;
        let transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        old_users::move_to_public_ids(transaction, old_ids).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options.clone().pragma("query_only", "1"))
            .await?;
        let checkpoints = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options);
        let progress = Arc::new(ProgressTable::default());
        let store = SqliteStore {
            packages: PackageTrees::under(&data),
            clock: SteadyClock::start(),
            data,
            group: GroupWriter::start(writer.clone(), checkpoints.clone(), progress.clone()),
            writer,
            checkpoints,
            progress,
            readers,
        };
        for open in store.read_open().await? {
            store.progress.begin(open.key());
        }
        Ok(store)
    }

    /// Returns the migrations of a database and their state. Changes nothing.
    pub async fn migrations(data: &Path) -> Result<Vec<Migration>, StoreError> {
        let options = connect_options(data).create_if_missing(false);
        let mut applied: Vec<(i64, String)> = Vec::new();
        if data.join(DATABASE).exists() {
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options.pragma("query_only", "1"))
                .await?;
            applied =
                sqlx::query_as("SELECT version, description FROM _sqlx_migrations WHERE success")
                    .fetch_all(&pool)
                    .await?;
            pool.close().await;
        }
        Ok(migrations::compare(&MIGRATIONS, &applied))
    }

    /// Makes this the one process that serves the data folder, or fails with
    /// [`StoreError::AlreadyServed`]. To be called before any judging starts: it removes the
    /// package trees that no problem refers to any more.
    pub async fn lock_for_serving(&self) -> Result<ServeLock, StoreError> {
        let data = self.data.clone();
        let lock = blocking(move || folder_locks::acquire_serving(&data)).await?;
        self.sweep_packages().await?;
        Ok(lock)
    }

    /// Closes all connections; the write-ahead log is folded into the database.
    pub async fn close(&self) {
        self.checkpoints.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn sweep_packages(&self) -> Result<(), StoreError> {
        let packages = self.packages.clone();
        let lock = blocking(move || packages.acquire_lock()).await?;
        // Read under the lock: no import is between its tree and its row.
        let referenced: HashSet<(String, String)> = self.package_keys().await?;
        let packages = self.packages.clone();
        blocking(move || {
            let _lock = lock;
            packages.sweep(&referenced)
        })
        .await
    }
}

fn create_folders(data: &Path) -> Result<(), StoreError> {
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    for folder in [data, &data.join("locks"), &data.join("packages")] {
        private
            .create(folder)
            .map_err(StoreError::io("create", folder))?;
    }
    Ok(())
}

/// Makes the database readable by its owner alone, whatever the umask is: it has everybody's sources.
/// The files that SQLite makes beside it get the same rights.
fn make_private(data: &Path) -> Result<(), StoreError> {
    let path = data.join(DATABASE);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let file = options.open(&path);
    file.map_err(StoreError::io("create", &path))?;
    for name in [DATABASE, "letscode.db-wal", "letscode.db-shm"] {
        let path = data.join(name);
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_file() && metadata.mode() & 0o077 != 0 {
            fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(StoreError::io("protect", &path))?;
        }
    }
    Ok(())
}

fn connect_options(data: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(data.join(DATABASE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

#[async_trait]
impl Store for SqliteStore {
    async fn insert_submission(&self, new: &NewSubmission) -> Result<(), StoreError> {
        let write = PendingWrite::Submission(new.clone());
        self.group.write(write).await.map(drop)
    }

    async fn insert_client_result(
        &self,
        new: &NewSubmission,
        result: &ClientVerdict,
    ) -> Result<(), StoreError> {
        let write = PendingWrite::ClientVerdict(new.clone(), result.clone());
        self.group.write(write).await.map(drop)
    }

    async fn is_trusted(&self, user: &UserId) -> Result<bool, StoreError> {
        self.read_is_trusted(user).await
    }

    async fn submission(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError> {
        self.read_submission(id).await
    }

    async fn new_submission(&self, id: SubmissionId) -> Result<Option<NewSubmission>, StoreError> {
        self.read_new_submission(id).await
    }

    async fn set_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        self.update_status(id, status)
    }

    async fn record_results(
        &self,
        id: SubmissionId,
        results: &PartialResults,
    ) -> Result<bool, StoreError> {
        Ok(self.progress.set_results(id, results.clone()))
    }

    async fn finish_judgement(
        &self,
        key: JudgementKey,
        problem_version: Option<&PackageDigest>,
        judgement: &Judgement,
    ) -> Result<bool, StoreError> {
        let write = PendingWrite::Judgement(FinishedJudgement {
            key,
            problem_version: problem_version.cloned(),
            judgement: judgement.clone(),
        });
        self.group.write(write).await
    }

    async fn cancel_judgement(&self, id: SubmissionId) -> Result<CancelledJudgement, StoreError> {
        self.write_cancelled(id).await
    }

    async fn reopen(&self, id: SubmissionId) -> Result<ReopenedSubmission, StoreError> {
        self.open_again(id).await
    }

    async fn rejudge_problem(&self, id: &ProblemId) -> Result<ProblemRejudge, StoreError> {
        self.request_rejudges(id).await
    }

    async fn problem_rejudge(&self, id: &ProblemId) -> Result<Option<ProblemRejudge>, StoreError> {
        self.read_rejudge(id).await
    }

    async fn next_rejudges(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        self.open_due().await
    }

    async fn judge_input(&self, id: SubmissionId) -> Result<Option<JudgeInput>, StoreError> {
        self.read_judge_input(id).await
    }

    async fn open_submissions(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        self.read_open().await
    }

    async fn count_attempt(&self, id: SubmissionId) -> Result<u32, StoreError> {
        self.add_to_attempts(id, 1).await
    }

    async fn discount_attempt(&self, id: SubmissionId) -> Result<(), StoreError> {
        self.add_to_attempts(id, -1).await.map(drop)
    }

    async fn delete_submissions(&self, before: i64, limit: u32) -> Result<u64, StoreError> {
        self.delete_old(before, limit).await
    }

    async fn list_submissions(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError> {
        self.read_page(filter).await
    }

    async fn import_problem(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError> {
        self.import(folder, detail, true).await
    }

    async fn add_problem(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError> {
        self.import(folder, detail, false).await
    }

    async fn remove_problem(&self, id: &ProblemId) -> Result<bool, StoreError> {
        self.remove(id).await
    }

    async fn problem_records(&self) -> Result<Vec<ProblemRecord>, StoreError> {
        self.read_records().await
    }

    async fn problems(&self) -> Result<Vec<ProblemSummary>, StoreError> {
        self.read_summaries().await
    }

    async fn problem(&self, id: &ProblemId) -> Result<Option<ProblemDetail>, StoreError> {
        self.read_detail(id).await
    }

    async fn problem_package(&self, id: &ProblemId) -> Result<Option<ProblemPackage>, StoreError> {
        self.read_package(id).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }
}
