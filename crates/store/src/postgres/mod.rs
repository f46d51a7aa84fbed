//! The store of many machines: PostgreSQL, and a bounded folder of packages on each machine.
//!
//! Every change is one statement or one transaction, and returns when PostgreSQL has it on disk
//! (`synchronous_commit`, which its owner may weaken or strengthen with standbys). How far judging
//! has come is written through connections that do not wait for the disk.
//!
//! Two submissions that arrive at once may become visible in the other order of their numbers: a
//! page that was read in between may miss one that the same page read again shows. None is on two
//! pages.

mod claims;
mod packages;
mod problems;
mod rows;
mod submissions;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{
    Judgement, NewSubmission, ProblemDetail, ProblemId, ProblemSummary, Submission, SubmissionId,
    SubmissionStatus, UserId,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};

use crate::cache::PackageCache;
use crate::migrations::{self, Migration};
use crate::{
    Claim, OpenSubmission, PackageDigest, ProblemPackage, Store, StoreError, SubmissionFilter,
    SubmissionPage, ToJudge,
};

/// PostgreSQL allows 100 by default, to all processes together.
const CONNECTIONS: u32 = 10;
const HASTY_CONNECTIONS: u32 = 2;
/// How long a request waits for a connection, or for the server to be there again.
const PATIENCE: Duration = Duration::from_secs(5);

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// The store in one PostgreSQL database. Cheap to clone: all clones share the connections.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    durable: PgPool,
    /// Their commits do not wait for the disk.
    hasty: PgPool,
    cache: PackageCache,
}

impl PostgresStore {
    /// Connects, and brings the database up to date; of many that do so at once one migrates while
    /// the others wait (sqlx takes an advisory lock). `data` is a folder of this process alone, in
    /// which at most `cache_bytes` of packages are kept, and what is being judged.
    pub async fn open(url: &str, data: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let options = connect_options(url)?;
        // By itself: a pool goes on trying, and then says less.
        let mut connection = connect(&options).await?;
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
        let durable = pool(CONNECTIONS).connect_lazy_with(options.clone());
        let hasty = options.options([("synchronous_commit", "off")]);
        Ok(PostgresStore {
            durable,
            hasty: pool(HASTY_CONNECTIONS).connect_lazy_with(hasty),
            cache: PackageCache::open(data, cache_bytes).await?,
        })
    }

    /// What of the database's tables is there. Changes nothing.
    pub async fn migrations(url: &str) -> Result<Vec<Migration>, StoreError> {
        let mut connection = connect(&connect_options(url)?).await?;
        let is_new: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NULL")
            .fetch_one(&mut connection)
            .await?;
        let applied: Vec<(i64, String)> = match is_new {
            true => Vec::new(),
            false => {
                sqlx::query_as("SELECT version, description FROM _sqlx_migrations WHERE success")
                    .fetch_all(&mut connection)
                    .await?
            }
        };
        Ok(migrations::compare(&MIGRATIONS, &applied))
    }

    pub async fn close(&self) {
        self.hasty.close().await;
        self.durable.close().await;
    }
}

fn connect_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let invalid = |reason: String| StoreError::Address { reason };
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(invalid("it begins with postgres://".to_owned()));
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| invalid(error.to_string()))?;
    Ok(options.application_name("letscode"))
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
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

    async fn insert_claimed(&self, new: &NewSubmission, claim: &Claim) -> Result<(), StoreError> {
        self.insert_with_claim(new, claim).await
    }

    async fn is_believed(&self, user: &UserId) -> Result<bool, StoreError> {
        self.read_is_believed(user).await
    }

    async fn submission(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError> {
        self.read_submission(id).await
    }

    async fn new_submission(&self, id: SubmissionId) -> Result<Option<NewSubmission>, StoreError> {
        self.read_new_submission(id).await
    }

    async fn to_judge(&self, id: SubmissionId) -> Result<Option<ToJudge>, StoreError> {
        self.read_to_judge(id).await
    }

    async fn set_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        self.move_to(id, status).await
    }

    async fn finish(&self, id: SubmissionId, judgement: &Judgement) -> Result<bool, StoreError> {
        self.conclude(id, judgement).await
    }

    async fn open_submissions(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        self.read_open().await
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
        self.import(folder, detail).await
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
        sqlx::query("SELECT 1").execute(&self.durable).await?;
        Ok(())
    }
}
