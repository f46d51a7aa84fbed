//! The store of many machines: PostgreSQL, and a bounded folder of packages on each machine.
//!
//! Every change is one statement or one transaction, and returns when PostgreSQL has it on disk
//! (`synchronous_commit`, which the operator may weaken or strengthen with standbys). The progress of
//! judging is written through connections that do not wait for the disk.
//!
//! Two submissions that arrive at once may become visible in the reverse order of their numbers: a
//! page that is read in between may miss one that appears when the page is read again. None is on
//! two pages.

mod audit;
mod client_results;
mod connections;
mod packages;
mod problems;
mod rejudges;
mod rows;
mod submissions;
mod upkeep;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{
    Judgement, JudgementKey, NewSubmission, PartialResults, ProblemDetail, ProblemId,
    ProblemRejudge, ProblemSummary, Submission, SubmissionId, SubmissionStatus, UserId,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};

use crate::cache::PackageCache;
use crate::migrations::{self, Migration};
use crate::{
    CancelledJudgement, ClientVerdict, JudgeInput, OpenSubmission, PackageDigest, ProblemPackage,
    ProblemRecord, ReopenedSubmission, Store, StoreError, SubmissionFilter, SubmissionPage,
    old_users,
};

/// Connections of one process; PostgreSQL allows 100 by default, to all processes together.
const CONNECTIONS: u32 = 10;
const ASYNC_COMMIT_CONNECTIONS: u32 = 2;
/// Bound on the wait for a connection, also while the server is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Ids that may be those of [`old_users`].
const OLD_USERS: &str = "SELECT DISTINCT user_id FROM submissions WHERE user_id LIKE 'web-%'";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// The store in one PostgreSQL database. Cheap to clone: all clones share the connections.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    durable_pool: PgPool,
    /// Connections whose commits do not wait for the disk.
    async_commit_pool: PgPool,
    cache: PackageCache,
}

impl PostgresStore {
    /// Connects and migrates the database; of many processes that do so at once, one migrates while the
    /// others wait (sqlx takes an advisory lock). `data` is a folder of this process alone, in which
    /// at most `cache_bytes` of packages are cached, besides those in use.
    pub async fn open(url: &str, data: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        PostgresStore::open_at(&DatabaseAddress::parse(url)?, data, cache_bytes).await
    }

    /// Does the same at an address that was parsed before.
    pub async fn open_at(
        address: &DatabaseAddress,
        data: &Path,
        cache_bytes: u64,
    ) -> Result<Self, StoreError> {
        let DatabaseAddress(options) = address.clone();
        // Not from the pool: that would try again, and its error says less.
        let mut connection = connect(&options).await?;
        MIGRATIONS.run(&mut connection).await?;
        let old_ids: Vec<String> = sqlx::query_scalar(OLD_USERS)
            .fetch_all(&mut connection)
            .await?;
        old_users::move_to_public_ids(connection.begin().await?, old_ids).await?;
        connection.close().await?;
        let durable_pool = pool(CONNECTIONS).connect_lazy_with(options.clone());
        let async_commit = options.options([("synchronous_commit", "off")]);
        Ok(PostgresStore {
            durable_pool,
            async_commit_pool: pool(ASYNC_COMMIT_CONNECTIONS).connect_lazy_with(async_commit),
            cache: PackageCache::open(data, cache_bytes).await?,
        })
    }

    /// Returns the migrations of a database and their state. Changes nothing.
    pub async fn migrations(url: &str) -> Result<Vec<Migration>, StoreError> {
        let mut connection = connect(&DatabaseAddress::parse(url)?.0).await?;
        let is_new: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NULL")
            .fetch_one(&mut connection)
            .await?;
        let applied: Vec<(i64, String)> = if is_new {
            Vec::new()
        } else {
            sqlx::query_as("SELECT version, description FROM _sqlx_migrations WHERE success")
                .fetch_all(&mut connection)
                .await?
        };
        Ok(migrations::compare(&MIGRATIONS, &applied))
    }

    pub async fn close(&self) {
        self.async_commit_pool.close().await;
        self.durable_pool.close().await;
    }
}

/// Address of a database, and how to log in there.
#[derive(Clone)]
pub struct DatabaseAddress(PgConnectOptions);

impl fmt::Debug for DatabaseAddress {
    /// Formats it without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.get_host(), self.0.get_port())
    }
}

impl DatabaseAddress {
    /// Parses a `postgres://` URL. What it leaves open is read from the environment and from the
    /// password file, `~/.pgpass`, of the user that this process is at the moment.
    pub fn parse(url: &str) -> Result<DatabaseAddress, StoreError> {
        let invalid = |reason: String| StoreError::Address { reason };
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(invalid("it must begin with postgres://".to_owned()));
        }
        let options =
            PgConnectOptions::from_str(url).map_err(|error| invalid(error.to_string()))?;
        Ok(DatabaseAddress(options.application_name("letscode")))
    }
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let connected = PgConnection::connect_with(options).await;
    connected.map_err(|source| StoreError::Unreachable {
        place: format!("{}:{}", options.get_host(), options.get_port()),
        source,
    })
}

#[async_trait]
impl Store for PostgresStore {
    async fn insert_submission(&self, new: &NewSubmission) -> Result<(), StoreError> {
        self.insert(new).await
    }

    async fn insert_client_result(
        &self,
        new: &NewSubmission,
        result: &ClientVerdict,
    ) -> Result<(), StoreError> {
        self.insert_with_result(new, result).await
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

    async fn judge_input(&self, id: SubmissionId) -> Result<Option<JudgeInput>, StoreError> {
        self.read_judge_input(id).await
    }

    async fn set_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        self.update_status(id, status).await
    }

    async fn record_results(
        &self,
        id: SubmissionId,
        results: &PartialResults,
    ) -> Result<bool, StoreError> {
        self.write_results(id, results).await
    }

    async fn finish_judgement(
        &self,
        key: JudgementKey,
        problem_version: Option<&PackageDigest>,
        judgement: &Judgement,
    ) -> Result<bool, StoreError> {
        self.write_judgement(key, problem_version, judgement).await
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
        sqlx::query("SELECT 1").execute(&self.durable_pool).await?;
        Ok(())
    }
}
