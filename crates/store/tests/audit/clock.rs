//! Clocks that jump: what is young stays, flags hold, and time goes on.

use std::time::Duration;

use letscode_model::{AuditAction, AuditEvent};
use letscode_store::{AuditFilter, FlagChange, SqliteStore, Store};
use sqlx::Connection;

use super::{user, violate};
use crate::samples::postgres;

const HOUR: i64 = 3_600_000;
const YEARS: i64 = 5 * 365 * 24 * HOUR;
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// Lets the wall clock jump, as the store sees it: `jump` makes the last time that it knows an earlier or
/// a later one.
async fn jumps_are_survived(store: &dyn Store, jump: impl AsyncFn(i64)) {
    let ada = [user("ada")];
    for _ in 0..5 {
        violate(store, "ada", &ada).await;
    }
    let set = FlagChange {
        subject: user("eve"),
        duration: Some(Duration::from_millis(1500)),
        reason: "a test".to_owned(),
        actor: "root".to_owned(),
        address: None,
    };
    for by in [YEARS, -YEARS, YEARS] {
        jump(by).await;
        assert!(store.active_flag(&ada).await.unwrap().is_some(), "{by}");
        assert_eq!(store.delete_audit(MONTH, 100).await.unwrap(), 0, "{by}");
        let event = AuditEvent::new(AuditAction::LogIn, "ada");
        store.record_audit(&event).await.unwrap();
        assert!(store.active_flag(&ada).await.unwrap().is_some(), "{by}");
    }
    jump(-YEARS).await;
    // Time goes on by the clock as it is now: flags end, and violations count for their window.
    store.change_flag(&set).await.unwrap();
    assert!(store.active_flag(&[user("eve")]).await.unwrap().is_some());
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert_eq!(store.active_flag(&[user("eve")]).await.unwrap(), None);
    for _ in 0..4 {
        assert_eq!(violate(store, "bob", &[user("bob")]).await, []);
    }
    // One jump takes nobody out of the window; an hour of looks does.
    for _ in 0..5 {
        jump(YEARS).await;
        store.delete_audit(Duration::MAX, 1).await.unwrap();
    }
    assert_eq!(
        violate(store, "bob", &[user("bob")]).await,
        [],
        "that was hours ago"
    );
    let page = store.list_audit(&AuditFilter::default()).await.unwrap();
    assert_eq!(page.entries.len(), 15, "nothing was swept");
}

#[tokio::test]
async fn jumps_are_survived_in_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(data.path()).await.unwrap();
    let url = format!("sqlite://{}", data.path().join("letscode.db").display());
    jumps_are_survived(&store, async |by| {
        let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let jumped = sqlx::query("UPDATE audit_clock SET wall = wall - ?1").bind(by);
        jumped.execute(&mut database).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn jumps_are_survived_in_postgres() {
    let scene = postgres::scene().await;
    jumps_are_survived(&scene.store, async |by| {
        let mut database = sqlx::PgConnection::connect(&scene.server.url())
            .await
            .unwrap();
        let jumped = sqlx::query("UPDATE audit_clock SET wall = wall - $1").bind(by);
        jumped.execute(&mut database).await.unwrap();
    })
    .await;
}
