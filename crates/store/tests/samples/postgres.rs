//! A PostgreSQL of the test's own, and stores in it.

use letscode_store::PostgresStore;
use letscode_test_servers::PostgresServer;

pub const CACHE: u64 = 1 << 30;

/// A store, and what it needs to live.
pub struct Scene {
    pub server: PostgresServer,
    pub data: tempfile::TempDir,
    pub store: PostgresStore,
}

pub async fn scene() -> Scene {
    scene_with(&[]).await
}

pub async fn scene_with(options: &[&str]) -> Scene {
    let server = PostgresServer::start_with(options);
    let (data, store) = machine(&server, CACHE).await;
    Scene {
        server,
        data,
        store,
    }
}

/// A store as another machine has it.
pub async fn machine(server: &PostgresServer, cache: u64) -> (tempfile::TempDir, PostgresStore) {
    let data = tempfile::tempdir().unwrap();
    let store = PostgresStore::open(&server.url(), data.path(), cache)
        .await
        .unwrap();
    (data, store)
}
