//! The distributed form on one machine: a PostgreSQL, a Redis, API servers and workers.

use std::path::Path;
use std::process::{Command, Stdio};

use letscode_test_servers::{Postgres, Redis};

use super::service::Service;
use super::{LETSCODE, letscode, problem};

/// Seconds that a worker may be silent in these tests.
pub const LEASE: u64 = 2;

pub struct Stores {
    pub postgres: Postgres,
    pub redis: Redis,
    data: tempfile::TempDir,
}

impl Stores {
    /// With A+B in the database.
    pub fn start() -> Self {
        let stores = Stores {
            postgres: Postgres::start(),
            redis: Redis::start(),
            data: tempfile::tempdir().unwrap(),
        };
        let package = problem("aplusb");
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

    pub fn api(&self, name: &str) -> Service {
        Service::spawn(self.command("api", name))
    }

    /// Judges one submission at a time.
    pub fn worker(&self, name: &str) -> Service {
        let mut command = self.command("worker", name);
        command
            .args(["--workers", "1"])
            .env("LETSCODE_COMPILE_CACHE", "0")
            .env("LETSCODE_WARM_CELLS", "0");
        Service::spawn(command)
    }

    fn command(&self, role: &str, name: &str) -> Command {
        let mut command = Command::new(LETSCODE);
        command
            .args([role, "--listen", "127.0.0.1:0", "--data"])
            .arg(self.folder(name))
            .env("LETSCODE_DATABASE", self.postgres.url())
            .env("LETSCODE_REDIS", self.redis.url())
            .env("LETSCODE_LEASE", LEASE.to_string())
            .env("RUST_LOG", "error")
            .stderr(Stdio::inherit());
        command
    }

    fn folder(&self, name: &str) -> impl AsRef<Path> + AsRef<std::ffi::OsStr> {
        self.data.path().join(name)
    }
}
