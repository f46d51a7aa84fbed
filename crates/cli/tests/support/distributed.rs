//! The distributed form on one machine: a PostgreSQL, a Redis, API servers and workers.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use letscode_model::{Judgement, SubmissionId, Verdict, VerdictSummary};
use letscode_queue::{JobQueue, QueueSettings, RedisBroker};
use letscode_store::{PostgresStore, Store};
use letscode_test_servers::{PostgresServer, RedisServer};

use super::service::Service;
use super::{LETSCODE, letscode, problem};

/// Length of a lease in these tests, in seconds.
pub const LEASE: u64 = 2;

/// Runtime for a test that uses the stores directly.
pub fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap()
}

pub struct Stores {
    pub postgres: PostgresServer,
    pub redis: RedisServer,
    data: tempfile::TempDir,
    /// Folder for the processes' logs; by default they log to our standard error.
    log: Option<PathBuf>,
}

impl Stores {
    /// Starts both with A+B in the database.
    pub fn start() -> Self {
        Stores::with(&problem("aplusb"))
    }

    /// Starts both with a problem in the database.
    pub fn with(package: &Path) -> Self {
        Stores::of(PostgresServer::start(), RedisServer::start(), package)
    }

    /// Starts both with durable writes, as in production.
    pub fn durable(package: &Path) -> Self {
        let options = [
            "fsync=on",
            "full_page_writes=on",
            "shared_buffers=128MB",
            "max_wal_size=1GB",
        ];
        let redis = RedisServer::start_with(&["--appendfsync", "everysec"]);
        Stores::of(PostgresServer::start_with(&options), redis, package)
    }

    pub fn with_redis(redis: RedisServer, package: &Path) -> Self {
        Stores::of(PostgresServer::start(), redis, package)
    }

    fn of(postgres: PostgresServer, redis: RedisServer, package: &Path) -> Self {
        let stores = Stores {
            postgres,
            redis,
            data: tempfile::tempdir().unwrap(),
            log: None,
        };
        let ran = letscode([
            "problem",
            "import",
            "--database",
            &stores.postgres.url(),
            package.to_str().unwrap(),
        ]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        stores
    }

    /// Sends the logs of the processes to files in a folder.
    pub fn log_to(self, folder: Option<PathBuf>) -> Self {
        let log = folder.unwrap_or_else(|| self.data.path().to_owned());
        Stores {
            log: Some(log),
            ..self
        }
    }

    pub fn api(&self, name: &str) -> Service {
        Service::spawn(self.command("api", name))
    }

    /// Number of submissions in the database that are not final.
    pub fn open_submissions(&self) -> usize {
        runtime().block_on(async {
            let open = self.store().await.open_submissions().await;
            open.unwrap().len()
        })
    }

    /// Acts like a worker that is killed right after its judgement was stored.
    pub fn judge_and_die(&self, id: &str) {
        let judgement = Judgement {
            verdict: VerdictSummary {
                status: Verdict::OutputLimitExceeded,
                passed_tests: 0,
                total_tests: 13,
                max_time: 1.0,
                max_memory: 1,
                score: None,
                max_score: None,
            },
            test_results: Vec::new(),
            compiler_output: String::new(),
            internal_error: None,
        };
        let settings = QueueSettings {
            lease_timeout: Duration::from_secs(LEASE),
            ..QueueSettings::default()
        };
        runtime().block_on(async {
            let queue = self.queue(settings).await;
            queue.lease().await.unwrap();
            let id = SubmissionId(id.parse().unwrap());
            let finished = self.store().await.finish(id, &judgement).await;
            assert!(finished.unwrap());
        });
    }

    /// As another process has it.
    pub async fn queue(&self, settings: QueueSettings) -> RedisBroker {
        let url = self.redis.url();
        RedisBroker::connect(&url, settings).await.unwrap()
    }

    async fn store(&self) -> PostgresStore {
        let folder = self.data.path().join("of-the-test");
        let store = PostgresStore::open(&self.postgres.url(), &folder, 0).await;
        store.unwrap()
    }

    /// Starts a worker that judges one submission at a time.
    pub fn worker(&self, name: &str) -> Service {
        let mut command = self.command("worker", name);
        command
            .args(["--workers", "1"])
            .env("LETSCODE_COMPILE_CACHE", "0")
            .env("LETSCODE_WARM_CELLS", "0");
        Service::spawn(command)
    }

    pub fn command(&self, role: &str, name: &str) -> Command {
        let mut command = Command::new(LETSCODE);
        command
            .args([role, "--listen", "127.0.0.1:0", "--data"])
            .arg(self.folder(name))
            .env("LETSCODE_DATABASE", self.postgres.url())
            .env("LETSCODE_REDIS", self.redis.url())
            .env("LETSCODE_LEASE", LEASE.to_string())
            // All clients of a test share one address.
            .env("LETSCODE_MAX_SOCKETS_OF_ADDRESS", "20000")
            .env("RUST_LOG", "error")
            .stderr(Stdio::inherit());
        if let Some(folder) = &self.log {
            let mut log = OpenOptions::new();
            let log = log.create(true).append(true);
            let log = log.open(folder.join(format!("{name}.log"))).unwrap();
            command.env("RUST_LOG", "info").stderr(log);
        }
        command
    }

    fn folder(&self, name: &str) -> impl AsRef<Path> + AsRef<std::ffi::OsStr> {
        self.data.path().join(name)
    }
}
