//! Setters' keys in other services' clients.

use letscode_adapters::PeerService;
use letscode_model::{KeyScope, ProblemId, ShareHolder};
use letscode_queue::QueueSettings;
use letscode_server::{AdapterSettings, AuthMode, ServerSettings};
use letscode_store::{AccessStore, AuditFilter, AuditStore, Store};
use serde_json::Value;

use crate::common::people::{key, namespace, send, settings};
use crate::common::{TestServer, problem};

/// DOMjudge's clients with a setter's key change the problems of that setter, and no others.
#[tokio::test]
async fn setters_manage_their_problems_through_the_adapter() {
    let settings = ServerSettings {
        adapters: AdapterSettings {
            mounted: vec![PeerService::Domjudge],
            ..AdapterSettings::default()
        },
        ..settings(AuthMode::Keys)
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    let own = key(&server, namespace("school"), &[KeyScope::Setter]).await;
    let stranger = key(&server, namespace("evil"), &[KeyScope::Setter]).await;
    let reader = key(&server, namespace("school"), &[KeyScope::Read]).await;
    let id = ProblemId::parse("mine").unwrap();
    let holder = ShareHolder::Key("school".into());
    assert!(server.store.claim_problem(&id, &holder).await.unwrap());
    let mut detail = problem();
    detail.summary.id = id;
    let package = tempfile::tempdir().unwrap();
    std::fs::write(package.path().join("problem.yaml"), "name: Mine\n").unwrap();
    server
        .store
        .import_problem(package.path(), &detail)
        .await
        .unwrap();
    let remove = async |problem: &str, key: &str| {
        let path = format!("/compat/domjudge/api/v4/contests/letscode/problems/{problem}");
        let headers = [("x-api-key", key)];
        send(&server, ("DELETE", &path), &headers, &Value::Null)
            .await
            .status
            .as_u16()
    };
    assert_eq!(remove("mine", &stranger).await, 403);
    assert_eq!(remove("mine", &reader).await, 403);
    assert_eq!(remove("aplusb", &own).await, 403);
    assert_eq!(remove("nothing", &own).await, 403);
    assert_eq!(remove("mine", &own).await, 204);
    let page = server
        .store
        .list_audit(&AuditFilter::default())
        .await
        .unwrap();
    assert_eq!(page.entries[0].event.actor, "key:a key");
    assert_eq!(page.entries.len(), 1);
}
